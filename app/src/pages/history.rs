//! Incidents by month.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

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
}

/// The document.
pub fn history(snapshot: &Snapshot, month: &HistoryMonth, (shell, words): (&Shell, Words)) -> String {
    let text = words.page();
    let name = words.month(month.year, month.month);
    let about = words.history_of(&name);
    let description = words.incidents_of(&name, month.incidents.len());
    let path = format!("{HISTORY}/{:04}-{:02}", month.year, month.month);
    let head = Head { about: &about, description: &description, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let data: Vec<_> =
            month.incidents.iter().map(|incident| IncidentData::of(snapshot, incident, words)).collect();
        let is_quiet = data.is_empty();
        let inside = view! {
            <h1>{text.history}</h1>
            <nav class="months" aria-label=text.months_nav>
                {step(month.previous.as_deref(), "prev", words)}
                <h2>{name}</h2>
                {step(month.next.as_deref(), "next", words)}
            </nav>
            {is_quiet.then(|| view! { <p class="card empty">{text.no_incidents_in_month}</p> })}
            {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data words/></div> })}
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}

/// The way to another month, written as `2026-10`.
fn step(month: Option<&str>, rel: &'static str, words: Words) -> AnyView {
    let Some(month) = month else { return view! { <span></span> }.into_any() };
    let name = words.month_of_address(month);
    // The style sheet draws the arrow, which points the other way where one reads from right to left.
    view! { <a class=["step ", rel].concat() rel=rel href=words.address(&[HISTORY, "/", month].concat())>{name}</a> }.into_any()
}
