//! Badges: the state, the uptime and the latency in a small picture, and as the JSON that shields.io draws one from.

mod svg;
#[cfg(test)]
mod tests;
mod widths;

use pharos_model::{Indicator, Status, Uptime};
use serde::Serialize;

use super::view::{Need, Of, Subject, View};
use super::{Wire, Written};

/// How long others may hold it, in seconds.
const MAX_AGE_S: u32 = 60;
const SVG: &str = "image/svg+xml; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
/// From this uptime on, in basis points, it is shown in the colour of a status.
const COLOURS: [(u32, Status); 3] =
    [(9_990, Status::Operational), (9_900, Status::DegradedPerformance), (9_500, Status::PartialOutage)];

type Write = fn(&View) -> Option<Written>;

const fn badge(
    pattern: &'static str,
    of: Of,
    media_type: &'static str,
    needs: &'static [Need],
    write: Write,
) -> Wire {
    Wire { pattern, media_type, of, is_spoken: true, pages_max: 1, max_age_s: MAX_AGE_S, needs, write }
}

const DAY: &[Need] = &[Need::Spans(24)];
const WEEK: &[Need] = &[Need::Spans(7 * 24)];
const MONTH: &[Need] = &[Need::Spans(30 * 24)];
const QUARTER: &[Need] = &[Need::Spans(90 * 24)];
const LATENCY: &[Need] = &[Need::Latency(24, 60)];

/// The badges.
pub const WIRES: &[Wire] = &[
    badge("/badge.svg", Of::Page, SVG, &[], |view| Some(drawn(view, state(view)?))),
    badge("/badge.json", Of::Page, JSON, &[], |view| told(state(view)?)),
    badge("/groups/{id}/badge.svg", Of::Group, SVG, &[], |view| Some(drawn(view, state(view)?))),
    badge("/groups/{id}/badge.json", Of::Group, JSON, &[], |view| told(state(view)?)),
    badge("/badge/{id}.svg", Of::Component, SVG, &[], |view| Some(drawn(view, state(view)?))),
    badge("/badge/{id}.json", Of::Component, JSON, &[], |view| told(state(view)?)),
    badge("/badge/{id}/uptime-24h.svg", Of::Component, SVG, DAY, |view| Some(drawn(view, uptime(view, 1)?))),
    badge("/badge/{id}/uptime-24h.json", Of::Component, JSON, DAY, |view| told(uptime(view, 1)?)),
    badge("/badge/{id}/uptime-7d.svg", Of::Component, SVG, WEEK, |view| Some(drawn(view, uptime(view, 7)?))),
    badge("/badge/{id}/uptime-7d.json", Of::Component, JSON, WEEK, |view| told(uptime(view, 7)?)),
    badge("/badge/{id}/uptime-30d.svg", Of::Component, SVG, MONTH, |view| {
        Some(drawn(view, uptime(view, 30)?))
    }),
    badge("/badge/{id}/uptime-30d.json", Of::Component, JSON, MONTH, |view| told(uptime(view, 30)?)),
    badge("/badge/{id}/uptime-90d.svg", Of::Component, SVG, QUARTER, |view| {
        Some(drawn(view, uptime(view, 90)?))
    }),
    badge("/badge/{id}/uptime-90d.json", Of::Component, JSON, QUARTER, |view| told(uptime(view, 90)?)),
    badge("/badge/{id}/latency.svg", Of::Component, SVG, LATENCY, |view| Some(drawn(view, latency(view)?))),
    badge("/badge/{id}/latency.json", Of::Component, JSON, LATENCY, |view| told(latency(view)?)),
];

/// What a badge says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Badge {
    label: String,
    /// Never empty.
    message: String,
    /// Whose colour it has; `None` for a figure that is neither good nor bad.
    status: Option<Status>,
    /// What it is about, for those who do not see it.
    title: String,
}

/// How something is.
fn state(view: &View) -> Option<Badge> {
    let words = view.words;
    let (label, message, status) = match &view.subject {
        Subject::Page => {
            let indicator = view.snapshot.indicator();
            let status = match indicator {
                Indicator::Critical => Status::MajorOutage,
                other => pharos_app::look(other),
            };
            (words.page_name(&view.snapshot).to_owned(), words.indicator_short(indicator), status)
        }
        Subject::Component(id) => {
            let component = view.component()?;
            (view.name_of(id).to_owned(), words.status(component.status), component.status)
        }
        Subject::Group(group) => {
            let status = view.snapshot.group_status(group);
            (group.name.of(words.tag()).to_owned(), words.status(status), status)
        }
        Subject::Incident(_) => return None,
    };
    let title = words.component_is(&label, message);
    Some(Badge { label, message: message.to_owned(), status: Some(status), title })
}

/// The uptime over so many days of 24 hours up to the snapshot's own time.
fn uptime(view: &View, days: u32) -> Option<Badge> {
    let (component, words, at) = (view.component()?, view.words, view.snapshot.at);
    let from = at.minus_ms(u64::from(days) * 86_400_000);
    let uptime = Uptime::of(&component.tally_of(&view.spans, from, at), view.snapshot.page.weights);
    let range = match days {
        1 => words.page().range_day.to_owned(),
        days => words.counted(words.page().range_days, u64::from(days)),
    };
    let label = words.page().uptime_over.replace("{range}", &range);
    let (message, status) = match uptime.uptime_bp {
        None => (words.live().no_data.to_owned(), Status::Unknown),
        Some(figure) => {
            let found = COLOURS.iter().find(|(least, _)| figure >= *least);
            let status = found.map_or(Status::MajorOutage, |(_, status)| *status);
            (words.percent(figure), if uptime.covered { status } else { Status::Unknown })
        }
    };
    let title =
        words.component_is(&[view.name_of(&component.definition.id), ", ", &label].concat(), &message);
    Some(Badge { label, message, status: Some(status), title })
}

/// The median of the last full hour in which anything answered.
fn latency(view: &View) -> Option<Badge> {
    let (component, words) = (view.component()?, view.words);
    let label = words.page().latency.to_owned();
    let newest = view.latency.iter().rev().find_map(|point| point.p50_us);
    let (message, status) = match newest {
        None => (words.live().no_data.to_owned(), Some(Status::Unknown)),
        Some(us) => (format!("{} ms", us.div_ceil(1_000)), None),
    };
    let title =
        words.component_is(&[view.name_of(&component.definition.id), ", ", &label].concat(), &message);
    Some(Badge { label, message, status, title })
}

fn drawn(view: &View, badge: Badge) -> Written {
    svg::draw(&badge, view.look).into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shields {
    schema_version: u32,
    label: String,
    message: String,
    color: &'static str,
    is_error: bool,
    cache_seconds: u32,
}

/// What shields.io reads.
fn told(badge: Badge) -> Option<Written> {
    let shields = Shields {
        schema_version: 1,
        label: badge.label,
        message: badge.message,
        color: svg::ground(badge.status).0,
        is_error: badge.status == Some(Status::Unknown),
        cache_seconds: MAX_AGE_S,
    };
    serde_json::to_string(&shields).ok().map(Written::from)
}
