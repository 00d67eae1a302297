//! Days of the page: a civil date, the moment it begins in the page's time zone, and what happened in it.
//!
//! Where days begin is a fact in the journal ([`crate::Change::DayBegan`]), so that no reader of it needs a
//! time-zone database: not the browser, and not a node with an older one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Status, UnixMs};

/// A date of the proleptic Gregorian calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CivilDate(pub i32);

impl CivilDate {
    /// The date of a year, a month (1 to 12) and a day of the month (1 to 31).
    ///
    /// The count runs over eras of 400 years (146,097 days) that begin on 1 March, so that the leap day is the last
    /// day of its year.
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Self {
        let (month, day) = (i32::from(month), i32::from(day));
        let march_year = if month <= 2 { year - 1 } else { year };
        let era = march_year.div_euclid(400);
        let year_of_era = march_year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    pub fn ymd(self) -> (i32, u8, u8) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + i32::from(month <= 2);
        (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
    }

    /// Reads a date as it is written, as in `2026-11-23`; `None` when there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let is_written = |(index, byte): (usize, u8)| {
            if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
        };
        if text.len() != 10 || !text.bytes().enumerate().all(is_written) {
            return None;
        }
        let (year, month, day) = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
        let date = Self::from_ymd(year, month, day);
        // A month of thirteen or a day of thirty-two is another date than the one that was written.
        (date.ymd() == (year, month, day)).then_some(date)
    }

    /// The next date.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// As in `2026-11-23`.
impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// One day of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Its date in the page's time zone.
    pub date: CivilDate,
    /// When it begins. It ends where the next one begins: 23, 24 or 25 hours later.
    pub starts_at: UnixMs,
}

/// The time of one component on one day that was anything but operational, of closed spans only.
///
/// A day without such time has no entry; what is left of a day's length was operational.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayTally {
    /// Which day.
    pub date: CivilDate,
    /// Milliseconds by status: `Status::ALL` without its first, `operational`.
    pub ms: [u32; 5],
}

impl DayTally {
    /// A day with nothing in it.
    pub fn empty(date: CivilDate) -> Self {
        Self { date, ms: [0; 5] }
    }

    /// Adds `ms` of `status`. Operational time is not kept.
    pub fn add(&mut self, status: Status, ms: u64) {
        if let Some(slot) = status.index().checked_sub(1).and_then(|index| self.ms.get_mut(index)) {
            *slot = slot.saturating_add(u32::try_from(ms).unwrap_or(u32::MAX));
        }
    }

    /// Milliseconds of `status`; 0 for operational.
    pub fn of(&self, status: Status) -> u64 {
        status.index().checked_sub(1).and_then(|index| self.ms.get(index)).map_or(0, |ms| u64::from(*ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_match_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_780, "2026-11-23"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(CivilDate(days).to_string(), text);
        }
    }

    #[test]
    fn only_a_date_that_there_is_is_read() {
        assert_eq!(CivilDate::parse("2000-02-29"), Some(CivilDate(11_016)));
        for bad in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-0",
            "26-11-23",
            "+026-11-23",
            "2026-11-233",
            "",
            "2026‐1‐1",
        ] {
            assert_eq!(CivilDate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_date_of_a_millennium_survives_the_round_trip() {
        for days in -1_000..365_250 {
            let (year, month, day) = CivilDate(days).ymd();
            assert_eq!(CivilDate::from_ymd(year, month, day), CivilDate(days));
        }
    }
}
