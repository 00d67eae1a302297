//! Properties of the uptime figure, for any amounts of time up to a thousand years and any weights.

use pharos_model::{Status, Tally, Uptime, UptimeWeights};
use proptest::prelude::*;

const MS_MAX: u64 = 1_000 * 366 * 86_400_000;

fn tally() -> impl Strategy<Value = Tally> {
    let part = prop_oneof![Just(0), 0..1_000_u64, 0..MS_MAX];
    prop::array::uniform6(part).prop_map(|parts| {
        let mut tally = Tally::default();
        for (status, ms) in Status::ALL.into_iter().zip(parts) {
            tally.add(status, ms);
        }
        tally
    })
}

fn weights() -> impl Strategy<Value = UptimeWeights> {
    (0..=20_000_u32, 0..=20_000_u32, 0..=10_000_u32).prop_map(|(major_bp, partial_bp, coverage_floor_bp)| {
        UptimeWeights { major_bp, partial_bp, coverage_floor_bp }
    })
}

fn plus(tally: Tally, status: Status, ms: u64) -> Tally {
    let mut sum = tally;
    sum.add(status, ms);
    sum
}

fn quietly() -> ProptestConfig {
    ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(quietly())]

    #[test]
    fn figures_lie_between_nothing_and_everything(tally in tally(), weights in weights()) {
        let uptime = Uptime::of(&tally, weights);
        prop_assert!(uptime.uptime_bp.unwrap_or(0) <= 10_000 && uptime.coverage_bp <= 10_000);
        prop_assert_eq!(uptime.window_ms, tally.total_ms());
        prop_assert_eq!(uptime.covered, uptime.coverage_bp >= weights.coverage_floor_bp);
    }

    #[test]
    fn nothing_comes_from_no_data(tally in tally(), weights in weights()) {
        let judged = [
            Status::Operational,
            Status::DegradedPerformance,
            Status::PartialOutage,
            Status::MajorOutage,
        ];
        let none = judged.into_iter().all(|status| tally.of(status) == 0);
        prop_assert_eq!(Uptime::of(&tally, weights).uptime_bp.is_none(), none);
    }

    #[test]
    fn time_nobody_watched_changes_no_uptime_and_raises_no_coverage(
        tally in tally(), weights in weights(), ms in 1..MS_MAX
    ) {
        let before = Uptime::of(&tally, weights);
        let after = Uptime::of(&plus(tally, Status::Unknown, ms), weights);
        prop_assert_eq!(before.uptime_bp, after.uptime_bp);
        prop_assert!(after.coverage_bp <= before.coverage_bp);
    }

    #[test]
    fn an_outage_never_raises_uptime_and_good_time_never_lowers_it(
        tally in tally(), ms in 1..MS_MAX
    ) {
        let of = |tally: &Tally| Uptime::of(tally, UptimeWeights::default()).uptime_bp;
        let before = of(&tally);
        prop_assert!(before.is_none_or(|before| of(&plus(tally, Status::MajorOutage, ms)) <= Some(before)));
        prop_assert!(of(&plus(tally, Status::Operational, ms)) >= before);
    }

    #[test]
    fn a_hundred_is_said_only_when_nothing_was_lost(tally in tally()) {
        let lost = tally.of(Status::MajorOutage) + tally.of(Status::PartialOutage);
        let uptime = Uptime::of(&tally, UptimeWeights::default());
        prop_assert_eq!(uptime.uptime_bp == Some(10_000), lost == 0 && uptime.uptime_bp.is_some());
    }

    #[test]
    fn tallies_add_up_in_any_order(one in tally(), other in tally()) {
        let (mut left, mut right) = (one, other);
        left.merge(&other);
        right.merge(&one);
        prop_assert_eq!(left, right);
        prop_assert_eq!(left.total_ms(), one.total_ms() + other.total_ms());
    }
}
