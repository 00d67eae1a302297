//! Where the time of a request goes: its stages on top of one another. Means, because they add up to the whole.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::UnixMs;

use super::field::{Field, HEIGHT, steps};
use super::{ChartPoint, Range, STAGES, US_PER_MS};
use crate::words::Words;

/// The areas under the sum of the first `count` stages, each closed at the floor.
fn area(field: &Field, points: &[ChartPoint], count: usize) -> String {
    let mut path = String::new();
    for run in field.runs(points, |point| Some(point.stages_us?.iter().take(count).sum())) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let _written = write!(path, "M{} {}", first.0, HEIGHT - 1);
        let _written = write!(path, "v{}", first.1 - (HEIGHT - 1));
        steps(&mut path, &run);
        // A stretch alone is as wide as can be seen.
        let alone = if run.len() == 1 { "h2" } else { "" };
        let _written = write!(path, "{alone}v{}z", HEIGHT - 1 - last.1);
    }
    path
}

/// The mean of each stage over all points, in microseconds.
fn means(points: &[ChartPoint]) -> Option<[u32; STAGES]> {
    let told: Vec<[u32; STAGES]> = points.iter().filter_map(|point| point.stages_us).collect();
    let count = u64::try_from(told.len()).ok().filter(|count| *count > 0)?;
    let mut sums = [0_u64; STAGES];
    for stages in &told {
        for (sum, us) in sums.iter_mut().zip(stages) {
            *sum += u64::from(*us);
        }
    }
    Some(sums.map(|sum| u32::try_from(sum / count).unwrap_or(u32::MAX)))
}

/// A time as one reads it: below ten milliseconds with a tenth.
fn length(us: u32) -> String {
    if us < 10 * US_PER_MS {
        format!("{}.{} ms", us / US_PER_MS, us % US_PER_MS / 100)
    } else {
        format!("{} ms", us / US_PER_MS)
    }
}

/// The chart; nothing when no look told where its time went.
#[component]
pub fn StageChart(
    /// Ascending.
    points: Vec<ChartPoint>,
    /// Where the chart ends, unless a point is later.
    until: UnixMs,
    /// How much time it shows.
    range: Range,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let means = means(&points)?;
    let text = words.page();
    let names = [text.stage_dns, text.stage_connect, text.stage_tls, text.stage_first_byte, text.stage_body];
    let highest_us = points.iter().filter_map(|point| Some(point.stages_us?.iter().sum())).max().unwrap_or(0);
    let field = Field::of(&points, until, highest_us, range);
    let told: Vec<String> =
        names.iter().zip(means).map(|(name, us)| format!("{name}: {}", length(us))).collect();
    // The whole first, and what is less on top of it.
    let areas: Vec<_> = (1..=STAGES)
        .rev()
        .filter(|count| means[count - 1] > 0)
        .map(|count| {
            let class = format!("stage s{count}");
            view! { <path class=class d=area(&field, &points, count)></path> }
        })
        .collect();
    let keys: Vec<_> = (1..=STAGES)
        .filter(|count| means[count - 1] > 0)
        .map(|count| {
            let class = format!("key stage s{count}");
            view! { <span><i class=class></i>{told[count - 1].clone()}</span> }
        })
        .collect();
    Some(view! {
        <h3>{text.stages}</h3>
        <figure class="card inner chart">
            <div class="field">
                <svg viewBox=Field::view_box() preserveAspectRatio="none" role="img" aria-labelledby="stages-title stages-text">
                    <title id="stages-title">{text.stages}</title>
                    <desc id="stages-text">{told.join(", ")}</desc>
                    <path class="grid" d=Field::grid()></path>
                    {areas}
                </svg>
                {field.axis()}
            </div>
            {field.ticks(range, words)}
            <figcaption>{keys}</figcaption>
        </figure>
    })
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::{field, point};
    use super::*;

    fn staged(minute: i64, stages_ms: [u32; STAGES]) -> ChartPoint {
        ChartPoint { stages_us: Some(stages_ms.map(|ms| ms * US_PER_MS)), ..point(minute, Some(1)) }
    }

    #[test]
    fn stages_stand_on_top_of_one_another_and_end_at_gaps() {
        let points = [staged(0, [0, 5, 0, 5, 0]), staged(10, [0, 5, 0, 0, 0]), staged(50, [0, 5, 0, 0, 0])];
        assert_eq!(area(&field(10), &points, 2), "M0 159v-79l10 0v79zM50 159v-79h2v79z");
        assert_eq!(area(&field(10), &points[..2], 5), "M0 159v-158l10 79v79z");
    }

    #[test]
    fn a_stage_that_takes_no_time_is_not_listed_and_the_others_with_their_means() {
        let points = vec![staged(0, [0, 4, 0, 30, 1]), staged(10, [0, 5, 0, 50, 1])];
        let words = Words::english();
        let html = view! { <StageChart points until=UnixMs(0) range=Range::Day words/> }.to_html();
        assert!(html.contains("Connect: 4.5 ms") && html.contains("first byte: 40 ms"), "{html}");
        assert!(!html.contains("class=\"key stage s3\"") && !html.contains("class=\"stage s1\""), "{html}");
    }

    #[test]
    fn looks_without_stages_have_no_such_chart() {
        let points = vec![point(1, Some(3))];
        let words = Words::english();
        let html = view! { <StageChart points until=UnixMs(0) range=Range::Day words/> }.to_html();
        assert!(!html.contains("<svg"), "{html}");
    }
}
