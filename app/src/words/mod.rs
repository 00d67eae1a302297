//! Every sentence a visitor reads, in one place: plain, calm and exact.

mod labels;
mod units;

use pharos_model::{
    Impact, Incident, IncidentStatus, Indicator, Status, Transition, UnixMs, Uptime, UptimeWeights,
};

pub use labels::*;
use units::plural;
pub use units::{
    date, days, duration, machine_moment, milliseconds, moment, month, month_name, month_of_address, percent,
};

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
        Indicator::Unknown => "The state of some systems is unknown",
        Indicator::Minor => "Some systems have problems",
        Indicator::Major => "Some systems are not available",
        Indicator::Critical => "A major outage is in progress",
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

/// The title of a window: what it tells first, then whose page it is.
pub fn title(what: &str, name: &str) -> String {
    [what, " · ", name_or_status(name)].concat()
}

/// The page's name, or a word in its place.
pub fn name_or_status(name: &str) -> &str {
    if name.is_empty() { NAMELESS } else { name }
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

/// What checks found, inside a sentence.
fn found(status: Status) -> &'static str {
    match status {
        Status::Operational => "that it works",
        Status::UnderMaintenance => "planned maintenance",
        Status::DegradedPerformance => "degraded performance",
        Status::PartialOutage => "a partial outage",
        Status::MajorOutage => "a major outage",
        Status::Unknown => "no result",
    }
}

/// What an update says.
pub fn transition(transition: &Transition) -> String {
    match transition {
        Transition::Detected(seen) => {
            ["Our checks found ", found(*seen), ". We are looking into it."].concat()
        }
        Transition::Changed(seen) => ["Our checks now find ", found(*seen), "."].concat(),
        Transition::Recovering => "Our checks succeed again. We are watching whether it stays so.".to_owned(),
        Transition::Relapsed(seen) => ["It failed again: our checks find ", found(*seen), "."].concat(),
        Transition::Resolved => "It has worked without interruption since. This incident is over.".to_owned(),
        Transition::Withdrawn => "This is no longer part of the page. The incident is closed.".to_owned(),
        Transition::Written(text) => text.clone(),
    }
}

/// The uptime under the bars, whatever part of them the screen has room for.
pub fn uptime(uptime: &Uptime) -> String {
    match uptime.uptime_bp {
        Some(figure) => [&percent(figure), " uptime in 90 days"].concat(),
        None => NO_DATA.to_owned(),
    }
}

/// What must be said with an uptime figure that rests on too little; empty when it rests on enough.
pub fn coverage_note(uptime: &Uptime) -> String {
    if uptime.covered || uptime.uptime_bp.is_none() {
        return String::new();
    }
    format!("only {} of this time was watched", percent(uptime.coverage_bp))
}

/// How much of a window was watched.
pub fn coverage(uptime: &Uptime) -> String {
    match uptime.coverage_bp {
        0 => "Not watched".to_owned(),
        10_000 => "Watched throughout".to_owned(),
        part => format!("{} watched", percent(part)),
    }
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

/// The title of a month's history.
pub fn history_of(month: &str) -> String {
    format!("History, {month}")
}

/// A month's history in a sentence.
pub fn incidents_of(month: &str, count: usize) -> String {
    match count {
        0 => format!("No incidents in {month}."),
        _ => format!("{} in {month}.", plural(count as u64, "incident")),
    }
}

/// A component with its status.
pub fn component_state(name: &str, seen: Status) -> String {
    format!("{name}: {}", status_within(seen))
}

/// An incident in a sentence.
pub fn incident_summary(incident: &Incident) -> String {
    let status = incident_status(incident.status);
    match incident.resolved_at {
        Some(end) => format!("{status}. {}.", lasted(&duration(end.since_ms(incident.began_at)))),
        None => format!("{status}. Began {}.", moment(incident.began_at)),
    }
}

/// How long an incident took.
pub fn lasted(length: &str) -> String {
    ["Lasted ", length].concat()
}

/// The banner's second line. `names` are those of the affected components.
pub fn affected(names: &[&str], total: usize) -> String {
    match names {
        [] => match total {
            0 => FIRST_COMPONENT.to_owned(),
            1 => "The one component is working.".to_owned(),
            _ => format!("All {total} components are working."),
        },
        [one] => format!("Affected: {one}"),
        [one, two] => format!("Affected: {one} and {two}"),
        [one, two, three] => format!("Affected: {one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("Affected: {one}, {two} and {} more", rest.len()),
    }
}

/// What a screen reader hears of the bars.
pub fn bars(days: usize, outages: usize, unwatched: usize, figure: &str) -> String {
    let outages = match outages {
        0 => "no outage".to_owned(),
        _ => format!("{} with an outage", plural(outages as u64, "day")),
    };
    let unwatched = match unwatched {
        0 => String::new(),
        _ => format!(", {} without enough data", plural(unwatched as u64, "day")),
    };
    format!("{}: {outages}{unwatched}; {figure}", plural(days as u64, "day"))
}

/// What a screen reader hears of the latency chart. Values in milliseconds.
pub fn chart(typical_ms: u64, highest_ms: u64, failed: u64) -> String {
    let failed = match failed {
        0 => "No check failed.".to_owned(),
        _ => format!("{} failed.", plural(failed, "check")),
    };
    format!(
        "The median is about {typical_ms} ms, and at every time 95 % of answers took at most {highest_ms} ms. {failed}"
    )
}

/// In which zone the page's days begin.
pub fn day_zone(zone: &str) -> String {
    if zone.is_empty() {
        return String::new();
    }
    format!("Days begin at midnight, {zone}.")
}

/// How fresh the page is, as the server writes it.
pub fn as_of(at: UnixMs) -> String {
    if at.0 == 0 {
        return "Nothing has been checked yet.".to_owned();
    }
    format!("As of {}", moment(at))
}

/// How long ago something was looked at.
pub fn checked_ago(ms: u64) -> String {
    match ms / 1_000 {
        0 => "Last checked just now".to_owned(),
        seconds => format!("Last checked {} ago", duration(seconds * 1_000)),
    }
}

/// The stream is down. `since` and `known_at` are moments in the visitor's own manner.
pub fn interrupted(since: &str, known_at: &str) -> String {
    let known_at = if since == known_at { "then" } else { &["at ", known_at].concat() };
    format!(
        "Live updates are interrupted since {since}. This page shows what was known {known_at}; trying again."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_names_the_affected_and_counts_the_rest() {
        assert_eq!(affected(&[], 5), "All 5 components are working.");
        assert_eq!(affected(&["A"], 5), "Affected: A");
        assert_eq!(affected(&["A", "B", "C"], 5), "Affected: A, B and C");
        assert_eq!(affected(&["A", "B", "C", "D"], 5), "Affected: A, B and 2 more");
    }
}
