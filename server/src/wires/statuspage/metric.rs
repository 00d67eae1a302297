//! How long a component takes to answer, as Statuspage shows the figures of a system.

use serde::Serialize;

use super::super::{View, Written};
use super::component::component_code;
use super::written;

#[derive(Serialize)]
struct Document {
    period: Period,
    metrics: Vec<Metric>,
    summary: Figures,
}

#[derive(Serialize)]
struct Period {
    /// Points.
    count: usize,
    /// Seconds between two points.
    interval: u32,
    identifier: &'static str,
}

#[derive(Serialize)]
struct Metric {
    #[serde(rename = "metric")]
    named: Named,
    summary: Figures,
    data: Vec<Point>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    metric_identifier: String,
    suffix: &'static str,
}

/// Milliseconds.
#[derive(Clone, Copy, Serialize)]
struct Figures {
    sum: u64,
    mean: u64,
}

#[derive(Serialize)]
struct Point {
    /// Seconds since 1970.
    timestamp: i64,
    /// The median in milliseconds.
    value: u32,
}

/// The last day.
pub fn day(view: &View) -> Option<Written> {
    document(view, "day", 300)
}

/// The last seven days.
pub fn week(view: &View) -> Option<Written> {
    document(view, "week", 3_600)
}

/// The last thirty days.
pub fn month(view: &View) -> Option<Written> {
    document(view, "month", 14_400)
}

fn document(view: &View, identifier: &'static str, interval: u32) -> Option<Written> {
    let id = &view.component()?.definition.id;
    let points = view.latency.iter().filter_map(|point| {
        let value = point.p50_us? / 1_000;
        Some(Point { timestamp: point.start.0.div_euclid(1_000), value })
    });
    let data: Vec<Point> = points.collect();
    let sum: u64 = data.iter().map(|point| u64::from(point.value)).sum();
    let summary = Figures { sum, mean: sum / (data.len() as u64).max(1) };
    let named =
        Named { name: view.name_of(id).to_owned(), metric_identifier: component_code(id), suffix: "ms" };
    let period = Period { count: data.len(), interval, identifier };
    written(&Document { period, metrics: vec![Metric { named, summary, data }], summary })
}
