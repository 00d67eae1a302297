//! What operators state of a component, beside what its checks find.

use serde::{Deserialize, Serialize};

#[cfg(not(target_family = "wasm"))]
use crate::UnixMs;
use crate::{Status, Text};

/// The component's status is what operators say it is. This is what its checks find meanwhile, and why nobody goes by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stated {
    /// What the checks find.
    pub measured: Status,
    /// Why operators say otherwise; empty when an open incident says it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub reason: Text,
    /// Until when it is said; `None` until it is taken back.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMs>,
}
