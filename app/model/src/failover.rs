//! Failovers: what happened when a redundant component lost a member, in the terms in which recovery is promised.

use serde::{Deserialize, Serialize};

use crate::{ComponentId, IncidentId, Snapshot, UnixMs, limits::FAILOVERS_MAX};

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailoverKind {
    /// The service moved to another member after the one it rested on failed.
    Failover,
    /// It moved back to the member on which it rested before the last failover, from one that did not fail.
    Failback,
    /// It was moved on purpose.
    Switchover,
    /// It came back where it was.
    Recovery,
    /// A member was lost, and nothing had to move.
    MemberLost,
}

impl FailoverKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failover => "failover",
            Self::Failback => "failback",
            Self::Switchover => "switchover",
            Self::Recovery => "recovery",
            Self::MemberLost => "member_lost",
        }
    }
}

/// A moment that was not seen itself: it lies after the first and not after the second. A look may take long and shows only what
/// was so at some moment of it, so that its beginning stands before and its end behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The beginning of the last look that did not show it.
    pub after: UnixMs,
    /// The end of the first look that showed it.
    pub by: UnixMs,
}

/// From the failure of a member to full redundancy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failover {
    /// Its number among those of its component, from 1.
    pub number: u32,
    /// The redundant component.
    pub component: ComponentId,
    /// What kind it is, as far as is known yet.
    pub kind: FailoverKind,
    /// The member that failed or gave up its role.
    pub from: ComponentId,
    /// The member on which the service rests since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ComponentId>,
    /// When it failed: t0.
    pub failed: Between,
    /// When that was certain: t1.
    pub confirmed_at: UnixMs,
    /// When the service was good again: t2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Between>,
    /// When redundancy was full again: t3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redundant_at: Option<UnixMs>,
    /// How far the member that took over lagged when last asked before the failure, in milliseconds: the data that was at
    /// risk. `None` where it was not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<u64>,
    /// Within which time the service is to be good again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_objective_ms: Option<u64>,
    /// How much data may be at risk, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_objective_ms: Option<u64>,
    /// Whether the component was out meanwhile.
    pub service_lost: bool,
    /// The incident that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// An observed length of time: at least and at most so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// At least.
    pub least_ms: u64,
    /// At most.
    pub most_ms: u64,
}

impl Failover {
    /// The observed recovery time: from the failure until the service was good again. `None` until it is.
    pub fn rto(&self) -> Option<Observed> {
        let restored = self.restored?;
        Some(Observed {
            least_ms: restored.after.since_ms(self.failed.by),
            most_ms: restored.by.since_ms(self.failed.after),
        })
    }

    /// For how long one more failure could not be borne, or is it still: from the failure to full redundancy, at most. `None`
    /// while it lasts.
    pub fn at_risk_ms(&self) -> Option<u64> {
        Some(self.redundant_at?.since_ms(self.failed.after))
    }

    /// Whether nothing more is to come of it.
    pub fn is_over(&self) -> bool {
        self.redundant_at.is_some()
    }

    /// Whether it kept to what was promised; `None` where nothing was promised or nothing is known, or where the range of what
    /// was observed holds the promise within itself.
    pub fn met_rto(&self) -> Option<bool> {
        let (objective, observed) = (self.rto_objective_ms?, self.rto()?);
        match (observed.most_ms <= objective, observed.least_ms > objective) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// The same for the data at risk.
    pub fn met_rpo(&self) -> Option<bool> {
        Some(self.lag_ms? <= self.rpo_objective_ms?)
    }
}

/// Takes what is known of a failover now, in its place; the newest stand first, and the oldest go.
pub fn take(failovers: &mut Vec<Failover>, known: &Failover) {
    let is_it = |other: &Failover| other.component == known.component && other.number == known.number;
    if let Some(place) = failovers.iter().position(is_it) {
        failovers[place] = known.clone();
    } else {
        failovers.insert(0, known.clone());
        failovers.truncate(FAILOVERS_MAX);
    }
}

impl Snapshot {
    /// The failovers of a component, the newest first.
    pub fn failovers_of(&self, id: &ComponentId) -> impl Iterator<Item = &Failover> {
        self.failovers.iter().filter(move |failover| failover.component == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failover() -> Failover {
        let member = |id: &str| ComponentId::new(id).unwrap();
        Failover {
            number: 1,
            component: member("db"),
            kind: FailoverKind::Failover,
            from: member("a"),
            to: Some(member("b")),
            failed: Between { after: UnixMs(10_000), by: UnixMs(20_000) },
            confirmed_at: UnixMs(30_000),
            restored: Some(Between { after: UnixMs(25_000), by: UnixMs(35_000) }),
            redundant_at: None,
            lag_ms: Some(400),
            rto_objective_ms: None,
            rpo_objective_ms: None,
            service_lost: false,
            incident: None,
        }
    }

    #[test]
    fn the_recovery_time_is_a_range_that_holds_whatever_happened_between_two_looks() {
        assert_eq!(failover().rto(), Some(Observed { least_ms: 5_000, most_ms: 25_000 }));
        let unfinished = Failover { restored: None, ..failover() };
        assert_eq!(unfinished.rto(), None);
        // It was good again before anybody saw that it had failed.
        let quick =
            Failover { restored: Some(Between { after: UnixMs(15_000), by: UnixMs(20_000) }), ..failover() };
        assert_eq!(quick.rto(), Some(Observed { least_ms: 0, most_ms: 10_000 }));
    }

    #[test]
    fn a_promise_within_the_observed_range_is_neither_kept_nor_broken() {
        for (objective_ms, met) in [(25_000, Some(true)), (24_999, None), (5_000, None), (4_999, Some(false))]
        {
            let promised = Failover { rto_objective_ms: Some(objective_ms), ..failover() };
            assert_eq!(promised.met_rto(), met, "{objective_ms}");
        }
    }

    #[test]
    fn a_lag_that_was_not_reported_keeps_no_promise() {
        let promised = |lag_ms| Failover { lag_ms, rpo_objective_ms: Some(500), ..failover() };
        assert_eq!(promised(Some(400)).met_rpo(), Some(true));
        assert_eq!(promised(Some(501)).met_rpo(), Some(false));
        assert_eq!(promised(None).met_rpo(), None);
    }

    #[test]
    fn hearing_of_a_failover_again_keeps_it_in_its_place() {
        let mut kept = Vec::new();
        take(&mut kept, &failover());
        take(&mut kept, &Failover { number: 2, ..failover() });
        take(&mut kept, &Failover { redundant_at: Some(UnixMs(9)), ..failover() });
        let numbers: Vec<_> = kept.iter().map(|known| (known.number, known.is_over())).collect();
        assert_eq!(numbers, [(2, false), (1, true)]);
    }
}
