//! A day as a strip: what a component was at which hour.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::{Span, Status, UnixMs};

use super::icon;

/// The drawing's height; its width is a unit for each minute, 1,380 to 1,500 of them.
const HEIGHT: i64 = 32;
const MINUTE_MS: i64 = 60_000;
/// Four parts of the day, drawn as lines.
const QUARTERS: i64 = 4;

/// How far below the top a status begins: states differ by their height too, as they do on the bars.
fn top(status: Status) -> i64 {
    match status {
        Status::MajorOutage => 0,
        Status::PartialOutage => 3,
        Status::DegradedPerformance => 6,
        Status::Operational | Status::UnderMaintenance => 10,
        Status::Unknown => HEIGHT / 2,
    }
}

/// The outline of all spans of one status. What is shorter than a minute is drawn a minute wide, so that it is seen.
fn path(spans: &[Span], wanted: Status, from: UnixMs, until: UnixMs) -> String {
    let mut path = String::new();
    let top = top(wanted);
    for (start, end) in
        spans.iter().filter(|span| span.status == wanted).filter_map(|span| span.within(from, until))
    {
        let x = (start.0 - from.0) / MINUTE_MS;
        let width = ((end.0 - from.0) / MINUTE_MS - x).max(1);
        // Writing to memory cannot fail.
        let _written = write!(path, "M{x} {top}h{width}v{}h-{width}z", HEIGHT - top);
    }
    path
}

/// The strip.
#[component]
pub fn DayStrip(
    /// Ascending.
    spans: Vec<Span>,
    /// When the day begins.
    from: UnixMs,
    /// When it ends.
    until: UnixMs,
    /// What a screen reader hears.
    sentence: String,
) -> impl IntoView {
    let width = (until.0 - from.0) / MINUTE_MS;
    let paths: Vec<_> = Status::ALL
        .into_iter()
        .map(|status| (icon::class(status), path(&spans, status, from, until)))
        .filter(|(_, path)| !path.is_empty())
        .map(|(class, path)| view! { <path class=class d=path></path> })
        .collect();
    let mut lines = String::new();
    for quarter in 0..=QUARTERS {
        let _written = write!(lines, "M{} 0v36", width * quarter / QUARTERS);
    }
    view! {
        <svg class="strip" viewBox=format!("0 0 {width} 36") preserveAspectRatio="none" role="img" aria-label=sentence>
            <path class="grid" d=lines></path>
            {paths}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_drawn_where_it_was_and_never_too_narrow_to_see() {
        let span = |from: i64, until: Option<i64>| Span {
            starts_at: UnixMs(from * MINUTE_MS),
            ends_at: until.map(|until| UnixMs(until * MINUTE_MS)),
            status: Status::MajorOutage,
        };
        let (from, until) = (UnixMs(0), UnixMs(1_440 * MINUTE_MS));
        assert_eq!(path(&[span(60, Some(90))], Status::MajorOutage, from, until), "M60 0h30v32h-30z");
        let brief = Span { ends_at: Some(UnixMs(60 * MINUTE_MS + 5)), ..span(60, None) };
        assert_eq!(path(&[brief], Status::MajorOutage, from, until), "M60 0h1v32h-1z");
        assert_eq!(path(&[brief], Status::Operational, from, until), "");
    }
}
