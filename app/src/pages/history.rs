//! Incidents by month.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

use super::frame::framed;
use crate::document::Shell;
use crate::parts::incident::{IncidentCard, IncidentData};
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
    let name = format!("{} {}", words::month_name(month.month), month.year);
    let title = format!("History, {name} · {}", snapshot.page.name);
    let description = format!("Incidents of {name}.");
    shell.document(snapshot, &title, &description, || {
        let cards = month.incidents.iter().map(|incident| {
            let data = IncidentData::of(snapshot, incident);
            view! { <IncidentCard data whole=false/> }
        });
        let cards = cards.collect_view();
        let link = |month: &String, text: &'static str, rel: &'static str| {
            view! { <a rel=rel href=format!("/history/{month}")>{text}</a> }
        };
        let inside = view! {
            <h1>"History"</h1>
            <nav class="months" aria-label="Months">
                {month.previous.as_ref().map(|month| link(month, "Earlier", "prev"))}
                <h2>{name}</h2>
                {month.next.as_ref().map(|month| link(month, "Later", "next"))}
            </nav>
            {month.incidents.is_empty().then(|| view! { <p class="empty">"No incidents in this month."</p> })}
            {cards}
        };
        framed(snapshot, "history", inside.into_any())
    })
}
