//! The figures that version 2 keeps by the hour and by the day after it threw heartbeats away: when a monitor was looked at, and how long it
//! was out where no heartbeat tells any more.
//!
//! A bucket with `n` looks, `interval` apart, tells of `n × interval` of its time, all of it from nine tenths on; the rest is not known.

use pharos_model::Status;

use super::database::Stat;
use crate::Width;

pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// The figures of a monitor, each in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// By the hour.
    pub hours: Vec<Stat>,
    /// By the day.
    pub days: Vec<Stat>,
}

/// A bucket with its width, in milliseconds.
type Bucket = (Stat, i64);

impl Evidence {
    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.days.is_empty()
    }

    /// Where those by the hour begin to count: at the first midnight at or after the first of them.
    fn hours_from(&self) -> i64 {
        self.hours.first().map_or(i64::MAX, |first| {
            first
                .starts_ms
                .div_euclid(DAY_MS)
                .saturating_add(i64::from(first.starts_ms.rem_euclid(DAY_MS) > 0))
                * DAY_MS
        })
    }

    /// The buckets that begin before `until`, the finest that there are, in the order of time and without overlap.
    fn buckets(&self, until: i64) -> impl Iterator<Item = Bucket> {
        let hours_from = self.hours_from();
        let days = self.days.iter().filter(move |day| day.starts_ms < hours_from).map(|day| (*day, DAY_MS));
        let hours =
            self.hours.iter().filter(move |hour| hour.starts_ms >= hours_from).map(|hour| (*hour, HOUR_MS));
        days.chain(hours).filter(move |(stat, _)| stat.starts_ms < until)
    }

    /// The stretches of `[from, until)` of which they tell, in the order of time.
    pub fn watched(&self, (from, until): (i64, i64), interval_ms: u64) -> Vec<(i64, i64)> {
        let mut found: Vec<(i64, i64)> = Vec::new();
        for (stat, width) in self.buckets(until) {
            let (begin, end) =
                (stat.starts_ms.max(from), (stat.starts_ms + told_ms(stat, width, interval_ms)).min(until));
            if begin >= end {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.1 == begin => last.1 = end,
                _ => found.push((begin, end)),
            }
        }
        found
    }

    /// How the monitor was before `until`, as far as they tell: an outage stands at the beginning of its bucket.
    pub fn turns(&self, until: i64, interval_ms: u64) -> Vec<(i64, Status)> {
        let mut turns: Vec<(i64, Status)> = Vec::new();
        let mut open_until = None;
        for (stat, width) in self.buckets(until) {
            let told = told_ms(stat, width, interval_ms);
            let looks = i64::from(stat.up) + i64::from(stat.down);
            let out = told / looks.max(1) * i64::from(stat.down);
            if open_until.is_some_and(|end| end < stat.starts_ms) {
                turns.extend(open_until.map(|end| (end, Status::Unknown)));
            }
            let mut turn = |at: i64, status| {
                if at < until && turns.last().is_none_or(|last| last.1 != status) {
                    turns.push((at, status));
                }
            };
            if out > 0 {
                turn(stat.starts_ms, Status::MajorOutage);
            }
            if out < told {
                turn(stat.starts_ms + out, Status::Operational);
            }
            open_until = Some(stat.starts_ms + told);
        }
        turns.extend(open_until.filter(|end| *end < until).map(|end| (end, Status::Unknown)));
        turns
    }

    /// Whether any bucket before `until` tells of an outage.
    pub fn tells_of_outages(&self, until: i64) -> bool {
        self.buckets(until).any(|(stat, _)| stat.down > 0)
    }

    /// From when on single heartbeats are told: as far back as nine tenths of the looks of each bucket are still there. `counts` has the
    /// heartbeats by the hour, as hours since 1970, in the order of time.
    pub fn single_from(&self, counts: &[(i64, u32)]) -> i64 {
        if self.is_empty() {
            return i64::MIN;
        }
        let there = |starts_ms: i64, width: i64| -> u64 {
            let (first, last) = (starts_ms / HOUR_MS, (starts_ms + width) / HOUR_MS);
            let begin = counts.partition_point(|(hour, _)| *hour < first);
            let of = counts[begin..].iter().take_while(|(hour, _)| *hour < last);
            of.map(|(_, count)| u64::from(*count)).sum()
        };
        let by_day = self.days.last().map_or(i64::MAX, |day| day.starts_ms + DAY_MS);
        let mut from = self.hours.last().map_or(by_day, |hour| hour.starts_ms + HOUR_MS);
        let hours = self.hours.iter().map(|hour| (*hour, HOUR_MS)).rev();
        let hours_begin = self.hours.first().map_or(i64::MAX, |hour| hour.starts_ms);
        let days = self
            .days
            .iter()
            .map(|day| (*day, DAY_MS))
            .rev()
            .filter(|(day, _)| day.starts_ms + DAY_MS <= hours_begin);
        for (stat, width) in hours.chain(days) {
            let looks = u64::from(stat.up) + u64::from(stat.down);
            if there(stat.starts_ms, width) * 10 < looks * 9 {
                return from;
            }
            from = from.min(stat.starts_ms);
        }
        i64::MIN
    }

    /// The buckets that are told instead of heartbeats before `until`: by the day, then by the hour, without overlap.
    pub fn told_before(&self, until: i64) -> Vec<(Stat, Width)> {
        // By the day as far as the hours do not reach, and never into a day of which single heartbeats are told.
        let hours_from = self.hours_from().min(until.div_euclid(DAY_MS).saturating_mul(DAY_MS));
        let days = self.days.iter().filter(|day| day.starts_ms < hours_from);
        let hours = self
            .hours
            .iter()
            .filter(|hour| hour.starts_ms >= hours_from && hour.starts_ms + HOUR_MS <= until);
        days.map(|day| (*day, Width::Day)).chain(hours.map(|hour| (*hour, Width::Hour))).collect()
    }
}

/// How much of a bucket's time its looks tell of.
fn told_ms(stat: Stat, width: i64, interval_ms: u64) -> i64 {
    let looks = i64::from(stat.up) + i64::from(stat.down);
    let told = looks.saturating_mul(i64::try_from(interval_ms).unwrap_or(i64::MAX));
    if told >= width / 10 * 9 { width } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(starts_ms: i64, up: u32, down: u32) -> Stat {
        Stat { starts_ms, up, down, mean_ms: 12.0 }
    }

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn a_full_bucket_tells_of_all_its_time_and_a_thin_one_of_a_part() {
        let evidence = Evidence { hours: vec![stat(0, 58, 0), stat(HOUR_MS, 10, 0)], days: Vec::new() };
        assert_eq!(evidence.watched((0, DAY_MS), 60_000), [(0, HOUR_MS + 10 * MINUTE_MS)]);
        assert_eq!(
            evidence.watched((30 * MINUTE_MS, 50 * MINUTE_MS), 60_000),
            [(30 * MINUTE_MS, 50 * MINUTE_MS)]
        );
    }

    #[test]
    fn days_count_only_where_no_hours_do() {
        let evidence = Evidence {
            hours: vec![stat(DAY_MS + HOUR_MS, 60, 0), stat(2 * DAY_MS, 60, 0)],
            days: vec![stat(0, 1_440, 0), stat(DAY_MS, 1_440, 0), stat(2 * DAY_MS, 60, 0)],
        };
        assert_eq!(evidence.watched((0, 9 * DAY_MS), 60_000), [(0, 2 * DAY_MS + HOUR_MS)]);
    }

    #[test]
    fn an_outage_that_only_figures_tell_of_stands_at_the_beginning_of_its_day() {
        let evidence =
            Evidence { hours: Vec::new(), days: vec![stat(0, 1_296, 144), stat(2 * DAY_MS, 720, 0)] };
        assert_eq!(
            evidence.turns(9 * DAY_MS, 60_000),
            [
                (0, Status::MajorOutage),
                (DAY_MS / 10, Status::Operational),
                (DAY_MS, Status::Unknown),
                (2 * DAY_MS, Status::Operational),
                (2 * DAY_MS + DAY_MS / 2, Status::Unknown),
            ]
        );
        assert_eq!(
            evidence.turns(DAY_MS / 2, 60_000),
            [(0, Status::MajorOutage), (DAY_MS / 10, Status::Operational)]
        );
    }

    #[test]
    fn single_heartbeats_are_told_as_far_back_as_they_are_all_there() {
        let hours: Vec<Stat> = (0..10).map(|hour| stat(hour * HOUR_MS, 60, 0)).collect();
        let evidence = Evidence { hours, days: Vec::new() };
        let thinned: Vec<(i64, u32)> = vec![(0, 1), (5, 2), (7, 60), (8, 59), (9, 30), (10, 20)];
        assert_eq!(evidence.single_from(&thinned), 10 * HOUR_MS);
        let whole: Vec<(i64, u32)> = vec![(0, 1), (5, 2), (7, 60), (8, 59), (9, 60), (10, 20)];
        assert_eq!(evidence.single_from(&whole), 7 * HOUR_MS);
        let all: Vec<(i64, u32)> = (0..10).map(|hour| (hour, 60)).collect();
        assert_eq!(evidence.single_from(&all), i64::MIN);
        assert_eq!(Evidence::default().single_from(&thinned), i64::MIN);
    }

    #[test]
    fn buckets_that_stand_for_heartbeats_do_not_overlap() {
        let hours: Vec<Stat> = (30..72).map(|hour| stat(hour * HOUR_MS, 60, 0)).collect();
        let days = vec![stat(0, 1_440, 0), stat(DAY_MS, 1_440, 0), stat(2 * DAY_MS, 900, 0)];
        let evidence = Evidence { hours, days };
        let told = evidence.told_before(2 * DAY_MS + 3 * HOUR_MS);
        let told: Vec<(i64, Width)> =
            told.into_iter().map(|(stat, width)| (stat.starts_ms / HOUR_MS, width)).collect();
        assert_eq!(
            told,
            [(0, Width::Day), (24, Width::Day), (48, Width::Hour), (49, Width::Hour), (50, Width::Hour)]
        );
        assert_eq!(evidence.told_before(i64::MIN), []);
    }
}
