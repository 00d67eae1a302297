//! What nodes write to each other. A node of another version may send more, or something else: what cannot be read is passed
//! over, and whoever waits for an answer is told that there is none.

use pharos_engine::CheckId;
use pharos_engine::desk::Command;
use pharos_model::UnixMs;
use pharos_probe::push::Signal;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::operators::{Author, Done, Failure, OnceKey};
use crate::vantage::Sightings;

/// A letter's content.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// To whoever leads: an operator asks for something.
    Order {
        /// What.
        command: Box<Command>,
        /// Who.
        author: Author,
        /// Present when it must be done once.
        once: Option<OnceKey>,
    },
    /// To whoever leads: a job gave a sign.
    Heartbeat {
        /// Of which check.
        check: CheckId,
        /// Which.
        signal: Signal,
    },
    /// To whoever leads: what an agent at another vantage saw.
    Sightings(Sightings),
    /// To whoever leads: what was found at what was to be looked at.
    Findings(Vec<Finding>),
    /// From whoever leads: what is to be looked at, now.
    Errands(Vec<Errand>),
    /// What became of an order.
    Answer {
        /// The number of the letter with it.
        to: u64,
        /// What.
        answer: Result<Done, Failure>,
    },
    /// Whether a heartbeat, or what an agent saw, was stored.
    Stored {
        /// The number of the letter with it.
        to: u64,
        /// Whether.
        stored: bool,
    },
}

/// A look that another node is to take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// At what.
    pub check: CheckId,
    /// Its slot. It is handed to one node only.
    pub scheduled_at: UnixMs,
}
