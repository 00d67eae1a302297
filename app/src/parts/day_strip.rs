//! A day as a strip: what a component was at which hour.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::{Span, Status, UnixMs};

use super::icon;

/// The drawing's height; its width is a unit for each minute, 1,380 to 1,500 of them.
const HEIGHT: i64 = 32;
const MINUTE_MS: i64 = 60_000;
/// Minutes of a day on which the clocks are not changed.
const DAY_MINUTES: i64 = 1_440;
/// Hours at which lines are drawn.
const HOURS: [i64; 5] = [0, 6, 12, 18, 24];

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

/// Where an hour lies on a day of so many minutes. Clocks are changed in the night, before six.
fn line(hour: i64, minutes: i64) -> i64 {
    hour * 60 + if hour == 0 { 0 } else { minutes - DAY_MINUTES }
}

/// The hours below a strip, which stand at equal distances: on a day on which the clocks are changed only its ends do.
pub fn hours(from: UnixMs, until: UnixMs) -> Vec<String> {
    let is_common = (until.0 - from.0) / MINUTE_MS == DAY_MINUTES;
    let shown = HOURS.into_iter().filter(|hour| is_common || matches!(hour, 0 | 24));
    shown.map(|hour| hour.to_string()).collect()
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
    for hour in HOURS {
        let _written = write!(lines, "M{} 0v36", line(hour, width));
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
    fn hours_stand_where_they_are_when_the_clocks_are_changed() {
        let day = |hours: i64| hours * 60;
        assert_eq!(HOURS.map(|hour| line(hour, day(24))), [0, 360, 720, 1_080, 1_440]);
        assert_eq!(HOURS.map(|hour| line(hour, day(23))), [0, 300, 660, 1_020, 1_380]);
        assert_eq!(HOURS.map(|hour| line(hour, day(25))), [0, 420, 780, 1_140, 1_500]);
        let below = |hours: i64| super::hours(UnixMs(0), UnixMs(day(hours) * MINUTE_MS));
        assert_eq!((below(24).len(), below(25)), (5, vec!["0".to_owned(), "24".to_owned()]));
    }

    #[test]
    fn a_span_is_drawn_where_it_was_and_never_too_narrow_to_see() {
        let span = |from: i64, until: Option<i64>| Span {
            starts_at: UnixMs(from * MINUTE_MS),
            ends_at: until.map(|until| UnixMs(until * MINUTE_MS)),
            status: Status::MajorOutage,
            measured: None,
        };
        let (from, until) = (UnixMs(0), UnixMs(1_440 * MINUTE_MS));
        assert_eq!(path(&[span(60, Some(90))], Status::MajorOutage, from, until), "M60 0h30v32h-30z");
        let brief = Span { ends_at: Some(UnixMs(60 * MINUTE_MS + 5)), ..span(60, None) };
        assert_eq!(path(&[brief], Status::MajorOutage, from, until), "M60 0h1v32h-1z");
        assert_eq!(path(&[brief], Status::Operational, from, until), "");
    }
}
