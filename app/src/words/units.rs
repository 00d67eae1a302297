//! Figures, lengths of time and dates, in words.

use pharos_model::{CivilDate, UnixMs};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A figure in hundredths of a percent, as in `99.98 %`.
pub fn percent(basis_points: u32) -> String {
    format!("{}.{:02}\u{a0}%", basis_points / 100, basis_points % 100)
}

/// A value on an axis.
pub fn milliseconds(ms: i64) -> String {
    format!("{ms} ms")
}

pub(super) fn plural(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// A length of time in its two largest units, as in `2 hours 5 minutes`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let pair = |large: (u64, &str), small: (u64, &str)| {
        let first = plural(large.0, large.1);
        if small.0 == 0 { first } else { format!("{first} {}", plural(small.0, small.1)) }
    };
    match seconds {
        0..60 => plural(seconds, "second"),
        60..3_600 => pair((minutes, "minute"), (seconds % 60, "second")),
        3_600..86_400 => pair((hours, "hour"), (minutes, "minute")),
        _ => pair((days, "day"), (hours, "hour")),
    }
}

/// A date, as in `23 November 2026`.
pub fn date(date: CivilDate) -> String {
    let (year, month, day) = date.ymd();
    format!("{day} {} {year}", month_name(month))
}

/// A run of days, as in `20 to 21 November 2026`.
pub fn days(first: CivilDate, last: CivilDate) -> String {
    let ((year, month, day), until) = (first.ymd(), last.ymd());
    if first == last {
        date(last)
    } else if (year, month) == (until.0, until.1) {
        format!("{day} to {}", date(last))
    } else if year == until.0 {
        format!("{day} {} to {}", month_name(month), date(last))
    } else {
        format!("{} to {}", date(first), date(last))
    }
}

/// The name of a month, 1 to 12.
pub fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default()
}

/// A month of a year, as in `November 2026`.
pub fn month(year: i32, month: u8) -> String {
    format!("{} {year}", month_name(month))
}

/// The same from an address, as in `2026-11`.
pub fn month_of_address(address: &str) -> String {
    let read =
        address.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
    read.map_or_else(|| address.to_owned(), |(year, number)| month(year, number))
}

/// A moment in UTC, as in `23 Nov 2026, 14:03 UTC`.
pub fn moment(at: UnixMs) -> String {
    let (day, hour, minute) = clock(at);
    let (year, month, date) = day.ymd();
    let month = month_name(month).get(..3).unwrap_or_default();
    format!("{date} {month} {year}, {hour:02}:{minute:02} UTC")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_its_two_largest_units() {
        for (ms, text) in [
            (0, "0 seconds"),
            (61_000, "1 minute 1 second"),
            (7_200_000, "2 hours"),
            (7_500_000, "2 hours 5 minutes"),
            (90_000_000, "1 day 1 hour"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn a_moment_is_told_to_people_and_to_machines() {
        let at = UnixMs(1_795_442_585_000);
        assert_eq!(moment(at), "23 Nov 2026, 14:03 UTC");
        assert_eq!(machine_moment(at), "2026-11-23T14:03:05Z");
        assert_eq!(machine_moment(UnixMs(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_run_of_days_says_no_more_than_it_must() {
        let date = CivilDate::from_ymd;
        for (first, last, text) in [
            (date(2026, 11, 23), date(2026, 11, 23), "23 November 2026"),
            (date(2026, 11, 20), date(2026, 11, 21), "20 to 21 November 2026"),
            (date(2026, 10, 30), date(2026, 11, 2), "30 October to 2 November 2026"),
            (date(2025, 12, 30), date(2026, 1, 2), "30 December 2025 to 2 January 2026"),
        ] {
            assert_eq!(days(first, last), text);
        }
    }

    #[test]
    fn a_hundred_percent_is_written_out_and_less_is_never_rounded_up_to_it() {
        assert_eq!(percent(10_000), "100.00\u{a0}%");
        assert_eq!(percent(9_999), "99.99\u{a0}%");
        assert_eq!(percent(5), "0.05\u{a0}%");
    }
}
