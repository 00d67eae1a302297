//! What a node and the agents at its vantages tell each other.

use pharos_engine::CheckId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::Node;
use crate::finding::Finding;

/// The identifier of the place where this page's own servers are.
pub const HERE: &str = "here";

/// What an agent is to look at.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The targets that tell whether it can see.
    pub references: Vec<Task>,
    /// The checks.
    pub checks: Vec<Task>,
}

/// One thing to look at. It has no `Debug`: settings hold credentials.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Of which check: what its results and its slots are named after.
    pub check: CheckId,
    /// Time between two looks.
    pub interval_ms: u64,
    /// The longest one may take.
    pub timeout_ms: u64,
    /// The kind of check with its settings, as they stand in the file, with the values of variables put in.
    pub settings: Value,
}

impl Task {
    /// A look by what stands at `node` under the key `kind`.
    pub fn new(check: &CheckId, (interval_ms, timeout_ms): (u64, u64), (kind, node): (&str, &Node)) -> Self {
        Self { check: check.clone(), interval_ms, timeout_ms, settings: json!({ kind: node.to_json() }) }
    }
}

/// What an agent hands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedIn {
    /// How many results it had to let go of since it last handed in any.
    #[serde(default)]
    pub dropped: u64,
    /// What it saw, the oldest first.
    pub results: Vec<Finding>,
}

/// What became of what was handed in. What is not refused is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// How many results were taken.
    pub accepted: usize,
    /// The others: there is no use in handing them in again.
    pub refused: Vec<RefusedResult>,
}

/// A result that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedResult {
    /// Its place in what was handed in, from 0.
    pub index: usize,
    /// Why.
    pub reason: String,
}

/// What agents at one vantage saw, on its way to whoever leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// Which vantage.
    pub vantage: String,
    /// What was seen, the oldest first.
    pub results: Vec<Finding>,
}
