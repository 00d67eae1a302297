//! Every word a visitor reads, in one place: plain, calm and exact.

use pharos_model::{
    CivilDate, Impact, Incident, IncidentStatus, Indicator, Status, Transition, UnixMs, Uptime, UptimeWeights,
};

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

/// A status, as it stands beside a component.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Operational => "Operational",
        Status::UnderMaintenance => "Under maintenance",
        Status::DegradedPerformance => "Degraded performance",
        Status::PartialOutage => "Partial outage",
        Status::MajorOutage => "Major outage",
        Status::Unknown => "Unknown",
    }
}

/// A status within a sentence.
pub fn status_within(status: Status) -> &'static str {
    match status {
        Status::Operational => "operational",
        Status::UnderMaintenance => "under maintenance",
        Status::DegradedPerformance => "degraded performance",
        Status::PartialOutage => "partial outage",
        Status::MajorOutage => "major outage",
        Status::Unknown => "unknown",
    }
}

/// The banner's sentence.
pub fn indicator(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::None => "All systems operational",
        Indicator::Maintenance => "Maintenance in progress",
        Indicator::Unknown => "Some systems are not being watched",
        Indicator::Minor => "Some systems have problems",
        Indicator::Major => "Some systems are not available",
        Indicator::Critical => "No system is available",
    }
}

/// The same in a word or two, for the title of the window.
pub fn indicator_short(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::None => "Operational",
        Indicator::Maintenance => "Maintenance",
        Indicator::Unknown => "Unknown",
        Indicator::Minor => "Problems",
        Indicator::Major => "Outage",
        Indicator::Critical => "Major outage",
    }
}

/// Where an incident stands.
pub fn incident_status(status: IncidentStatus) -> &'static str {
    match status {
        IncidentStatus::Investigating => "Investigating",
        IncidentStatus::Identified => "Identified",
        IncidentStatus::Monitoring => "Monitoring",
        IncidentStatus::Resolved => "Resolved",
        IncidentStatus::Postmortem => "Postmortem",
    }
}

/// How much an incident hurts.
pub fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "No impact",
        Impact::Minor => "Minor impact",
        Impact::Major => "Major impact",
        Impact::Critical => "Critical impact",
    }
}

/// What an update says.
pub fn transition(transition: &Transition) -> String {
    match transition {
        Transition::Detected(seen) => {
            format!("Our checks found a {}. We are looking into it.", status_within(*seen))
        }
        Transition::Changed(seen) => format!("Our checks now find a {}.", status_within(*seen)),
        Transition::Recovering => "Our checks succeed again. We are watching whether it stays so.".to_owned(),
        Transition::Relapsed(seen) => format!("Our checks fail again: {}.", status_within(*seen)),
        Transition::Resolved => "It has worked without interruption since. This incident is over.".to_owned(),
        Transition::Withdrawn => "This is no longer part of the page. The incident is closed.".to_owned(),
        Transition::Written(text) => text.clone(),
    }
}

/// A figure in hundredths of a percent, as in `99.98 %`.
pub fn percent(basis_points: u32) -> String {
    format!("{}.{:02}\u{a0}%", basis_points / 100, basis_points % 100)
}

/// The uptime under the bars, whatever part of them the screen has room for.
pub fn uptime(uptime: &Uptime) -> String {
    match uptime.uptime_bp {
        Some(figure) => format!("{} uptime in 90 days", percent(figure)),
        None => "No data".to_owned(),
    }
}

/// What must be said with an uptime figure that rests on too little; empty when it rests on enough.
pub fn coverage_note(uptime: &Uptime) -> String {
    if uptime.covered || uptime.uptime_bp.is_none() {
        return String::new();
    }
    format!("only {} of this time was watched", percent(uptime.coverage_bp))
}

/// One sentence that says how uptime is reckoned, with the page's own weights.
pub fn uptime_formula(weights: &UptimeWeights) -> String {
    format!(
        "Uptime is the share of the watched time in which a component worked: a major outage counts {} %, a partial outage \
         {} %, degraded performance and maintenance nothing. Time nobody watched is shown as unknown and counts \
         neither way.",
        weights.major_bp / 100,
        weights.partial_bp / 100
    )
}

fn plural(count: u64, one: &str) -> String {
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

/// The name of a month, 1 to 12.
pub fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default()
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

/// How long an incident took. Of one that goes on, only that: the page is not redrawn while nothing changes.
pub fn incident_length(incident: &Incident) -> String {
    match incident.resolved_at {
        Some(end) => format!("Lasted {}", duration(end.since_ms(incident.began_at))),
        None => "Ongoing".to_owned(),
    }
}

/// What a screen reader hears of the bars.
pub fn bars(days: usize, outages: usize, unwatched: usize, figure: &str) -> String {
    let mut parts = vec![plural(days as u64, "day")];
    parts.push(match outages {
        0 => "no outage".to_owned(),
        _ => format!("{} with an outage", plural(outages as u64, "day")),
    });
    if unwatched > 0 {
        parts.push(format!("{} without enough data", plural(unwatched as u64, "day")));
    }
    format!("{}; {figure}", parts.join(", "))
}

/// What is said aloud when a component changes.
pub fn announcement(name: &str, seen: Status) -> String {
    format!("{name}: {}", status_within(seen))
}

/// How long ago something was looked at.
pub fn checked_ago(ms: u64) -> String {
    match ms / 1_000 {
        0 => "Last checked just now".to_owned(),
        seconds => format!("Last checked {} ago", duration(seconds * 1_000)),
    }
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
    fn a_hundred_percent_is_written_out_and_less_is_never_rounded_up_to_it() {
        assert_eq!(percent(10_000), "100.00\u{a0}%");
        assert_eq!(percent(9_999), "99.99\u{a0}%");
        assert_eq!(percent(5), "0.05\u{a0}%");
    }
}
