//! One component: its days, its figures, how fast it answers, and its incidents.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::{Component, ComponentId, Incident, Snapshot, UnixMs};

use super::frame::framed;
use crate::document::Shell;
use crate::islands::{LivePart, Part};
use crate::parts::component_row::{ComponentRow, RowData};
use crate::parts::icon::StatusLabel;
use crate::parts::incident::{IncidentCard, IncidentData};
use crate::parts::time::Moment;
use crate::words;

/// Size of the chart's field.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 160;
/// The chart spans a day.
const SPAN_MS: u64 = 24 * 3_600_000;
/// The least the chart's axis reaches to: below, every hair would look like a mountain.
const TOP_MIN_MS: u32 = 10;
/// Looks further apart than this are not joined: a gap is shown as a gap.
const GAP_MS: u64 = 10 * 60_000;

/// The looks of one stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct ChartPoint {
    /// When it begins.
    pub start: UnixMs,
    /// The median, in milliseconds.
    pub p50_ms: Option<u32>,
    /// What 95 % did not exceed, in milliseconds.
    pub p95_ms: Option<u32>,
    /// How many looks there were.
    pub count: u64,
    /// How many of them showed an outage.
    pub failed: u64,
}

/// The document; `incidents` newest first, `chart` ascending.
pub fn component(
    snapshot: &Snapshot,
    id: &ComponentId,
    incidents: &[Incident],
    chart: &[ChartPoint],
    shell: &Shell,
) -> String {
    let Some(component) = snapshot.component(id) else { return super::not_found(snapshot, shell) };
    let name = component.definition.name.clone();
    let title = format!("{}: {} · {}", name, words::status(component.status), snapshot.page.name);
    let description = format!("{name}: {}.", words::status_within(component.status));
    shell.document(snapshot, &title, &description, || {
        let cards = incidents.iter().map(|incident| {
            let data = IncidentData::of(snapshot, incident);
            view! { <IncidentCard data whole=false/> }
        });
        let cards = cards.collect_view();
        let (status, row) = (component.status, RowData::of(snapshot, component));
        let inside = view! {
            <div class="group">
                <h1>{name}</h1>
                <LivePart part=Part::Status(id.clone())><StatusLabel status/></LivePart>
            </div>
            <p class="meta"><span>"Since "<Moment at=component.since/></span></p>
            <div class="card">
                <div class="inner">
                    <LivePart part=Part::Row(id.clone())><ComponentRow data=row/></LivePart>
                </div>
            </div>
            {figures(snapshot, component)}
            <section>
                <h2>"Response time, last 24 hours"</h2>
                {view_chart(chart)}
            </section>
            <section>
                <h2>"Incidents"</h2>
                {incidents.is_empty().then(|| view! { <p class="empty">"None so far."</p> })}
                {cards}
            </section>
        };
        framed(snapshot, "component-page", inside.into_any())
    })
}

fn figures(snapshot: &Snapshot, component: &Component) -> AnyView {
    let rows = [(1, "Today"), (7, "7 days"), (30, "30 days"), (90, "90 days")].map(|(days, label)| {
        let uptime = snapshot.uptime(component, days);
        let figure = uptime.uptime_bp.map_or_else(|| "No data".to_owned(), words::percent);
        let class = if uptime.covered { "figure" } else { "figure faint" };
        view! {
            <tr>
                <th scope="row">{label}</th>
                <td class=class>{figure}</td>
                <td>{words::percent(uptime.coverage_bp)}</td>
            </tr>
        }
    });
    view! {
        <section>
            <h2>"Uptime"</h2>
            <table class="figures">
                <thead><tr><th scope="col">"Window"</th><th scope="col">"Uptime"</th><th scope="col">"Time watched"</th></tr></thead>
                <tbody>{rows.into_iter().collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// A value that is easy to read on an axis, at or above `ms`.
fn round_up(ms: u64) -> u64 {
    let mut step = 1;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= ms {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn view_chart(points: &[ChartPoint]) -> AnyView {
    let highest = points.iter().filter_map(|point| point.p95_ms).max();
    let (Some(highest), Some(last)) = (highest, points.last()) else {
        return view! { <p class="empty">"Nothing measured in this time."</p> }.into_any();
    };
    let top = round_up(u64::from(highest.max(TOP_MIN_MS)));
    let from = last.start.minus_ms(SPAN_MS);
    let median = line(points, from, top, |point| point.p50_ms);
    let upper = line(points, from, top, |point| point.p95_ms);
    let middles: Vec<u32> = points.iter().filter_map(|point| point.p50_ms).collect();
    let typical = middles.iter().map(|ms| u64::from(*ms)).sum::<u64>() / middles.len().max(1) as u64;
    let said = format!(
        "Response time over 24 hours: the median is about {typical} ms, 95 % of answers took at most {highest} ms."
    );
    view! {
        <figure class="chart">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=said>
                <path class="grid" d=format!("M0 1H{WIDTH}M0 {}H{WIDTH}M0 {}H{WIDTH}", HEIGHT / 2, HEIGHT - 1)></path>
                <path class="upper" d=upper></path>
                <path class="median" d=median></path>
            </svg>
            <p class="axis"><span>{format!("{top} ms")}</span><span>{format!("{} ms", top / 2)}</span><span>"0"</span></p>
            <figcaption>
                <span><span class="key median" aria-hidden="true"></span>"Median"</span>
                <span><span class="key upper" aria-hidden="true"></span>"95 % at most"</span>
                <span>"From "<Moment at=from/>" to "<Moment at=last.start/></span>
            </figcaption>
        </figure>
    }
    .into_any()
}

fn line(points: &[ChartPoint], from: UnixMs, top: u64, value: fn(&ChartPoint) -> Option<u32>) -> String {
    let mut path = String::new();
    let mut before: Option<UnixMs> = None;
    for point in points {
        let Some(ms) = value(point) else {
            before = None;
            continue;
        };
        let x = point.start.since_ms(from) * WIDTH / SPAN_MS;
        let y = HEIGHT - u64::from(ms).min(top) * (HEIGHT - 2) / top - 1;
        let joined = before.is_some_and(|before| point.start.since_ms(before) <= GAP_MS);
        // Writing to memory cannot fail. A point alone is drawn as a dot by a line of no length.
        let _written = if joined { write!(path, "L{x} {y}") } else { write!(path, "M{x} {y}h0") };
        before = Some(point.start);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(minute: i64, ms: Option<u32>) -> ChartPoint {
        ChartPoint { start: UnixMs(minute * 60_000), p50_ms: ms, p95_ms: ms, count: 1, failed: 0 }
    }

    #[test]
    fn an_axis_ends_at_a_round_value() {
        for (ms, top) in [(1, 1), (3, 5), (10, 10), (11, 20), (180, 200), (900, 1_000)] {
            assert_eq!(round_up(ms), top);
        }
    }

    #[test]
    fn a_gap_in_the_looks_is_a_gap_in_the_line() {
        let points = [
            point(0, Some(10)),
            point(10, Some(10)),
            point(60, Some(10)),
            point(70, None),
            point(80, Some(10)),
        ];
        let path = line(&points, UnixMs(0), 10, |point| point.p50_ms);
        assert_eq!(path, "M0 1h0L5 1M30 1h0M40 1h0");
    }
}
