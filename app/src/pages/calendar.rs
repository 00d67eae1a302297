//! A year of a component: twelve months, a cell for each day.

use leptos::prelude::*;
use pharos_model::{CivilDate, ComponentId, DayColour, Snapshot, Status, Tally};

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::parts::legend::Legend;
use crate::parts::{component_address, component_path, days_address, icon};
use crate::words::{Words, piece};

/// What is known of a year.
#[derive(Clone, Debug)]
pub struct ComponentYear {
    /// The year.
    pub year: i32,
    /// The days that have begun, ascending, with the time of each status.
    pub days: Vec<(CivilDate, Tally)>,
    /// Whether the component was there the year before.
    pub has_previous: bool,
    /// Whether the year after has begun.
    pub has_next: bool,
}

/// The document; the page of what is not there when the snapshot does not hold the component.
pub fn calendar(
    snapshot: &Snapshot,
    id: &ComponentId,
    year: &ComponentYear,
    (shell, words): (&Shell, Words),
) -> String {
    let Some(component) = snapshot.component(id) else {
        return super::not_found(snapshot, (shell, words));
    };
    let name = component.definition.name.of(words.tag()).to_owned();
    let about = words.calendar_title(&name, year.year);
    let path = format!("{}/calendar/{:04}", component_path(id), year.year);
    let head = Head { about: &about, description: &about, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let months: Vec<_> = (1..=12).map(|number| month(snapshot, id, year, number, words)).collect();
        let inside = view! {
            <h1><a href=component_address(id, words) dir="auto">{name}</a></h1>
            {steps(id, year, words)}
            <div class="year">{months}</div>
            <Legend words/>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

/// A month as a table of weeks.
fn month(snapshot: &Snapshot, id: &ComponentId, year: &ComponentYear, number: u8, words: Words) -> AnyView {
    let first = CivilDate::from_ymd(year.year, number, 1);
    let next = if number == 12 {
        CivilDate::from_ymd(year.year + 1, 1, 1)
    } else {
        CivilDate::from_ymd(year.year, number + 1, 1)
    };
    let week_start = words.week_start();
    // 1970-01-01 was a Thursday, the fourth day from Monday on.
    let column = |date: CivilDate| usize::try_from((date.0 + 3 - week_start).rem_euclid(7)).unwrap_or(0);
    let mut weeks: Vec<Vec<AnyView>> = vec![blanks(column(first))];
    for date in (first.0..next.0).map(CivilDate) {
        if column(date) == 0 && date != first {
            weeks.push(Vec::new());
        }
        if let Some(week) = weeks.last_mut() {
            week.push(cell(snapshot, id, year, date, words));
        }
    }
    if let Some(week) = weeks.last_mut() {
        week.extend(blanks(7 - week.len()));
    }
    let weeks: Vec<_> = weeks.into_iter().map(|week| view! { <tr>{week}</tr> }).collect();
    let names: Vec<_> = (0..7)
        .map(|day| {
            let index = usize::try_from((day + week_start).rem_euclid(7)).unwrap_or(0);
            view! { <th scope="col">{piece(words.page().weekdays, index)}</th> }
        })
        .collect();
    view! {
        <table class="card month">
            <caption>{words.month(year.year, number)}</caption>
            <thead><tr>{names}</tr></thead>
            <tbody>{weeks}</tbody>
        </table>
    }
    .into_any()
}

fn blanks(count: usize) -> Vec<AnyView> {
    (0..count).map(|_| view! { <td></td> }.into_any()).collect()
}

/// A day: its number, its colour and the height of its mark, and its state in words for who cannot see them.
fn cell(
    snapshot: &Snapshot,
    id: &ComponentId,
    year: &ComponentYear,
    date: CivilDate,
    words: Words,
) -> AnyView {
    let number = date.ymd().2;
    let known = year.days.binary_search_by_key(&date, |(date, _)| *date).map(|found| &year.days[found].1);
    let Some(tally) = known.ok().filter(|tally| tally.total_ms() > 0) else {
        return view! { <td><span class="soft">{number}</span></td> }.into_any();
    };
    let (class, state) = match DayColour::of(tally, snapshot.page.weights) {
        DayColour::NoData => ("nd", words.live().no_data),
        DayColour::Worst(Status::Operational) => ("op", words.page().legend_well),
        DayColour::Worst(status) => (icon::class(status), words.status_within(status)),
    };
    let address = format!("{}/{date}", days_address(id, words));
    let title = words.component_is(&words.date(date), state);
    view! { <td><a class=class href=address aria-label=title.clone() title=title>{number}</a></td> }
        .into_any()
}

/// The way to the years around.
fn steps(id: &ComponentId, year: &ComponentYear, words: Words) -> AnyView {
    let link = |number: i32, class: &'static str, rel: &'static str| {
        let address = format!("{}/calendar/{number:04}", component_address(id, words));
        view! { <a class=class rel=rel href=address>{number}</a> }
    };
    let before = year.has_previous.then(|| link(year.year - 1, "step prev", "prev"));
    let after = year.has_next.then(|| link(year.year + 1, "step next", "next"));
    view! {
        <nav class="months" aria-label=words.page().years_nav>
            <span>{before}</span>
            <h2>{words.page().calendar} " " {year.year}</h2>
            <span>{after}</span>
        </nav>
    }
    .into_any()
}
