//! Ninety days as bars: one path for each colour, not one node for each day.

use std::fmt::Write;

use leptos::prelude::*;
use pharos_model::limits::BAR_DAYS;
use pharos_model::{Component, DayColour, Snapshot, Status};

use super::icon;
use crate::words;

/// Width of a day and of its bar on the drawing.
const STEP: usize = 10;
const BAR: usize = 7;
/// Height of the drawing.
const HEIGHT: usize = 32;

/// What the bars show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsData {
    colours: Vec<DayColour>,
    // As it is shown: a figure that only changes beyond its last digit draws nothing anew.
    figure: String,
    note: String,
    covered: bool,
}

impl BarsData {
    /// Of a component.
    pub fn of(snapshot: &Snapshot, component: &Component) -> Self {
        let first = snapshot.days.len().saturating_sub(BAR_DAYS);
        let colour = |index| component.day_colour(&snapshot.days, index, snapshot.at, snapshot.page.weights);
        let mut colours = vec![DayColour::NoData; BAR_DAYS.saturating_sub(snapshot.days.len())];
        colours.extend((first..snapshot.days.len()).map(colour));
        let uptime = snapshot.uptime(component, BAR_DAYS);
        Self {
            colours,
            figure: words::uptime(&uptime),
            note: words::coverage_note(&uptime),
            covered: uptime.covered,
        }
    }

    fn sentence(&self) -> String {
        let count =
            |wanted: fn(&DayColour) -> bool| self.colours.iter().filter(|colour| wanted(colour)).count();
        let outages = count(|colour| matches!(colour, DayColour::Worst(status) if status.is_outage()));
        let unwatched =
            count(|colour| matches!(colour, DayColour::NoData | DayColour::Worst(Status::Unknown)));
        words::bars(self.colours.len(), outages, unwatched, &self.figure)
    }
}

fn colour_class(colour: DayColour) -> &'static str {
    match colour {
        DayColour::NoData => "nd",
        DayColour::Worst(status) => icon::class(status),
    }
}

/// The outline of all days of one colour; worse days are also drawn so that they differ without colour: an outage
/// leaves a notch at the top, unknown time is half as high.
fn path(colours: &[DayColour], wanted: DayColour) -> String {
    let mut path = String::new();
    for index in colours.iter().enumerate().filter(|(_, colour)| **colour == wanted).map(|(index, _)| index) {
        let x = index * STEP + 1;
        let top = match wanted {
            DayColour::NoData | DayColour::Worst(Status::Unknown) => HEIGHT / 2,
            DayColour::Worst(status) if status.is_outage() => 0,
            DayColour::Worst(_) => 4,
        };
        // Writing to memory cannot fail.
        let _written = write!(path, "M{x} {top}h{BAR}v{}h-{BAR}z", HEIGHT - top);
    }
    path
}

/// The bars with the line under them.
#[component]
pub fn Bars(
    /// What they show.
    data: BarsData,
) -> impl IntoView {
    let mut present: Vec<DayColour> = Vec::new();
    for colour in &data.colours {
        if !present.contains(colour) {
            present.push(*colour);
        }
    }
    let paths = present.into_iter().map(|colour| {
        view! { <path class=colour_class(colour) d=path(&data.colours, colour)></path> }
    });
    let paths = paths.collect_view();
    let note = data.note.clone();
    let hint = note.clone();
    let figure = if data.covered { "figure" } else { "figure faint" };
    view! {
        <div class="bars">
            <svg viewBox=format!("0 0 {} {HEIGHT}", BAR_DAYS * STEP) preserveAspectRatio="none" role="img" aria-label=data.sentence()>
                {paths}
            </svg>
        </div>
        <div class="scale">
            <span class="ago"></span>
            <span class=figure title=hint>
                {data.figure.clone()}
                {(!note.is_empty()).then(|| view! { <small>" · "{note}</small> })}
            </span>
            <span>"Today"</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_one_colour_are_one_path() {
        let good = DayColour::Worst(Status::Operational);
        let colours = [good, DayColour::NoData, good];
        assert_eq!(path(&colours, good), "M1 4h7v28h-7zM21 4h7v28h-7z");
        assert_eq!(path(&colours, DayColour::NoData), "M11 16h7v16h-7z");
    }
}
