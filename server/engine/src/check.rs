//! Checks as the core sees them: what is looked at how often, and how its results become a verdict.

use std::fmt;

use pharos_model::{ComponentId, Role, Status, UnixMs};
use serde::{Deserialize, Serialize};

/// Names a check. For operators only: it never reaches a public type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckId(pub String);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How observations of a check come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Pharos looks, every `interval_ms`.
    Probe {
        /// Time between two probes.
        interval_ms: u64,
        /// The longest one may take.
        timeout_ms: u64,
    },
    /// The document of another check tells of it, whenever that is looked at.
    Part {
        /// Time between two probes of that check.
        interval_ms: u64,
        /// The longest one may take.
        timeout_ms: u64,
    },
    /// Somebody looks elsewhere every `interval_ms` and hands in what was seen.
    Remote {
        /// Time between two looks.
        interval_ms: u64,
        /// The longest one may take.
        timeout_ms: u64,
    },
    /// The watched thing reports by itself, at least every `period_ms`.
    Heartbeat {
        /// Time between two reports.
        period_ms: u64,
        /// How much later than that is not yet a failure.
        grace_ms: u64,
    },
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub id: CheckId,
    /// The component it speaks for; `None` for a reference target, which only tells whether the watcher itself can see.
    pub component: Option<ComponentId>,
    /// Where its observations come from.
    pub source: Source,
    /// Consecutive worse observations that confirm a change for the worse. At least 1.
    pub down_after: u32,
    /// Consecutive better observations that confirm a change for the better. At least 1.
    pub up_after: u32,
    /// A good answer slower than this is degraded performance.
    pub degraded_over_ms: Option<u64>,
    /// What a failure of this check means for its component.
    pub on_failure: Status,
}

/// The result of one probe or heartbeat, as the core takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Of which check.
    pub check: CheckId,
    /// The slot of the schedule it belongs to. With the check, its natural key.
    pub scheduled_at: UnixMs,
    /// When the look began, by the wall clock.
    pub at: UnixMs,
    /// What was seen; `Unknown` when Pharos could not look.
    pub status: Status,
    /// How long the whole took, in microseconds; `None` without an answer.
    pub latency_us: Option<u32>,
    /// Why it is not operational, for operators.
    pub reason: Option<String>,
    /// What the member of a redundant component says that it does.
    pub role: Option<Role>,
    /// How far it says that it lags, in milliseconds.
    pub lag_ms: Option<u64>,
}

/// What is held to be true of a check after damping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// How it is.
    pub status: Status,
    /// Since when: the first observation that showed it.
    pub since: UnixMs,
    /// Why it is not operational, for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
