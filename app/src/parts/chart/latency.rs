//! Median and 95th percentile, gaps as gaps, failed checks as marks.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::UnixMs;

use super::field::{Field, HEIGHT};
use super::{ChartPoint, Range, US_PER_MS};
use crate::words::Words;

/// A mark on the floor for each stretch in which a check failed.
fn failures(field: &Field, points: &[ChartPoint]) -> String {
    let mut path = String::new();
    for point in points.iter().filter(|point| point.failed > 0 && point.start >= field.from) {
        let _written = write!(path, "M{} {HEIGHT}v-12", field.x(point.start));
    }
    path
}

fn sentence(points: &[ChartPoint], highest_us: u32, words: Words) -> String {
    let middles: Vec<u64> = points.iter().filter_map(|point| point.p50_us).map(u64::from).collect();
    let typical_ms = middles.iter().sum::<u64>() / (middles.len() as u64).max(1) / u64::from(US_PER_MS);
    let failed = points.iter().map(|point| point.failed).sum();
    words.chart(typical_ms, u64::from(highest_us.div_ceil(US_PER_MS)), failed)
}

/// The chart.
#[component]
pub fn LatencyChart(
    /// Ascending.
    points: Vec<ChartPoint>,
    /// Where the chart ends, unless a point is later.
    until: UnixMs,
    /// How much time it shows.
    range: Range,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let Some(highest_us) = points.iter().filter_map(|point| point.p95_us.max(point.p50_us)).max() else {
        return view! { <p class="card empty">{words.page().no_latency}</p> }.into_any();
    };
    let field = Field::of(&points, until, highest_us, range);
    let failures = failures(&field, &points);
    let has_failures = !failures.is_empty();
    view! {
        <figure class="card inner chart">
            <div class="field">
                <svg viewBox=Field::view_box() preserveAspectRatio="none" role="img" aria-labelledby="chart-title chart-text">
                    <title id="chart-title">{words.page().latency}</title>
                    <desc id="chart-text">{sentence(&points, highest_us, words)}</desc>
                    <path class="grid" d=Field::grid()></path>
                    <path class="upper" d=field.line(&points, |point| point.p95_us)></path>
                    <path class="median" d=field.line(&points, |point| point.p50_us)></path>
                    <path class="failed" d=failures></path>
                </svg>
                {field.axis()}
            </div>
            {field.ticks(range, words)}
            <figcaption>
                <span><i class="key median"></i>{words.page().median}</span>
                <span><i class="key upper"></i>{words.page().upper}</span>
                {has_failures.then(|| view! { <span><i class="key failed"></i>{words.page().failed}</span> })}
            </figcaption>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::{field, point};
    use super::*;

    #[test]
    fn a_failed_check_leaves_a_mark_on_the_floor() {
        let failed = ChartPoint { failed: 2, ..point(7, None) };
        assert_eq!(failures(&field(10), &[point(6, Some(1)), failed]), "M7 160v-12");
    }

    #[test]
    fn nothing_measured_is_said_so() {
        let html =
            view! { <LatencyChart points=vec![point(1, None)] until=UnixMs(0) range=Range::Day words=Words::english()/> }
                .to_html();
        assert!(html.contains(Words::english().page().no_latency) && !html.contains("<svg"), "{html}");
    }
}
