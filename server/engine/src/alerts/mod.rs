//! What other systems report: alerts that fire and end, each a source of its components beside the checks.

mod deliver;
mod held;
mod incidents;

use std::fmt;

use pharos_model::{ComponentId, Impact, Prose, Status, Text, UnixMs};
use serde::{Deserialize, Serialize};

pub use held::{HeldAlert, Holds};

/// Names an alert, or a group of them, among those of all hooks. For operators only: it never reaches a public type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(String);

impl AlertId {
    /// What its hook calls `name`. The name of a hook holds no `/`.
    pub fn of(hook: &str, name: &str) -> Self {
        Self([hook, "/", name].concat())
    }

    /// Its hook.
    pub fn hook(&self) -> &str {
        self.0.split_once('/').map_or("", |(hook, _)| hook)
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a hook took in at once, as its rules read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The hook.
    pub hook: String,
    /// What it was told of.
    pub alerts: Vec<Alert>,
}

/// What is told of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its name within its hook.
    pub name: String,
    /// The sender's moment that orders what is told of it: since when it fires, or when that was said.
    pub as_of: UnixMs,
    /// When it ended, if it is over.
    pub ended_at: Option<UnixMs>,
    /// How long this counts without another word, in milliseconds.
    pub counts_ms: u64,
    /// What it means; `None` where no rule says that it means anything.
    pub claim: Option<Claim>,
}

/// What an alert means while it fires.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The components it concerns.
    #[serde(default)]
    pub components: Vec<ComponentId>,
    /// How they are; `None` where it opens an incident and says nothing of that.
    #[serde(default)]
    pub status: Option<Status>,
    /// What is said to readers, if it opens an incident.
    #[serde(default)]
    pub words: Option<Box<Words>>,
}

/// What is said to readers of a group of alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The group's name within its hook: its alerts share one incident.
    pub group: String,
    /// One line.
    pub title: Text,
    /// What is said while it fires.
    pub body: Prose,
    /// What is said once it is over; without it, what Pharos says of its own.
    #[serde(default)]
    pub resolved: Option<Prose>,
    /// How much it hurts; follows from `status` unless it is stated.
    #[serde(default)]
    pub impact: Option<Impact>,
}
