//! Error budgets: what of a promised availability may still be lost.

use crate::{Component, Span, Status, Tally, UnixMs, UptimeWeights};

/// The window of a promise.
pub const BUDGET_DAYS: u64 = 30;
const HOUR_MS: u64 = 3_600_000;
const WINDOW_MS: u64 = BUDGET_DAYS * 24 * HOUR_MS;

/// What is left of what a component may be out within 30 days.
///
/// Outages count as they do in the uptime: a partial one costs a part of its time. Time of which nobody knows anything costs nothing,
/// which is why the coverage stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBudget {
    /// What share of the time was promised, in millionths.
    pub objective_ppm: u32,
    /// How long it may be out within the window, in milliseconds.
    pub allowed_ms: u64,
    /// How long it was, in milliseconds.
    pub spent_ms: u64,
    /// How fast the budget went within the last hour, six hours and 30 days, in hundredths: at 100 it lasts just as long as it
    /// should. `None` where nothing was seen.
    pub burn: [Option<u64>; 3],
    /// The share of the window since the component began in which somebody looked, in basis points.
    pub coverage_bp: u32,
}

impl ErrorBudget {
    /// Of a component, as of `at`. `spans` tell of it from 30 days before on.
    pub fn of(
        component: &Component,
        spans: &[Span],
        (objective_ppm, weights): (u32, UptimeWeights),
        at: UnixMs,
    ) -> Self {
        let share_ppm = u64::from(1_000_000_u32.saturating_sub(objective_ppm));
        let tally = |window_ms: u64| component.tally_of(spans, at.minus_ms(window_ms), at);
        let burn = |window_ms: u64| {
            let tally = tally(window_ms);
            let judged = judged_ms(&tally);
            (judged > 0 && share_ppm > 0).then(|| {
                let lost = u128::from(lost_ms(&tally, weights)) * 100 * 1_000_000;
                u64::try_from(lost / (u128::from(judged) * u128::from(share_ppm))).unwrap_or(u64::MAX)
            })
        };
        let whole = tally(WINDOW_MS);
        let seen = whole.total_ms() - whole.of(Status::Unknown);
        Self {
            objective_ppm,
            allowed_ms: WINDOW_MS * share_ppm / 1_000_000,
            spent_ms: lost_ms(&whole, weights),
            burn: [burn(HOUR_MS), burn(6 * HOUR_MS), burn(WINDOW_MS)],
            coverage_bp: u32::try_from(seen * 10_000 / whole.total_ms().max(1)).unwrap_or(10_000),
        }
    }

    /// What is left of it, in milliseconds; 0 when it is used up.
    pub fn left_ms(&self) -> u64 {
        self.allowed_ms.saturating_sub(self.spent_ms)
    }

    /// What is left of it, in basis points of the whole, rounded down.
    pub fn left_bp(&self) -> u32 {
        u32::try_from(self.left_ms() * 10_000 / self.allowed_ms.max(1)).unwrap_or(10_000)
    }

    /// By how much more was lost than was allowed, in milliseconds.
    pub fn overspent_ms(&self) -> u64 {
        self.spent_ms.saturating_sub(self.allowed_ms)
    }
}

/// The time that outages cost.
fn lost_ms(tally: &Tally, weights: UptimeWeights) -> u64 {
    let cost = |status, weight_bp: u32| tally.of(status) * u64::from(weight_bp.min(10_000)) / 10_000;
    cost(Status::MajorOutage, weights.major_bp) + cost(Status::PartialOutage, weights.partial_bp)
}

/// The time that was either good or bad.
fn judged_ms(tally: &Tally) -> u64 {
    tally.total_ms() - tally.of(Status::Unknown) - tally.of(Status::UnderMaintenance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ComponentDefinition, ComponentId};

    const DAY_MS: u64 = 24 * HOUR_MS;
    const NOW: UnixMs = UnixMs(1_795_435_200_000);

    /// A component that was well but for these outages: how long before now each began, how long it took, and what it was.
    fn budget(objective_ppm: u32, outages: &[(u64, u64, Status)]) -> ErrorBudget {
        let definition = ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into());
        let component = Component::unseen(definition, NOW.minus_ms(90 * DAY_MS));
        let mut spans = Vec::new();
        let mut from = NOW.minus_ms(90 * DAY_MS);
        let mut push = |starts_at: UnixMs, ends_at: Option<UnixMs>, status| {
            spans.push(Span { starts_at, ends_at, status, measured: None });
        };
        for (before_ms, ms, status) in outages {
            let at = NOW.minus_ms(*before_ms);
            push(from, Some(at), Status::Operational);
            push(at, Some(at.plus_ms(*ms)), *status);
            from = at.plus_ms(*ms);
        }
        push(from, None, Status::Operational);
        ErrorBudget::of(&component, &spans, (objective_ppm, UptimeWeights::default()), NOW)
    }

    #[test]
    fn three_nines_are_forty_three_minutes_in_thirty_days() {
        let whole = budget(999_000, &[]);
        assert_eq!((whole.allowed_ms, whole.spent_ms, whole.left_bp()), (43 * 60_000 + 12_000, 0, 10_000));
        assert_eq!(whole.burn, [Some(0); 3]);
    }

    #[test]
    fn an_outage_spends_what_it_costs_in_the_uptime() {
        let spent = budget(999_000, &[(5 * DAY_MS, 600_000, Status::PartialOutage)]);
        assert_eq!(spent.spent_ms, 180_000);
        assert_eq!(spent.burn, [Some(0), Some(0), Some(6)]);
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let old = budget(999_000, &[(31 * DAY_MS, 600_000, Status::MajorOutage)]);
        assert_eq!(old.spent_ms, 0);
        let over_the_edge = budget(999_000, &[(30 * DAY_MS + 300_000, 600_000, Status::MajorOutage)]);
        assert_eq!(over_the_edge.spent_ms, 300_000);
    }

    #[test]
    fn a_tenth_of_the_last_hour_burns_a_hundred_times_too_fast() {
        let burning = budget(999_000, &[(360_000, 360_000, Status::MajorOutage)]);
        assert_eq!((burning.burn[0], burning.burn[1]), (Some(10_000), Some(1_666)));
    }

    #[test]
    fn more_than_all_leaves_nothing_and_says_by_how_much() {
        let over = budget(999_000, &[(DAY_MS, 3_600_000, Status::MajorOutage)]);
        assert_eq!((over.left_bp(), over.overspent_ms()), (0, 3_600_000 - over.allowed_ms));
    }

    #[test]
    fn unknown_time_costs_nothing_and_lowers_the_coverage() {
        let dark = budget(999_000, &[(3 * DAY_MS, 3 * DAY_MS, Status::Unknown)]);
        assert_eq!((dark.spent_ms, dark.coverage_bp, dark.burn[0]), (0, 9_000, None));
    }
}
