//! Words that stand alone: headings, labels, links.

/// The server says itself that it cannot keep up.
pub const STALE: &str = "The server cannot record what it sees at the moment. This page may be out of date.";

/// Heads a page whose name nobody gave.
pub const NAMELESS: &str = "Status";

/// The first thing a keyboard meets.
pub const SKIP: &str = "Skip to the content";

/// Names the links at the top.
pub const NAV: &str = "Pages";

/// The link to the first page.
pub const NAV_STATUS: &str = "Status";

/// The link to the history, and its heading.
pub const HISTORY: &str = "History";

/// Who made the page.
pub const POWERED_BY: &str = "Powered by Pharos";

/// Names the line that says what must not be mistaken.
pub const NOTICE: &str = "Notice";
/// Before the moment of what the page shows.
pub const AS_OF: &str = "As of";
/// What is true with and without scripts, before the stream lives.
pub const WAITING: &str = "This page is drawn anew with every change";
/// Names the banner.
pub const CURRENT_STATUS: &str = "Current status";

/// The banner of a page without components.
pub const NOTHING_YET: &str = "There is nothing to show yet";

/// What the operator of such a page wants to know.
pub const FIRST_COMPONENT: &str = "No component is configured yet.";

/// An incident without an affected component.
pub const INCIDENT_BELOW: &str = "An incident is open, see below.";

/// Heads the open incidents.
pub const OPEN_INCIDENTS: &str = "Open incidents";

/// Names the components that stand in no group, and heads an incident's list.
pub const COMPONENTS: &str = "Components";

/// The legend's words, from best to worst, by class.
pub const LEGEND_WORDS: [(&str, &str); 7] = [
    ("op", "No outage"),
    ("dg", "Degraded"),
    ("po", "Partial outage"),
    ("mo", "Major outage"),
    ("mt", "Maintenance"),
    ("un", "Unknown"),
    ("nd", "No data"),
];

/// The end of the bars.
pub const TODAY: &str = "Today";

/// Heads the last days.
pub const PAST_DAYS: &str = "Past 14 days";

/// A day, or several.
pub const NO_INCIDENTS: &str = "No incidents";

/// The link below the last days.
pub const ALL_INCIDENTS: &str = "All incidents by month";

/// The links between months.
pub const MONTHS_NAV: &str = "Months";

/// A month.
pub const NO_INCIDENTS_IN_MONTH: &str = "No incidents in this month.";

/// A component.
pub const NO_INCIDENTS_SO_FAR: &str = "No incidents so far.";

/// Heads the incidents of a component.
pub const INCIDENTS: &str = "Incidents";

/// Before the moment an incident began.
pub const BEGAN: &str = "Began";

/// Before the moment an incident was resolved.
pub const RESOLVED_AT: &str = "Resolved";

/// Before the length of an incident.
pub const DURATION: &str = "Duration";

/// In place of the length of an incident that is open.
pub const ONGOING: &str = "Ongoing";

/// Before the components an incident concerns.
pub const AFFECTED: &str = "Affected";

/// Before how much an incident hurts.
pub const IMPACT: &str = "Impact";

/// Heads what was said about an incident.
pub const TIMELINE: &str = "Timeline";

/// Before the moment since when a component is as it is.
pub const SINCE: &str = "Since";

/// Heads the uptime figures.
pub const UPTIME: &str = "Uptime";

/// In place of a figure.
pub const NO_DATA: &str = "No data";

/// The windows of the uptime figures, in days.
pub const WINDOWS: [(usize, &str); 4] = [(1, "Today"), (7, "7 days"), (30, "30 days"), (90, "90 days")];

/// Heads the latency chart.
pub const LATENCY: &str = "Response time, last 24 hours";

/// The chart without a point.
pub const NO_LATENCY: &str = "No response times were measured in the last 24 hours.";

/// The median's line.
pub const MEDIAN: &str = "Median";

/// The 95th percentile's line.
pub const UPPER: &str = "95 % at most";

/// The marks on the chart's floor.
pub const FAILED: &str = "Failed check";

/// Heads the page for what is not there.
pub const NOT_FOUND: &str = "There is no such page";

/// Says why.
pub const NOT_FOUND_WHY: &str = "The address may be mistyped, or what it told of has left this page.";

/// The way out.
pub const NOT_FOUND_WAY: &str = "To the current status";
