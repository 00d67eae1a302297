//! The pulse: signs of life between facts. Ephemeral, never in the journal, and nothing is derived from it.

use serde::{Deserialize, Serialize};

use crate::{ComponentId, UnixMs};

/// Says that the watcher lives, and what it just looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// When it was sent, by the server's clock.
    pub at: UnixMs,
    /// The last check of anything; `None` before the first.
    pub checked_at: Option<UnixMs>,
    /// Whether what the server shows may be out of date because it cannot write or lead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// Components checked since the pulse before; bounded, the rest comes with the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<PulseRow>,
}

/// What was just seen of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulseRow {
    /// Which.
    pub component: ComponentId,
    /// When it was checked.
    pub checked_at: UnixMs,
    /// How long it took to answer, in milliseconds; `None` when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
}
