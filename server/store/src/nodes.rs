//! The nodes that share a database: how each is, and what they have to tell each other. Of a store that one process has for
//! itself there is one node, which needs none of this.

use std::time::Duration;

use async_trait::async_trait;

use crate::{Fence, Nonce, StoreError};

/// How a node is, as it tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Drawn when its process began.
    pub id: Nonce,
    /// What operators call it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// A fingerprint of its configuration.
    pub config: String,
    /// How far it has read the journal.
    pub seq: u64,
    /// The term under which it leads, if it does.
    pub term: Option<u64>,
    /// What else it tells; at most [`crate::TOLD_BYTES_MAX`].
    pub told: Vec<u8>,
}

/// A node. Times are the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// How it was when it last told.
    pub beat: Beat,
    /// How long ago it first told.
    pub up: Duration,
    /// How long ago it last told.
    pub silent: Duration,
}

/// Something to tell another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// For whom; `None` for whoever leads.
    pub to: Option<Nonce>,
    /// From whom.
    pub from: Nonce,
    /// Its number among those of its sender.
    pub number: u64,
    /// What it says; at most [`crate::LETTER_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// The other nodes. What a store that nobody shares says is written here.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// Tells how a node is, and hears how all are, itself too; those that were silent for long are forgotten.
    async fn beat(&self, _beat: &Beat) -> Result<Vec<NodeRow>, StoreError> {
        Ok(Vec::new())
    }

    /// A node ends, and is forgotten.
    async fn leave(&self, _id: Nonce) -> Result<(), StoreError> {
        Ok(())
    }

    /// Sends letters, all or none. Those of a leader name its fence: `false` when it is not in force any more, and
    /// nothing was sent.
    async fn post(&self, _letters: Vec<Letter>, _fence: Option<Fence>) -> Result<bool, StoreError> {
        Err(StoreError::Unavailable { why: "there is no other node" })
    }

    /// Takes the letters for a node, and those for whoever leads when this fence is in force; in the order in which they
    /// were sent, each with how long ago that was. Letters that nobody wanted for long are gone.
    async fn collect(
        &self,
        _id: Nonce,
        _fence: Option<Fence>,
        _limit: usize,
    ) -> Result<Vec<(Letter, Duration)>, StoreError> {
        Ok(Vec::new())
    }

    /// Takes a letter back; `false` when somebody has it by now.
    async fn withdraw(&self, _from: Nonce, _number: u64) -> Result<bool, StoreError> {
        Ok(false)
    }
}
