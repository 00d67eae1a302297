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
    /// Whether nothing more may fail, or what is there cannot be trusted to take over.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::None | Self::Conflict | Self::NoPrimary)
    }

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
    /// How much it counts in a quorum.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
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
    /// What share of their failures its members have in common, in millionths.
    #[serde(default)]
    pub common_cause_ppm: u32,
    /// Since when nothing more may fail, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bare_since: Option<UnixMs>,
    /// The longest time in which nothing more might fail, of those that are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_bare: Option<Bare>,
    /// Its members, in the order of the configuration.
    pub members: Vec<Member>,
}

/// A time in which nothing more might fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// When it began.
    pub from: UnixMs,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the serialiser asks for")]
fn is_one(weight: &u32) -> bool {
    *weight == 1
}

impl Redundancy {
    /// The longest time in which nothing more might fail, as of `at`: one that lasts counts too.
    pub fn longest_bare_at(&self, at: UnixMs) -> Option<Bare> {
        let lasting = self.bare_since.map(|from| Bare { from, ms: at.since_ms(from) });
        [self.longest_bare, lasting].into_iter().flatten().max_by_key(|bare| bare.ms)
    }

    /// Takes over what is remembered of the time before: of `known`, which was so until `since`.
    #[must_use]
    pub fn after(mut self, known: Option<&Self>) -> Self {
        let before = known.and_then(|known| known.bare_since);
        self.longest_bare = known.and_then(|known| known.longest_bare);
        if self.state.is_some_and(RedundancyState::is_bare) {
            self.bare_since = before.or(Some(self.since));
        } else if let Some(from) = before {
            let ended = Bare { from, ms: self.since.since_ms(from) };
            self.longest_bare = self.longest_bare.filter(|longest| longest.ms >= ended.ms).or(Some(ended));
        }
        self
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(state: RedundancyState, since: i64) -> Redundancy {
        Redundancy {
            policy: Policy::Any,
            state: Some(state),
            since: UnixMs(since),
            common_cause_ppm: 0,
            bare_since: None,
            longest_bare: None,
            members: Vec::new(),
        }
    }

    #[test]
    fn the_longest_bare_time_is_kept_over_shorter_ones() {
        use RedundancyState::{Conflict, Full, None as Bare, Reduced};
        let mut known: Option<Redundancy> = None;
        for (state, since) in
            [(Full, 0), (Bare, 100), (Conflict, 150), (Reduced, 400), (Bare, 500), (Full, 600)]
        {
            known = Some(told(state, since).after(known.as_ref()));
        }
        assert_eq!(
            known.unwrap().longest_bare_at(UnixMs(900)),
            Some(super::Bare { from: UnixMs(100), ms: 300 })
        );
    }

    #[test]
    fn a_bare_time_that_lasts_counts_up_to_now() {
        let known = told(RedundancyState::None, 100).after(None);
        assert_eq!(known.longest_bare_at(UnixMs(900)).map(|bare| bare.ms), Some(800));
        assert_eq!(told(RedundancyState::Full, 0).after(None).longest_bare_at(UnixMs(900)), None);
    }
}
