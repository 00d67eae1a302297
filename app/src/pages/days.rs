//! The last ninety days of a component as a table: the same as the bars, for whoever reads figures better.

use leptos::prelude::*;
use pharos_model::limits::BAR_DAYS;
use pharos_model::{Component, ComponentId, DayColour, Snapshot, Status, Uptime};

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::parts::icon::StatusLabel;
use crate::parts::{component_address, component_path, days_address};
use crate::words::Words;

/// The states that have a column of their own.
const COLUMNS: [Status; 5] = [
    Status::MajorOutage,
    Status::PartialOutage,
    Status::DegradedPerformance,
    Status::UnderMaintenance,
    Status::Unknown,
];

/// The document; the page of what is not there when the snapshot does not hold the component.
pub fn days(snapshot: &Snapshot, id: &ComponentId, (shell, words): (&Shell, Words)) -> String {
    let Some(component) = snapshot.component(id) else {
        return super::not_found(snapshot, (shell, words));
    };
    let (text, name) = (words.page(), component.definition.name.of(words.tag()).to_owned());
    let about = words.day_title(&name, text.days_table);
    let path = [&*component_path(id), "/days"].concat();
    let head = Head { about: &about, description: &about, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let columns: Vec<_> =
            COLUMNS.iter().map(|status| view! { <th scope="col">{words.status(*status)}</th> }).collect();
        let inside = view! {
            <h1><a href=component_address(id, words) dir="auto">{name}</a></h1>
            <h2>{text.days_table}</h2>
            <p class="soft">{words.uptime_formula(&snapshot.page.weights)}</p>
            <section class="card table" tabindex="0" aria-label=text.days_table>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{text.column_day}</th>
                            <th scope="col">{text.column_state}</th>
                            <th scope="col">{words.live().uptime}</th>
                            <th scope="col">{text.column_coverage}</th>
                            {columns}
                        </tr>
                    </thead>
                    <tbody>{rows(snapshot, component, words)}</tbody>
                </table>
            </section>
            <p class="more">
                <a href=words.shared_address(&[&*component_path(id), "/spans.csv"].concat())>{text.download}</a>
            </p>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

/// A row for each day, newest first.
fn rows(snapshot: &Snapshot, component: &Component, words: Words) -> Vec<AnyView> {
    let first = snapshot.days.len().saturating_sub(BAR_DAYS);
    let row = |index: usize| {
        let date = snapshot.days[index].date;
        let tally = component.day_tally(&snapshot.days, index, snapshot.at);
        let uptime = Uptime::of(&tally, snapshot.page.weights);
        let state = match component.day_colour(&snapshot.days, index, snapshot.at, snapshot.page.weights) {
            DayColour::NoData => view! { <span class="soft">{words.live().no_data}</span> }.into_any(),
            DayColour::Worst(status) => view! { <StatusLabel status words/> }.into_any(),
        };
        let cells: Vec<_> = COLUMNS
            .iter()
            .map(|status| {
                let ms = tally.of(*status);
                view! { <td>{(ms > 0).then(|| words.duration(ms))}</td> }
            })
            .collect();
        let address = format!("{}/{date}", days_address(&component.definition.id, words));
        let share = |bp: u32| words.percent(bp);
        view! {
            <tr>
                <th scope="row"><a href=address>{words.date(date)}</a></th>
                <td>{state}</td>
                <td>{uptime.uptime_bp.map(share)}</td>
                <td>{share(uptime.coverage_bp)}</td>
                {cells}
            </tr>
        }
        .into_any()
    };
    (first..snapshot.days.len()).rev().map(row).collect()
}
