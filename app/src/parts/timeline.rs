//! What was said about an incident, newest first.

use leptos::either::Either;
use leptos::prelude::*;
use pharos_model::{Incident, Snapshot, Transition, UnixMs};

use super::time::{Moment, Placed};
use crate::words::Words;

/// One thing that was said.
#[derive(Clone, Debug, Hash)]
pub struct Said {
    status: &'static str,
    at: UnixMs,
    edited_at: Option<UnixMs>,
    text: String,
    /// Whether the text is HTML: a person's, made safe before it came into the journal, or ours.
    is_html: bool,
    /// The components with what they are said to be in; empty where nothing was said of them.
    affected: String,
    /// By when more was promised, what became of it, and how it is drawn.
    promise: Option<(&'static str, UnixMs, &'static str)>,
}

impl Said {
    /// What was said about an incident; the newest comes first here.
    pub fn of(snapshot: &Snapshot, incident: &Incident, words: Words) -> Vec<Self> {
        let text = words.live();
        let promised = |due, kept| match kept {
            None => (text.next_update, due, "promise due"),
            Some(true) => (text.promise_kept, due, "promise"),
            Some(false) => (text.promise_missed, due, "promise"),
        };
        let updates = incident.updates.iter().rev().map(|update| {
            let of = update.components.first().map(|affected| &affected.component);
            let of = of.or(incident.components.first()).and_then(|id| snapshot.component(id));
            let said = words.transition(&update.transition, of);
            let (said, is_html) = match &update.transition {
                Transition::Merged(other) | Transition::Joined(other) => {
                    let address = super::incident_address(other, words);
                    (["<p><a href=\"", &address, "\">", &said, "</a></p>"].concat(), true)
                }
                Transition::Written(_) => (said, true),
                _ => (said, false),
            };
            let affected = update.components.iter().filter_map(|affected| {
                let component = snapshot.component(&affected.component)?;
                Some(words.component_state(component.definition.name.of(words.tag()), affected.status))
            });
            Self {
                status: words.incident_status(update.status),
                at: update.at,
                edited_at: update.edited_at,
                text: said,
                is_html,
                affected: affected.collect::<Vec<_>>().join(" · "),
                promise: update.next_update_by.map(|due| promised(due, update.kept)),
            }
        });
        updates.collect()
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
            let text = if said.is_html {
                Either::Left(view! { <div class="prose" dir="auto" inner_html=said.text></div> })
            } else {
                Either::Right(view! { <p dir="auto">{said.text}</p> })
            };
            view! {
                <li>
                    <p class="what">
                        <strong>{said.status}</strong> " " <Moment at=said.at words/>
                        {said.edited_at.map(|at| view! { <span class="soft"><Placed text=words.live().edited at words/></span> })}
                    </p>
                    {(!said.affected.is_empty()).then(|| view! { <p class="soft"><bdi>{said.affected}</bdi></p> })}
                    {text}
                    {said.promise.map(|(text, at, class)| view! { <p class=class><Placed text at words/></p> })}
                </li>
            }
        })
        .collect();
    view! { <ol class="timeline">{entries}</ol> }
}
