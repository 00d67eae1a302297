//! Months of the page's calendar.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use pharos_model::UnixMs;

/// The earliest year whose months have pages.
pub const YEAR_MIN: i16 = 2000;

/// A month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) =
            text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (year >= YEAR_MIN && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The months from that of a date back to that of another, and no more than `count`.
    pub fn back(from: Date, to: Date, count: usize) -> Vec<Self> {
        let earliest = Self::of(to);
        std::iter::successors(Some(Self::of(from)), |month| Some(month.previous()))
            .take_while(|month| *month >= earliest)
            .take(count)
            .collect()
    }

    /// The month of a date.
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    /// The next month.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { month: self.month + 1, ..self }
        }
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 {
            Self { year: self.year - 1, month: 12 }
        } else {
            Self { month: self.month - 1, ..self }
        }
    }

    /// The moment at which the month begins in `zone`.
    pub fn starts_at(self, zone: &TimeZone) -> UnixMs {
        let first = jiff::civil::date(self.year, self.month, 1).to_datetime(jiff::civil::Time::midnight());
        let moment = zone.to_ambiguous_zoned(first).compatible().and_then(|zoned| zoned.start_of_day());
        UnixMs(moment.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }

    /// As in `2026-11`.
    pub fn text(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        assert_eq!(Month::parse("2026-11"), Some(Month { year: 2026, month: 11 }));
        for bad in ["2026-1", "2026-13", "2026-00", "1999-12", "26-11", "2026", "", "2026-11-01", "+026-11"] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_follow_each_other_over_the_year() {
        let december = Month { year: 2026, month: 12 };
        assert_eq!(december.next(), Month { year: 2027, month: 1 });
        assert_eq!(december.next().previous(), december);
    }
}
