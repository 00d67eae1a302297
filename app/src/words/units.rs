//! Figures, lengths of time and dates, in words.

use pharos_model::{CivilDate, UnixMs};

use super::Words;
use super::template::{fill, piece};

impl Words {
    /// A figure in hundredths of a percent, as in `99.98%`.
    pub fn percent(self, basis_points: u32) -> String {
        let text = self.live();
        let number = format!("{}{}{:02}", basis_points / 100, text.decimal, basis_points % 100);
        fill(text.percent, &[("n", &number)])
    }

    /// A length of time in its two largest units, as in `2 hours 5 minutes`.
    pub fn duration(self, ms: u64) -> String {
        let text = self.live();
        let seconds = ms / 1_000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let pair = |large: (u64, &'static str), small: (u64, &'static str)| {
            let first = self.counted(large.1, large.0);
            if small.0 == 0 {
                return first;
            }
            fill(text.two_units, &[("large", &first), ("small", &self.counted(small.1, small.0))])
        };
        match seconds {
            0..60 => self.counted(text.seconds, seconds),
            60..3_600 => pair((minutes, text.minutes), (seconds % 60, text.seconds)),
            3_600..86_400 => pair((hours, text.hours), (minutes, text.minutes)),
            _ => pair((days, text.days), (hours, text.hours)),
        }
    }

    /// A date, as in `23 November 2026`.
    pub fn date(self, date: CivilDate) -> String {
        let (year, month, day) = date.ymd();
        let (day, year) = (day.to_string(), year.to_string());
        fill(self.live().date, &[("d", &day), ("month", self.month_in_date(month)), ("y", &year)])
    }

    /// A run of days, as in `20 to 21 November 2026`.
    pub fn dates(self, first: CivilDate, last: CivilDate) -> String {
        let ((year, month, day), until) = (first.ymd(), last.ymd());
        let text = self.live();
        if first == last {
            return self.date(last);
        }
        if (year, month) != (until.0, until.1) {
            return fill(text.dates, &[("from", &self.date(first)), ("until", &self.date(last))]);
        }
        let (from, until, year) = (day.to_string(), until.2.to_string(), year.to_string());
        let values =
            [("from", &*from), ("until", &*until), ("month", self.month_in_date(month)), ("y", &*year)];
        fill(text.dates_of_month, &values)
    }

    /// A moment in UTC, as in `23 Nov 2026, 14:03 UTC`.
    pub fn moment(self, at: UnixMs) -> String {
        let (date, hour, minute) = clock(at);
        let (year, month, day) = date.ymd();
        let (day, year, time) = (day.to_string(), year.to_string(), format!("{hour:02}:{minute:02}"));
        let month = piece(self.live().months_short, usize::from(month).saturating_sub(1));
        fill(self.live().moment, &[("d", &day), ("month", month), ("y", &year), ("time", &time)])
    }

    fn month_in_date(self, month: u8) -> &'static str {
        piece(self.live().months, usize::from(month).saturating_sub(1))
    }
}

/// What is written only on the server.
#[cfg(feature = "ssr")]
impl Words {
    /// A month of a year, as in `November 2026`.
    pub fn month(self, year: i32, month: u8) -> String {
        let page = self.page();
        let name = piece(page.months_alone, usize::from(month).saturating_sub(1));
        fill(page.month_year, &[("month", name), ("y", &year.to_string())])
    }

    /// The same from an address, as in `2026-11`.
    pub fn month_of_address(self, address: &str) -> String {
        let read =
            address.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        read.map_or_else(|| address.to_owned(), |(year, number)| self.month(year, number))
    }
}

/// A value on an axis.
#[cfg(feature = "ssr")]
pub fn milliseconds(ms: i64) -> String {
    format!("{ms} ms")
}

/// A moment for machines, as in `2026-11-23T14:03:05Z`.
pub fn machine_moment(at: UnixMs) -> String {
    let (day, hour, minute) = clock(at);
    format!("{day}T{hour:02}:{minute:02}:{:02}Z", at.0.div_euclid(1_000).rem_euclid(60))
}

fn clock(at: UnixMs) -> (CivilDate, i64, i64) {
    let minutes = at.0.div_euclid(60_000);
    let day = i32::try_from(minutes.div_euclid(1_440)).unwrap_or_default();
    (CivilDate(day), minutes.rem_euclid(1_440) / 60, minutes.rem_euclid(60))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::english()
    }

    #[test]
    fn a_length_of_time_is_told_in_its_two_largest_units() {
        for (ms, text) in [
            (0, "0 seconds"),
            (61_000, "1 minute 1 second"),
            (7_200_000, "2 hours"),
            (7_500_000, "2 hours 5 minutes"),
            (90_000_000, "1 day 1 hour"),
        ] {
            assert_eq!(words().duration(ms), text);
        }
    }

    #[test]
    fn a_moment_is_told_to_people_and_to_machines() {
        let at = UnixMs(1_795_442_585_000);
        assert_eq!(words().moment(at), "23 Nov 2026, 14:03 UTC");
        assert_eq!(machine_moment(at), "2026-11-23T14:03:05Z");
        assert_eq!(machine_moment(UnixMs(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_run_of_days_says_no_more_than_it_must() {
        let date = CivilDate::from_ymd;
        for (first, last, text) in [
            (date(2026, 11, 23), date(2026, 11, 23), "23 November 2026"),
            (date(2026, 11, 20), date(2026, 11, 21), "20 to 21 November 2026"),
            (date(2026, 10, 30), date(2026, 11, 2), "30 October 2026 to 2 November 2026"),
        ] {
            assert_eq!(words().dates(first, last), text);
        }
    }

    #[test]
    fn a_hundred_percent_is_written_out_and_less_is_never_rounded_up_to_it() {
        assert_eq!(words().percent(10_000), "100.00%");
        assert_eq!(words().percent(9_999), "99.99%");
        assert_eq!(words().percent(5), "0.05%");
    }
}
