//! Incidents by month.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Snapshot};

use super::frame::{HISTORY, framed};
use crate::document::{Head, Shell};
use crate::parts::incident::{IncidentData, IncidentList};
use crate::words::Words;

/// A month and what happened in it.
#[derive(Clone, Debug)]
pub struct HistoryMonth {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// Newest first.
    pub incidents: Vec<Incident>,
    /// The month before, as in `2026-10`, if it has a page.
    pub previous: Option<String>,
    /// The month after, if it has a page.
    pub next: Option<String>,
    /// The component that it is all about; `None` for all components.
    pub component: Option<ComponentId>,
}

/// The document.
pub fn history(snapshot: &Snapshot, month: &HistoryMonth, (shell, words): (&Shell, Words)) -> String {
    let text = words.page();
    let name = words.month(month.year, month.month);
    let about = words.history_of(&name);
    let description = words.incidents_of(&name, month.incidents.len());
    let this_month = format!("{HISTORY}/{:04}-{:02}", month.year, month.month);
    let path = of_component(&this_month, month.component.as_ref());
    let head = Head { about: &about, description: &description, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let data: Vec<_> =
            month.incidents.iter().map(|incident| IncidentData::of(snapshot, incident, words)).collect();
        let is_quiet = data.is_empty();
        let inside = view! {
            <h1>{text.history}</h1>
            <nav class="months" aria-label=text.months_nav>
                {step(month, month.previous.as_deref(), "prev", words)}
                <h2>{name}</h2>
                {step(month, month.next.as_deref(), "next", words)}
            </nav>
            {filter(snapshot, month, &this_month, words)}
            {is_quiet.then(|| view! { <p class="card empty">{text.no_incidents_in_month}</p> })}
            {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data words/></div> })}
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

/// The way to another month, written as `2026-10`.
fn step(shown: &HistoryMonth, month: Option<&str>, rel: &'static str, words: Words) -> AnyView {
    let Some(month) = month else { return view! { <span></span> }.into_any() };
    let name = words.month_of_address(month);
    // The style sheet draws the arrow, which points the other way where one reads from right to left.
    view! { <a class=["step ", rel].concat() rel=rel href=words.address(&of_component(&[HISTORY, "/", month].concat(), shown.component.as_ref()))>{name}</a> }.into_any()
}

/// The address of a month of one component, or of all.
fn of_component(month: &str, component: Option<&ComponentId>) -> String {
    component.map_or_else(|| month.to_owned(), |id| [month, "/", id.as_str()].concat())
}

/// The choice of a component. Links, not a form: it works from a copy on any web server, too.
fn filter(snapshot: &Snapshot, shown: &HistoryMonth, this_month: &str, words: Words) -> AnyView {
    let text = words.page();
    let link = |id: Option<&ComponentId>, name: String| {
        let current = (id == shown.component.as_ref()).then_some("true");
        let address = words.address(&of_component(this_month, id));
        view! { <li><a href=address aria-current=current dir="auto">{name}</a></li> }
    };
    let of = |id: &ComponentId| {
        let component = snapshot.component(id);
        component
            .map_or_else(|| id.to_string(), |component| component.definition.name.of(words.tag()).to_owned())
    };
    let chosen = shown.component.as_ref().map_or_else(|| text.all_components.to_owned(), of);
    let all = link(None, text.all_components.to_owned());
    let each: Vec<_> = snapshot
        .components
        .iter()
        .map(|component| link(Some(&component.definition.id), of(&component.definition.id)))
        .collect();
    view! {
        <details class="choice">
            <summary>{text.history_filter} ": " <span dir="auto">{chosen}</span></summary>
            <ul class="card inner">{all} {each}</ul>
        </details>
    }
    .into_any()
}
