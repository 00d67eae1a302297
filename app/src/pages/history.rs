//! Incidents by month.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

use super::frame::{Kind, framed};
use crate::document::Shell;
use crate::parts::incident::{IncidentData, IncidentList};
use crate::words;

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
}

/// The document.
pub fn history(snapshot: &Snapshot, month: &HistoryMonth, shell: &Shell) -> String {
    let name = words::month(month.year, month.month);
    let about = words::history_of(&name);
    let description = words::incidents_of(&name, month.incidents.len());
    shell.document(snapshot, &about, &description, || {
        let data: Vec<_> =
            month.incidents.iter().map(|incident| IncidentData::of(snapshot, incident)).collect();
        let is_quiet = data.is_empty();
        let inside = view! {
            <h1>{words::HISTORY}</h1>
            <nav class="months" aria-label=words::MONTHS_NAV>
                {step(month.previous.as_deref(), "prev", "‹")}
                <h2>{name}</h2>
                {step(month.next.as_deref(), "next", "›")}
            </nav>
            {is_quiet.then(|| view! { <p class="card empty">{words::NO_INCIDENTS_IN_MONTH}</p> })}
            {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data/></div> })}
        };
        framed(snapshot, Kind::History, inside.into_any())
    })
}

/// The way to another month, written as `2026-10`.
fn step(month: Option<&str>, rel: &'static str, arrow: &'static str) -> AnyView {
    let Some(month) = month else { return view! { <span></span> }.into_any() };
    let name = words::month_of_address(month);
    let (before, after) = if rel == "prev" { (Some(arrow), None) } else { (None, Some(arrow)) };
    let mark =
        |arrow: Option<&'static str>| arrow.map(|arrow| view! { <span aria-hidden="true">{arrow}</span> });
    view! { <a rel=rel href=["/history/", month].concat()>{mark(before)} " " {name} " " {mark(after)}</a> }
        .into_any()
}
