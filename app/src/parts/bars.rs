//! Ninety days as bars: one path for each colour, not one node for each day.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::limits::BAR_DAYS;
use pharos_model::{Component, DayColour, Snapshot, Status};

use super::icon;
use crate::words::Words;

/// Width of a day and of its bar on the drawing.
const STEP: usize = 10;
const BAR: usize = 7;
/// Height of the drawing.
const HEIGHT: usize = 32;

/// What the bars show.
#[derive(Clone, Debug, Hash)]
pub struct BarsData {
    /// A class for each day.
    days: Vec<&'static str>,
    /// Where they stand as a table.
    table: String,
    sentence: String,
    figure: String,
    note: String,
    covered: bool,
}

impl BarsData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component, words: Words) -> Self {
        let first = snapshot.days.len().saturating_sub(BAR_DAYS);
        let class =
            |index| class(component.day_colour(&snapshot.days, index, snapshot.at, snapshot.page.weights));
        let mut days = vec![NO_DATA; BAR_DAYS.saturating_sub(snapshot.days.len())];
        days.extend((first..snapshot.days.len()).map(class));
        let uptime = snapshot.uptime(component, BAR_DAYS);
        let figure = words.uptime(&uptime);
        let count = |classes: [&str; 2]| days.iter().filter(|day| classes.contains(day)).count();
        let outages = count([icon::class(Status::PartialOutage), icon::class(Status::MajorOutage)]);
        let unwatched = count([NO_DATA, icon::class(Status::Unknown)]);
        Self {
            table: super::days_address(&component.definition.id, words),
            sentence: words.bars(days.len(), outages, unwatched, &figure),
            figure,
            note: words.coverage_note(&uptime),
            covered: uptime.covered,
            days,
        }
    }
}

/// The class of a day without data.
const NO_DATA: &str = "nd";

fn class(colour: DayColour) -> &'static str {
    match colour {
        DayColour::NoData => NO_DATA,
        DayColour::Worst(status) => icon::class(status),
    }
}

/// How far below the top a day's bar ends. Days differ by their height too, not by colour alone: the worse, the
/// higher; unknown time is half as high, and a day without data is a stub.
fn top(class: &str) -> usize {
    match class {
        "mo" => 0,
        "po" => 2,
        "dg" => 4,
        "un" => HEIGHT / 2,
        NO_DATA => HEIGHT - 5,
        _ => 6,
    }
}

/// The outline of all days of one class.
fn path(days: &[&str], wanted: &str) -> String {
    let mut path = String::new();
    let top = top(wanted);
    for (index, _) in days.iter().enumerate().filter(|(_, class)| **class == wanted) {
        // Writing to memory cannot fail.
        let _written = write!(path, "M{} {top}h{BAR}v{}h-{BAR}z", index * STEP + 1, HEIGHT - top);
    }
    path
}

/// The bars with the line under them.
#[component]
pub fn Bars(
    /// What they show.
    data: BarsData,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let mut present: Vec<&'static str> = Vec::new();
    for class in &data.days {
        if !present.contains(class) {
            present.push(class);
        }
    }
    let paths: Vec<_> = present
        .into_iter()
        .map(|class| view! { <path class=class d=path(&data.days, class)></path> })
        .collect();
    let note = (!data.note.is_empty()).then(|| view! { <small>{data.note}</small> });
    let figure = if data.covered { "figure" } else { "figure faint" };
    view! {
        <a class="bars" href=data.table>
            <svg viewBox="0 0 900 32" preserveAspectRatio="none" role="img" aria-label=data.sentence>{paths}</svg>
        </a>
        <div class="scale">
            <Ago words/>
            <span class=figure>{data.figure} " " {note}</span>
            <span>{words.live().today}</span>
        </div>
    }
}

/// Where the bars begin: the narrower the screen, the later, so the style sheet shows one of these.
#[component]
fn Ago(
    /// In which language.
    words: Words,
) -> impl IntoView {
    let ago = |days| words.counted(words.live().days_ago, days);
    view! { <span class="ago" data-wide=ago(90) data-mid=ago(60) data-slim=ago(30)></span> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn the_drawing_is_as_wide_as_its_days() {
        assert_eq!((BAR_DAYS * STEP, HEIGHT), (900, 32));
    }

    #[test]
    fn days_of_one_colour_are_one_path() {
        let days = ["op", NO_DATA, "op"];
        assert_eq!(path(&days, "op"), "M1 6h7v26h-7zM21 6h7v26h-7z");
        assert_eq!(path(&days, NO_DATA), "M11 27h7v5h-7z");
    }

    #[test]
    fn every_class_of_a_day_has_a_height_of_its_own_but_planned_work() {
        let tops: Vec<usize> = ["mo", "po", "dg", "op", "un", NO_DATA].map(top).into();
        assert!(tops.windows(2).all(|pair| pair[0] < pair[1]), "{tops:?}");
        assert_eq!(top("mt"), top("op"));
    }

    #[test]
    fn ninety_days_are_a_handful_of_nodes() {
        let snapshot = samples::varied(1);
        let data = BarsData::of(&snapshot, &snapshot.components[0], Words::english());
        assert_eq!(data.days.len(), BAR_DAYS);
        let html = view! { <Bars data words=Words::english()/> }.to_html();
        assert!(html.matches("<path").count() <= 7, "{html}");
    }

    #[test]
    fn the_bars_are_told_in_one_sentence() {
        let snapshot = samples::page(&[("API", Status::Operational)]);
        let data = BarsData::of(&snapshot, &snapshot.components[0], Words::english());
        assert_eq!(
            data.sentence,
            "90 days: no outage, 89 days without enough data; 100.00% uptime in 90 days"
        );
    }
}
