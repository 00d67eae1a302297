//! What was said about an incident, newest first.

use leptos::prelude::*;
use pharos_model::{IncidentUpdate, UnixMs};

use super::time::Moment;
use crate::words::Words;

/// One thing that was said.
#[derive(Clone, Debug, Hash)]
pub struct Said {
    status: &'static str,
    at: UnixMs,
    text: String,
}

impl Said {
    /// By updates, oldest first; the newest comes first here.
    pub fn of(updates: &[IncidentUpdate], words: Words) -> Vec<Self> {
        let said = |update: &IncidentUpdate| Self {
            status: words.incident_status(update.status),
            at: update.at,
            text: words.transition(&update.transition),
        };
        updates.iter().rev().map(said).collect()
    }
}

/// The timeline.
#[component]
pub fn Timeline(
    /// Newest first.
    data: Vec<Said>,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let entries: Vec<_> = data
        .into_iter()
        .map(|said| {
            view! {
                <li>
                    <p class="what"><strong>{said.status}</strong> " " <Moment at=said.at words/></p>
                    <p dir="auto">{said.text}</p>
                </li>
            }
        })
        .collect();
    view! { <ol class="timeline">{entries}</ol> }
}
