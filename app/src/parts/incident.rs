//! An incident: its head and its timeline, newest first.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

use super::icon;
use super::time::Moment;
use crate::words;

/// What is shown of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentData {
    incident: Incident,
    components: Vec<String>,
}

impl IncidentData {
    /// Of an incident; `snapshot` gives the components their names.
    pub fn of(snapshot: &Snapshot, incident: &Incident) -> Self {
        let name = |id: &pharos_model::ComponentId| {
            let known = snapshot.component(id).map(|component| component.definition.name.clone());
            known.unwrap_or_else(|| id.to_string())
        };
        Self { components: incident.components.iter().map(name).collect(), incident: incident.clone() }
    }

    fn look(&self) -> &'static str {
        if !self.incident.is_open() {
            return "done";
        }
        icon::class(icon::look(pharos_model::Indicator::of_impact(self.incident.impact)))
    }
}

/// The updates of an incident, newest first.
#[component]
pub fn Timeline(
    /// Of which incident.
    incident: Incident,
) -> impl IntoView {
    let updates = incident.updates.into_iter().rev().map(|update| {
        view! {
            <li>
                <p class="what">
                    <strong>{words::incident_status(update.status)}</strong>
                    <Moment at=update.at/>
                </p>
                <p>{words::transition(&update.transition)}</p>
            </li>
        }
    });
    view! { <ol class="timeline">{updates.collect_view()}</ol> }
}

/// An incident as a card.
#[component]
pub fn IncidentCard(
    /// What is shown.
    data: IncidentData,
    /// Whether its whole timeline is shown, or a line.
    whole: bool,
) -> impl IntoView {
    let look = data.look();
    let incident = data.incident;
    let names = data.components;
    let length = words::incident_length(&incident);
    let status = words::incident_status(incident.status);
    view! {
        <article class=format!("incident {look}")>
            <h3><a href=format!("/incidents/{}", incident.id)>{incident.title.clone()}</a></h3>
            <p class="meta">
                <span class="state">{status}</span>
                <span>{words::impact(incident.impact)}</span>
                <span>{names.join(", ")}</span>
                <span>"Since "<Moment at=incident.began_at/></span>
                <span>{length}</span>
            </p>
            {whole.then(|| view! { <Timeline incident/> })}
        </article>
    }
}

/// The open incidents.
#[component]
pub fn OpenIncidents(
    /// What is shown, newest first.
    data: Vec<IncidentData>,
) -> impl IntoView {
    let cards = data.into_iter().map(|data| view! { <IncidentCard data whole=true/> }).collect_view();
    view! { {cards} }
}
