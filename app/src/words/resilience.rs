//! Redundancy and failovers, in words.

use pharos_model::{Failover, FailoverKind, Observed, RedundancyState, Role};

use super::Words;
use super::template::{fill, piece};

impl Words {
    /// What is left to lose.
    pub fn redundancy(self, state: RedundancyState) -> &'static str {
        let index = match state {
            RedundancyState::Full => 0,
            RedundancyState::Reduced => 1,
            RedundancyState::None => 2,
            RedundancyState::Unknown => 3,
            RedundancyState::Conflict => 4,
            RedundancyState::NoPrimary => 5,
        };
        piece(self.page().redundancy_states, index)
    }

    /// What a member does.
    pub fn role(self, role: Role) -> &'static str {
        piece(self.page().roles, usize::from(role == Role::Standby))
    }

    /// How far a member lags at most; more than the last step that is told is told as such.
    pub fn lag_below(self, lag_ms: u64) -> String {
        const LAST_MS: u64 = 3_600_000;
        let text = self.page();
        let (text, ms) = if lag_ms > LAST_MS { (text.lag_above, LAST_MS) } else { (text.lag_below, lag_ms) };
        fill(text, &[("time", &self.duration(ms))])
    }

    /// What kind of failover it was.
    pub fn failover_kind(self, kind: FailoverKind) -> &'static str {
        let index = match kind {
            FailoverKind::Failover => 0,
            FailoverKind::Failback => 1,
            FailoverKind::Switchover => 2,
            FailoverKind::Recovery => 3,
            FailoverKind::MemberLost => 4,
        };
        piece(self.page().failover_kinds, index)
    }

    /// A length of time, to the millisecond where it is shorter than a second.
    pub fn brief(self, ms: u64) -> String {
        if ms > 0 && ms < 1_000 { format!("{ms} ms") } else { self.duration(ms) }
    }

    /// A length of time that is known within bounds.
    pub fn observed(self, observed: Observed) -> String {
        let (least, most) = (self.brief(observed.least_ms), self.brief(observed.most_ms));
        if least == most { most } else { fill(self.page().range, &[("least", &least), ("most", &most)]) }
    }

    /// What was promised and whether it was kept; `None` where nothing was.
    pub fn promise(self, objective_ms: Option<u64>, met: Option<bool>, is_known: bool) -> Option<String> {
        let text = self.page();
        let promised = fill(text.objective, &[("time", &self.brief(objective_ms?))]);
        let word = match met {
            Some(true) => text.objective_met,
            Some(false) => text.objective_missed,
            None if is_known => text.objective_open,
            None => return Some(promised),
        };
        Some([&promised, ": ", word].concat())
    }

    /// The data that was at risk.
    pub fn at_risk(self, failover: &Failover) -> String {
        failover.lag_ms.map_or_else(|| self.page().not_reported.to_owned(), |lag_ms| self.brief(lag_ms))
    }
}
