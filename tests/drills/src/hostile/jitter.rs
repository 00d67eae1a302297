//! How far looks are from their own regular slots.

use std::time::{Duration, Instant};

/// How far each look of one target within `[from, until)` is from its slot, in milliseconds. Slots lie an interval apart; where
/// they lie, the median of all looks at the target tells. A slot without a look counts as a whole interval.
pub fn deviations_ms(asked: &[Instant], (from, until): (Instant, Instant), interval: Duration) -> Vec<u64> {
    let offset = |at: &Instant| at.saturating_duration_since(from).as_nanos() % interval.as_nanos();
    let within: Vec<&Instant> = asked.iter().filter(|at| **at >= from && **at < until).collect();
    let whole = interval.as_nanos();
    let slots = (until - from).as_nanos() / whole;
    let missing = slots.saturating_sub(within.len() as u128 + 1);
    let missing = (0..missing).map(|_| millis(whole));
    // Around the circle of an interval the median is only told where the circle is cut far from it.
    let Some(first) = within.first().map(|at| offset(at)) else { return missing.collect() };
    let mut turned: Vec<u128> =
        within.iter().map(|at| (offset(at) + whole + whole / 2 - first) % whole).collect();
    turned.sort_unstable();
    let median = turned[turned.len() / 2];
    turned.iter().map(|place| millis(place.abs_diff(median))).chain(missing).collect()
}

fn millis(nanos: u128) -> u64 {
    u64::try_from(nanos / 1_000_000).unwrap_or(u64::MAX)
}

/// The value below which this share of the values lies; 0 of none.
pub fn percentile(mut values: Vec<u64>, percent: usize) -> u64 {
    values.sort_unstable();
    let place = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(offsets_ms: &[u64], slots: u32) -> Vec<u64> {
        let from = Instant::now();
        let asked: Vec<Instant> = offsets_ms.iter().map(|ms| from + Duration::from_millis(*ms)).collect();
        let interval = Duration::from_secs(2);
        deviations_ms(&asked, (from, from + interval * slots), interval)
    }

    #[test]
    fn a_look_that_keeps_to_its_slot_deviates_by_nothing_wherever_the_slot_lies() {
        assert_eq!(found(&[700, 2_700, 4_700], 3), [0, 0, 0]);
        assert_eq!(found(&[1_990, 4_010, 5_990], 3).into_iter().max(), Some(20));
    }

    #[test]
    fn a_late_look_and_a_missing_one_are_seen() {
        assert_eq!(found(&[100, 2_100, 4_900, 6_100], 4).into_iter().max(), Some(800));
        assert_eq!(found(&[100, 2_100], 5).into_iter().filter(|ms| *ms == 2_000).count(), 2);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile((1..=100).collect(), 99), 100);
        assert_eq!(percentile(vec![5], 99), 5);
    }
}
