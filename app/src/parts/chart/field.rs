//! Where a chart lies in time and in value, and what stands around every chart.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::{CivilDate, UnixMs};

use super::{ChartPoint, Range, US_PER_MS};
use crate::parts::time::Moment;
use crate::words::{self, Words};

/// The drawing is as wide as a day has minutes, whatever its range.
pub const WIDTH: i64 = 1_440;
/// And so high.
pub const HEIGHT: i64 = 160;
/// A minute.
pub const MINUTE_MS: i64 = 60_000;
/// Parts of the time axis.
const TICKS: i64 = 4;
/// The least the axis reaches to: below, every hair would look like a mountain.
const TOP_MIN_MS: u32 = 10;
/// Points further apart than this are not joined, unless they are always about as far apart.
const GAP_MIN: i64 = 10;

/// Where the chart lies in time and in value.
pub struct Field {
    pub(super) from: UnixMs,
    /// The value at the upper edge, in milliseconds.
    pub(super) top_ms: i64,
    /// The longest distance of two joined points, in units.
    pub(super) gap: i64,
    /// The length of a unit.
    pub(super) unit_ms: i64,
}

impl Field {
    /// A field for `points`, which are ascending, that ends at `until`, or with the last of them.
    pub fn of(points: &[ChartPoint], until: UnixMs, highest_us: u32, range: Range) -> Self {
        let unit_ms = range.unit_ms();
        let end = points.last().map_or(until, |last| last.start.max(until));
        let from = UnixMs(end.0.saturating_sub(WIDTH * unit_ms));
        let mut distances: Vec<i64> =
            points.windows(2).map(|pair| (pair[1].start.0 - pair[0].start.0) / unit_ms).collect();
        distances.sort_unstable();
        // What is rare is a gap; what is rarer than every tenth time is rare.
        let usual = distances.get(distances.len().saturating_sub(1) * 9 / 10).copied().unwrap_or(1);
        let top_ms = highest_us.div_ceil(US_PER_MS).max(TOP_MIN_MS);
        Self { from, top_ms: round_up(i64::from(top_ms)), gap: GAP_MIN.max(usual * 3 / 2), unit_ms }
    }

    /// Where a moment lies.
    pub fn x(&self, at: UnixMs) -> i64 {
        ((at.0 - self.from.0) / self.unit_ms).clamp(0, WIDTH)
    }

    /// Where a value in microseconds lies.
    pub fn y(&self, us: u32) -> i64 {
        let top_us = self.top_ms * i64::from(US_PER_MS);
        HEIGHT - 1 - i64::from(us).min(top_us) * (HEIGHT - 2) / top_us
    }

    /// The places of a value, in runs that have no gap.
    pub fn runs(
        &self,
        points: &[ChartPoint],
        value: impl Fn(&ChartPoint) -> Option<u32>,
    ) -> Vec<Vec<(i64, i64)>> {
        let mut runs: Vec<Vec<(i64, i64)>> = Vec::new();
        let mut is_open = false;
        for point in points.iter().filter(|point| point.start >= self.from) {
            let Some(us) = value(point) else {
                is_open = false;
                continue;
            };
            let (x, y) = (self.x(point.start), self.y(us));
            match runs.last_mut() {
                Some(run) if is_open && run.last().is_some_and(|(last, _)| x - last <= self.gap) => {
                    run.push((x, y));
                }
                _ => runs.push(vec![(x, y)]),
            }
            is_open = true;
        }
        runs
    }

    /// A line through what there is. A point alone is a dot: a line of no length.
    pub fn line(&self, points: &[ChartPoint], value: impl Fn(&ChartPoint) -> Option<u32>) -> String {
        let mut path = String::new();
        for run in self.runs(points, value) {
            let first = run.first().copied().unwrap_or_default();
            let _written = write!(path, "M{} {}h0", first.0, first.1);
            steps(&mut path, &run);
        }
        path
    }

    /// The lines of the grid.
    pub fn grid() -> String {
        format!("M0 1h{WIDTH}M0 {}h{WIDTH}M0 {}h{WIDTH}", HEIGHT / 2, HEIGHT - 1)
    }

    /// The size of the drawing.
    pub fn view_box() -> String {
        format!("0 0 {WIDTH} {HEIGHT}")
    }

    /// The values at the side.
    pub fn axis(&self) -> AnyView {
        view! {
            <p class="axis" aria-hidden="true">
                <span>{words::milliseconds(self.top_ms)}</span>
                <span>{words::milliseconds(self.top_ms / 2)}</span>
                <span>"0"</span>
            </p>
        }
        .into_any()
    }

    /// The moments below.
    pub fn ticks(&self, range: Range, words: Words) -> AnyView {
        let marks: Vec<_> = (0..=TICKS).map(|tick| self.mark(tick, range, words)).collect();
        view! { <p class="ticks">{marks}</p> }.into_any()
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
}

/// From each place to the next; relative, because equal steps compress well.
pub fn steps(path: &mut String, places: &[(i64, i64)]) {
    for pair in places.windows(2) {
        // Writing to memory cannot fail.
        let _written = write!(path, "l{} {}", pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
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

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A point in a minute.
    pub fn point(minute: i64, ms: Option<u32>) -> ChartPoint {
        let us = ms.map(|ms| ms * US_PER_MS);
        ChartPoint {
            start: UnixMs(minute * MINUTE_MS),
            p50_us: us,
            p95_us: us,
            count: 1,
            failed: 0,
            stages_us: None,
        }
    }

    /// A field of a day that begins in 1970.
    pub fn field(top_ms: i64) -> Field {
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
        assert_eq!(field.line(&points, |point| point.p50_us).matches('M').count(), 1);
    }

    #[test]
    fn one_missing_stretch_is_a_gap() {
        let minutes = (0..30).filter(|number| *number != 12).map(|number| number * 10);
        let points: Vec<_> = minutes.map(|minute| point(minute, Some(10))).collect();
        let field = Field::of(&points, UnixMs(0), 10, Range::Day);
        assert_eq!(field.line(&points, |point| point.p50_us).matches('M').count(), 2);
    }

    #[test]
    fn looks_now_and_then_twice_as_far_apart_are_joined() {
        let points: Vec<_> = (0..30).map(|number| point(number * 15 / 10 * 10, Some(10))).collect();
        let field = Field::of(&points, UnixMs(0), 10, Range::Day);
        assert_eq!(field.line(&points, |point| point.p50_us).matches('M').count(), 1);
    }
}
