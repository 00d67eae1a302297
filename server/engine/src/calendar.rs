//! Where the days of the page begin: the only place that knows time zones.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pharos_model::limits::DAYS_MAX;
use pharos_model::{Change, CivilDate, Day, UnixMs};

use crate::Fact;
use crate::engine::{Engine, Output};

/// The day of the page in which `at` lies. A day begins at the first instant that bears its date, which need not be
/// midnight where the clocks change at night.
pub fn day_at(zone: &TimeZone, at: UnixMs) -> Day {
    let stamp = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let start = stamp.to_zoned(zone.clone()).start_of_day();
    match start {
        Ok(start) => Day { date: civil(start.date()), starts_at: UnixMs(start.timestamp().as_millisecond()) },
        // Only beyond the years the calendar knows.
        Err(_) => Day { date: CivilDate(0), starts_at: UnixMs(0) },
    }
}

/// The day after `day`, or `None` at the end of the calendar.
pub fn day_after(zone: &TimeZone, day: Day) -> Option<Day> {
    let (year, month, date) = day.date.ymd();
    let today =
        jiff::civil::date(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(date).ok()?);
    let next = today.checked_add(1.day()).ok()?;
    let start = zone.to_ambiguous_zoned(next.to_datetime(jiff::civil::Time::midnight())).compatible().ok()?;
    let start = start.start_of_day().ok()?;
    Some(Day { date: civil(start.date()), starts_at: UnixMs(start.timestamp().as_millisecond()) })
}

impl Engine {
    /// Records every day that began since the last one, up to now.
    pub(crate) fn begin_days(&mut self, out: &mut Output) {
        if self.tomorrow.is_some_and(|tomorrow| out.at < tomorrow) {
            return;
        }
        let zone = self.config.time_zone.clone();
        let today = day_at(&zone, out.at);
        let reckoned = self.fold.board.at;
        let horizon = today.date.0 - i32::try_from(DAYS_MAX).unwrap_or(i32::MAX);
        let Some(mut last) = self.fold.board.days.last().copied() else {
            return self.record(out, Fact::Public(Change::DayBegan(today)));
        };
        if last.date >= today.date {
            self.tomorrow = day_after(&zone, today).map(|tomorrow| tomorrow.starts_at);
            return;
        }
        last.date.0 = last.date.0.max(horizon);
        while last.date < today.date {
            let Some(mut next) = day_after(&zone, last) else { return };
            // After a change of the page's zone a day may have begun in time that is already reckoned to another.
            next.starts_at = next.starts_at.max(reckoned).min(out.at);
            if next.starts_at <= last.starts_at {
                return;
            }
            self.record(out, Fact::Public(Change::DayBegan(next)));
            last = next;
        }
    }
}

fn civil(date: jiff::civil::Date) -> CivilDate {
    CivilDate::from_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn lengths_h(name: &str, from: &str, count: usize) -> Vec<u64> {
        let zone = zone(name);
        let at: Timestamp = from.parse().unwrap();
        let mut day = day_at(&zone, UnixMs(at.as_millisecond()));
        let mut lengths = Vec::new();
        for _ in 0..count {
            let next = day_after(&zone, day).unwrap();
            lengths.push(next.starts_at.since_ms(day.starts_at) / 3_600_000);
            day = next;
        }
        lengths
    }

    #[test]
    fn a_day_is_23_or_25_hours_long_when_the_clocks_change() {
        assert_eq!(lengths_h("Europe/Berlin", "2026-03-28T12:00:00Z", 3), [24, 23, 24]);
        assert_eq!(lengths_h("Europe/Berlin", "2026-10-24T12:00:00Z", 3), [24, 25, 24]);
    }

    #[test]
    fn a_day_without_midnight_begins_at_its_first_instant() {
        // Clocks went from 24:00 to 01:00 here, so that 17 October 2004 had no midnight.
        let day = day_at(&zone("America/Sao_Paulo"), UnixMs(1_098_000_000_000));
        let next =
            day_after(&zone("America/Sao_Paulo"), Day { date: CivilDate(day.date.0 - 1), ..day }).unwrap();
        assert_eq!(next, day);
    }

    #[test]
    fn the_day_of_a_moment_contains_it() {
        let zone = zone("Asia/Kathmandu");
        for hour in 0..2_000 {
            let at = UnixMs(1_700_000_000_000 + hour * 3_600_000);
            let day = day_at(&zone, at);
            let next = day_after(&zone, day).unwrap();
            assert!(day.starts_at <= at && at < next.starts_at);
        }
    }
}
