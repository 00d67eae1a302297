//! Redundancy and failovers, in words.

use pharos_model::{
    Bare, Drill, ErrorBudget, Expected, Failover, FailoverKind, Observed, RedundancyState, Role,
};

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

    /// A share, in millionths, with as many decimals as it has: none, or two to four.
    pub fn share(self, ppm: u32) -> String {
        let text = self.live();
        if ppm.is_multiple_of(10_000) {
            return fill(text.percent, &[("n", &(ppm / 10_000).to_string())]);
        }
        let mut decimals = format!("{:04}", ppm % 10_000);
        while decimals.len() > 2 && decimals.ends_with('0') {
            decimals.pop();
        }
        let number = format!("{}{}{decimals}", ppm / 10_000, text.decimal);
        fill(text.percent, &[("n", &number)])
    }

    /// How much a drill restored.
    pub fn drill_amount(self, drill: &Drill) -> String {
        let (entries, observations) = (drill.entries.to_string(), drill.observations.to_string());
        fill(self.page().drill_amount, &[("entries", &entries), ("observations", &observations)])
    }

    /// What is left of an error budget.
    pub fn budget_left(self, budget: &ErrorBudget) -> String {
        let text = self.page();
        if budget.overspent_ms() > 0 {
            return fill(text.budget_over, &[("time", &self.brief(budget.overspent_ms()))]);
        }
        let (left, whole) = (self.brief(budget.left_ms()), self.brief(budget.allowed_ms));
        fill(text.budget_of, &[("left", &left), ("whole", &whole)])
    }

    /// How much of the time was watched on which an error budget rests.
    pub fn budget_seen(self, budget: &ErrorBudget) -> String {
        fill(self.page().budget_seen, &[("share", &self.percent(budget.coverage_bp))])
    }

    /// How fast a budget goes, in hundredths.
    pub fn burn(self, hundredths: Option<u64>) -> String {
        let text = self.live();
        match hundredths {
            None => text.no_data.to_owned(),
            Some(0) => "0×".to_owned(),
            Some(slow @ 1..1_000) => format!("{}{}{:02}×", slow / 100, text.decimal, slow % 100),
            Some(fast) => format!("{}×", fast / 100),
        }
    }

    /// What is to be expected of members together, and by what.
    pub fn expected(self, expected: Expected, common_cause_ppm: u32) -> (String, String) {
        let text = self.page();
        let ppm = (expected.availability * 1e6).floor().clamp(0.0, 1e6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies within the bounds above"
        )]
        let share = self.share(ppm as u32);
        let by = if expected.is_promised { text.expected_promised } else { text.expected_observed };
        (share, fill(by, &[("common", &self.share(common_cause_ppm))]))
    }

    /// Why an incident names several components.
    pub fn suffers(self, root: &str) -> String {
        fill(self.page().suffers, &[("name", root)])
    }

    /// The longest time in which nothing more might fail.
    pub fn longest_bare(self, longest: Option<Bare>) -> String {
        longest.map_or_else(|| self.page().longest_bare_never.to_owned(), |bare| self.brief(bare.ms))
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
