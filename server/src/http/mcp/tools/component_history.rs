//! `get_component_history`: the past of a component: its days, its uptime over ranges, and every stretch of time in it.

use pharos_model::limits::BAR_DAYS;
use pharos_model::{Component, DayColour, Span, Status, Tally, UnixMs, Uptime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::schema;
use super::super::source::{Freshness, Source, unread};
use super::views::UptimeTold;
use super::{Answer, Tool, given, taken};
use crate::http::api::problem::Problem;
use crate::http::api::wire::{Moment, StatusWord};
use crate::limits::MCP_SPANS_MAX;

/// The tool.
pub static TOOL: Tool = Tool {
    name: "get_component_history",
    title: "History of a component",
    description: "The past of a component: each of the last days with its worst status and lost time, the uptime over 1, 7, 30 and 90 \
                  days, and the stretches of time (spans) in which it had one status. An uptime comes with its coverage, because time in \
                  which nobody looked counts neither way: do not quote one without the other.",
    input: schema::of::<Input>,
    output: schema::of::<History>,
    call,
};

/// The ranges of which an uptime is told, in days.
const RANGES: [usize; 4] = [1, 7, 30, 90];
/// Days that are told of unless it is stated.
const DAYS: u32 = 30;

/// What of the past.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which component, by its `id`.
    component: String,
    /// How many days, today included, 1 to 90; 30 unless it is stated.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 90)]
    days: Option<u32>,
    /// Spans from here on, instead of those of the days; it may be years ago.
    #[serde(default)]
    from: Option<Moment>,
    /// Spans until here, exclusively; now unless it is stated.
    #[serde(default)]
    until: Option<Moment>,
}

/// The past of a component.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// How fresh the answer is.
    freshness: Freshness,
    /// What it is called by.
    component: String,
    /// Its name.
    name: String,
    /// How it is now.
    status: StatusWord,
    /// Since when it is known: there is no time before.
    began: Moment,
    /// The uptime over ranges.
    uptime: Vec<RangeTold>,
    /// The days, oldest first.
    days: Vec<DayTold>,
    /// The spans, oldest first.
    spans: SpansTold,
    /// Its page.
    address: String,
}

/// The uptime over a range.
#[derive(Debug, Serialize, ToSchema)]
struct RangeTold {
    /// How many days, today included.
    days: usize,
    /// The uptime.
    uptime: UptimeTold,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
struct DayTold {
    /// Which, in the page's time zone.
    #[schema(format = Date)]
    date: String,
    /// The worst that happened; `null` where nothing is known of the day.
    worst: Option<StatusWord>,
    /// The uptime.
    uptime: UptimeTold,
    /// How long it was out, in milliseconds.
    major_outage_ms: u64,
    /// How long it was out in part, in milliseconds.
    partial_outage_ms: u64,
    /// How long it was degraded, in milliseconds.
    degraded_performance_ms: u64,
    /// How long it was under maintenance, in milliseconds.
    under_maintenance_ms: u64,
    /// How long nobody knew, in milliseconds.
    unknown_ms: u64,
}

/// Spans of a window of time.
#[derive(Debug, Serialize, ToSchema)]
struct SpansTold {
    /// Where the window begins.
    from: Moment,
    /// Where it ends.
    until: Moment,
    /// The uptime within it.
    uptime: UptimeTold,
    /// Whether all spans of the window are here; else the newest of them are, and the time before counts as unknown.
    complete: bool,
    /// The spans, oldest first.
    spans: Vec<SpanTold>,
}

/// A stretch of time in which a component had one status.
#[derive(Debug, Serialize, ToSchema)]
struct SpanTold {
    /// When it began.
    from: Moment,
    /// When it ended; `null` for the one that lasts.
    until: Option<Moment>,
    /// The status.
    status: StatusWord,
    /// What the checks found, where operators stated the status.
    measured: Option<StatusWord>,
}

impl SpanTold {
    /// Of a span, as of a moment: the store may be further, and what ended since lasts by then.
    fn of(span: &Span, at: UnixMs) -> Self {
        Self {
            from: Moment(span.starts_at),
            until: span.ends_at.filter(|end| *end <= at).map(Moment),
            status: span.status.into(),
            measured: span.measured.map(Into::into),
        }
    }
}

fn call(source: &Source, arguments: Value) -> Answer<'_> {
    Box::pin(async move { given(&history(source, &taken(arguments)?).await?) })
}

async fn history(source: &Source, input: &Input) -> Result<History, Problem> {
    let (snapshot, component) = (source.snapshot(), source.component(&input.component)?);
    let count = usize::try_from(input.days.unwrap_or(DAYS)).unwrap_or(usize::MAX);
    if !(1..=BAR_DAYS).contains(&count) {
        return Err(Problem::invalid("days", "is out of range", format!("ask for 1 to {BAR_DAYS}")));
    }
    let first = snapshot.days.len().saturating_sub(count);
    let range = |days| RangeTold { days, uptime: snapshot.uptime(component, days).into() };
    Ok(History {
        freshness: source.freshness(),
        component: component.definition.id.to_string(),
        name: source.said(&component.definition.name).to_owned(),
        status: component.status.into(),
        began: Moment(component.began),
        uptime: RANGES.into_iter().map(range).collect(),
        days: (first..snapshot.days.len()).map(|index| day(source, component, index)).collect(),
        spans: spans(source, component, (input, first)).await?,
        address: source.view.address(&["/components/", component.definition.id.as_str()].concat()),
    })
}

fn day(source: &Source, component: &Component, index: usize) -> DayTold {
    let snapshot = source.snapshot();
    let (weights, at) = (snapshot.page.weights, snapshot.at);
    let tally = component.day_tally(&snapshot.days, index, at);
    let colour = component.day_colour(&snapshot.days, index, at, weights);
    DayTold {
        date: snapshot.days.get(index).map(|day| day.date.to_string()).unwrap_or_default(),
        worst: match colour {
            DayColour::NoData => None,
            DayColour::Worst(status) => Some(status.into()),
        },
        uptime: Uptime::of(&tally, weights).into(),
        major_outage_ms: tally.of(Status::MajorOutage),
        partial_outage_ms: tally.of(Status::PartialOutage),
        degraded_performance_ms: tally.of(Status::DegradedPerformance),
        under_maintenance_ms: tally.of(Status::UnderMaintenance),
        unknown_ms: tally.of(Status::Unknown),
    }
}

async fn spans(
    source: &Source,
    component: &Component,
    (input, first): (&Input, usize),
) -> Result<SpansTold, Problem> {
    let snapshot = source.snapshot();
    let of_days = snapshot.days.get(first).map_or(component.began, |day| day.starts_at);
    // Never further than what is told of otherwise.
    let until = input.until.map_or(snapshot.at, |until| until.0.min(snapshot.at));
    let from = input.from.map_or(of_days, |from| from.0);
    if from >= until {
        let hint = "`until` is now unless it is stated, and never later";
        return Err(Problem::invalid("from", "does not lie before `until`", hint));
    }
    let id = &component.definition.id;
    let mut found = source.store.spans(id, from, until, MCP_SPANS_MAX + 1).await.map_err(unread)?;
    let complete = found.len() <= MCP_SPANS_MAX;
    found.drain(..found.len().saturating_sub(MCP_SPANS_MAX));
    let tally: Tally = component.tally_of(&found, from, until);
    Ok(SpansTold {
        from: Moment(from),
        until: Moment(until),
        uptime: Uptime::of(&tally, snapshot.page.weights).into(),
        complete,
        spans: found.iter().map(|span| SpanTold::of(span, snapshot.at)).collect(),
    })
}
