//! How fast a component answers: median and 95th percentile, gaps as gaps, failed checks as marks.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::{CivilDate, UnixMs};

use super::time::Moment;
use crate::words::{self, Words};

/// The looks of one stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct ChartPoint {
    /// When it begins.
    pub start: UnixMs,
    /// The median, in microseconds.
    pub p50_us: Option<u32>,
    /// What 95 % did not exceed, in microseconds.
    pub p95_us: Option<u32>,
    /// How many looks there were.
    pub count: u64,
    /// How many of them showed an outage.
    pub failed: u64,
}

/// How much time a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl Range {
    /// All, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Its length in days.
    pub fn days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// How it ends an address, as in `/7d`; the shortest is at the address without.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Day => "",
            Self::Week => "/7d",
            Self::Month => "/30d",
            Self::Quarter => "/90d",
        }
    }

    /// What it is called.
    fn label(self, words: Words) -> String {
        match self {
            Self::Day => words.page().range_day.to_owned(),
            longer => words.counted(words.page().range_days, u64::from(longer.days())),
        }
    }

    /// The length of a unit of the drawing.
    fn unit_ms(self) -> i64 {
        MINUTE_MS * i64::from(self.days())
    }
}

/// The drawing is as wide as a day has minutes, whatever its range.
const WIDTH: i64 = 1_440;
const HEIGHT: i64 = 160;
const MINUTE_MS: i64 = 60_000;
/// Parts of the time axis.
const TICKS: i64 = 4;
/// The least the axis reaches to: below, every hair would look like a mountain.
const TOP_MIN_MS: u32 = 10;
const US_PER_MS: u32 = 1_000;
/// Looks further apart than this are not joined, unless they are always about as far apart.
const GAP_MIN: i64 = 10;
/// So many times the usual distance is a gap.
const GAP_FACTOR: i64 = 3;

/// Where the chart lies in time and in value.
struct Field {
    from: UnixMs,
    /// The value at the upper edge, in milliseconds.
    top_ms: i64,
    /// The longest distance of two joined points, in units.
    gap: i64,
    /// The length of a unit.
    unit_ms: i64,
}

impl Field {
    fn of(points: &[ChartPoint], until: UnixMs, highest_ms: u32, range: Range) -> Self {
        let unit_ms = range.unit_ms();
        let end = points.last().map_or(until, |last| last.start.max(until));
        let from = UnixMs(end.0.saturating_sub(WIDTH * unit_ms));
        let mut distances: Vec<i64> =
            points.windows(2).map(|pair| (pair[1].start.0 - pair[0].start.0) / unit_ms).collect();
        distances.sort_unstable();
        let usual = distances.get(distances.len() / 2).copied().unwrap_or(1);
        Self { from, top_ms: round_up(i64::from(highest_ms)), gap: GAP_MIN.max(usual * GAP_FACTOR), unit_ms }
    }

    fn x(&self, at: UnixMs) -> i64 {
        ((at.0 - self.from.0) / self.unit_ms).clamp(0, WIDTH)
    }

    fn y(&self, us: u32) -> i64 {
        let top_us = self.top_ms * i64::from(US_PER_MS);
        HEIGHT - 1 - i64::from(us).min(top_us) * (HEIGHT - 2) / top_us
    }

    /// A line through what there is; relative steps, because equal steps compress well.
    fn line(&self, points: &[ChartPoint], value: fn(&ChartPoint) -> Option<u32>) -> String {
        let mut path = String::new();
        let mut before: Option<(i64, i64)> = None;
        for point in points.iter().filter(|point| point.start >= self.from) {
            let Some(us) = value(point) else {
                before = None;
                continue;
            };
            let (x, y) = (self.x(point.start), self.y(us));
            // Writing to memory cannot fail. A point alone is a dot: a line of no length.
            let _written = match before {
                Some((last_x, last_y)) if x - last_x <= self.gap => {
                    write!(path, "l{} {}", x - last_x, y - last_y)
                }
                _ => write!(path, "M{x} {y}h0"),
            };
            before = Some((x, y));
        }
        path
    }

    /// The label of a tick: a moment on a day, a date beyond.
    fn mark(&self, tick: i64, range: Range, words: Words) -> AnyView {
        let at = UnixMs(self.from.0 + WIDTH * self.unit_ms * tick / TICKS);
        if range == Range::Day {
            return view! { <Moment at words/> }.into_any();
        }
        let date = i32::try_from(at.0.div_euclid(MINUTE_MS * WIDTH)).unwrap_or_default();
        view! { <span>{words.date(CivilDate(date))}</span> }.into_any()
    }

    /// A mark on the floor for each stretch in which a check failed.
    fn failures(&self, points: &[ChartPoint]) -> String {
        let mut path = String::new();
        for point in points.iter().filter(|point| point.failed > 0 && point.start >= self.from) {
            let _written = write!(path, "M{} {HEIGHT}v-12", self.x(point.start));
        }
        path
    }
}

/// A value that is easy to read on an axis, at or above `ms`.
fn round_up(ms: i64) -> i64 {
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

fn sentence(points: &[ChartPoint], highest_ms: u32, words: Words) -> String {
    let middles: Vec<u64> = points.iter().filter_map(|point| point.p50_us).map(u64::from).collect();
    let typical_ms = middles.iter().sum::<u64>() / (middles.len() as u64).max(1) / u64::from(US_PER_MS);
    let failed = points.iter().map(|point| point.failed).sum();
    words.chart(typical_ms, u64::from(highest_ms), failed)
}

/// The choice of ranges.
#[component]
pub fn Ranges(
    /// The one that is shown.
    range: Range,
    /// The address of the component's page, in the language.
    address: String,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let links: Vec<_> = Range::ALL
        .into_iter()
        .map(|one| {
            let href = [&*address, one.suffix(), "#latency"].concat();
            view! { <a href=href aria-current=(one == range).then_some("page")>{one.label(words)}</a> }
        })
        .collect();
    view! { <nav class="ranges" aria-label=words.page().ranges>{links}</nav> }
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
    let highest = points.iter().filter_map(|point| point.p95_us.max(point.p50_us)).max();
    let Some(highest_ms) = highest.map(|us| us.div_ceil(US_PER_MS)) else {
        return view! { <p class="card empty">{words.page().no_latency}</p> }.into_any();
    };
    let field = Field::of(&points, until, highest_ms.max(TOP_MIN_MS), range);
    let failures = field.failures(&points);
    let has_failures = !failures.is_empty();
    let marks: Vec<_> = (0..=TICKS).map(|tick| field.mark(tick, range, words)).collect();
    view! {
        <figure class="card inner chart">
            <div class="field">
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-labelledby="chart-title chart-text">
                    <title id="chart-title">{words.page().latency}</title>
                    <desc id="chart-text">{sentence(&points, highest_ms, words)}</desc>
                    <path class="grid" d=format!("M0 1h{WIDTH}M0 {}h{WIDTH}M0 {}h{WIDTH}", HEIGHT / 2, HEIGHT - 1)></path>
                    <path class="upper" d=field.line(&points, |point| point.p95_us)></path>
                    <path class="median" d=field.line(&points, |point| point.p50_us)></path>
                    <path class="failed" d=failures></path>
                </svg>
                <p class="axis" aria-hidden="true">
                    <span>{words::milliseconds(field.top_ms)}</span>
                    <span>{words::milliseconds(field.top_ms / 2)}</span>
                    <span>"0"</span>
                </p>
            </div>
            <p class="ticks">{marks}</p>
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
    use super::*;

    fn point(minute: i64, ms: Option<u32>) -> ChartPoint {
        let us = ms.map(|ms| ms * US_PER_MS);
        ChartPoint { start: UnixMs(minute * MINUTE_MS), p50_us: us, p95_us: us, count: 1, failed: 0 }
    }

    fn field(top_ms: i64) -> Field {
        Field { from: UnixMs(0), top_ms, gap: GAP_MIN, unit_ms: MINUTE_MS }
    }

    #[test]
    fn an_axis_ends_at_a_round_value() {
        for (ms, top) in [(1, 1), (3, 5), (10, 10), (11, 20), (180, 200), (900, 1_000)] {
            assert_eq!(round_up(ms), top);
        }
    }

    #[test]
    fn a_gap_in_the_looks_is_a_gap_in_the_line() {
        let points = [(0, Some(10)), (10, Some(5)), (60, Some(10)), (70, None), (80, Some(10))];
        let path = field(10).line(&points.map(|(minute, ms)| point(minute, ms)), |point| point.p50_us);
        assert_eq!(path, "M0 1h0l10 79M60 1h0M80 1h0");
    }

    #[test]
    fn looks_that_are_always_far_apart_are_joined() {
        let points: Vec<_> = (0..20).map(|hour| point(hour * 60, Some(10))).collect();
        let field = Field::of(&points, UnixMs(0), 10, Range::Day);
        assert_eq!(field.gap, 180);
        assert_eq!(field.line(&points, |point| point.p50_us).matches('M').count(), 1);
    }

    #[test]
    fn a_failed_check_leaves_a_mark_on_the_floor() {
        let failed = ChartPoint { failed: 2, ..point(7, None) };
        assert_eq!(field(10).failures(&[point(6, Some(1)), failed]), "M7 160v-12");
    }

    #[test]
    fn nothing_measured_is_said_so() {
        let html =
            view! { <LatencyChart points=vec![point(1, None)] until=UnixMs(0) range=Range::Day words=Words::english()/> }
                .to_html();
        assert!(html.contains(Words::english().page().no_latency) && !html.contains("<svg"), "{html}");
    }
}
