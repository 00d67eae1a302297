//! Redundant components: what they have left to lose, and who of their members serves.
//!
//! How the service is and how much redundancy it has are told apart: a pair that failed over works, and has nothing left.

use serde::{Deserialize, Serialize};

use crate::{ApplyError, ComponentId, Snapshot, Status, UnixMs};

/// How many of its members a component needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// All of them.
    All,
    /// Any of them.
    Any,
    /// So many of them, by their weights.
    Quorum(u32),
    /// The one that is the primary; the others stand by.
    PrimaryStandby,
}

impl Policy {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::Quorum(_) => "quorum",
            Self::PrimaryStandby => "primary_standby",
        }
    }
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It serves.
    Primary,
    /// It follows, ready to take over.
    Standby,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// What a component has left to lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedundancyState {
    /// All members are there.
    Full,
    /// Some are not, and one more may fail.
    Reduced,
    /// None more may fail.
    None,
    /// It depends on members of which nothing is known.
    Unknown,
    /// Two members both say that they are the primary.
    Conflict,
    /// No member says that it is the primary.
    NoPrimary,
}

impl RedundancyState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Reduced => "reduced",
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Conflict => "conflict",
            Self::NoPrimary => "no_primary",
        }
    }
}

/// A member of a redundant component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Which component it is.
    pub component: ComponentId,
    /// How it is.
    pub status: Status,
    /// What it says it does; `None` where it says nothing, or nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether the service rests on it now.
    pub serves: bool,
    /// It lags behind the primary by less than this, in milliseconds; `None` where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_below_ms: Option<u64>,
}

/// The redundancy of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redundancy {
    /// How many of its members it needs.
    pub policy: Policy,
    /// What it has left; `None` where it has none by design.
    pub state: Option<RedundancyState>,
    /// Since when.
    pub since: UnixMs,
    /// Its members, in the order of the configuration.
    pub members: Vec<Member>,
}

impl Redundancy {
    /// The member on which the service rests, where it is one.
    pub fn serving(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.serves)
    }
}

impl Snapshot {
    /// Lays the page out anew when a component begins or ends to be redundant: an open page renews what it shows of its members.
    pub(crate) fn take_redundancy(
        &mut self,
        component: &ComponentId,
        redundancy: Option<&Redundancy>,
        at: UnixMs,
    ) -> Result<(), ApplyError> {
        let index = self.position(component)?;
        let known = &mut self.components[index].redundancy;
        if known.is_some() != redundancy.is_some() {
            self.laid_out_at = self.laid_out_at.max(at);
        }
        *known = redundancy.cloned().map(Box::new);
        Ok(())
    }
}
