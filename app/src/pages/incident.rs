//! One incident, at an address that stays.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

use super::frame::framed;
use crate::document::Shell;
use crate::islands::{LivePart, Part};
use crate::parts::incident::{IncidentCard, IncidentData};
use crate::words;

/// The document.
pub fn incident(snapshot: &Snapshot, incident: &Incident, shell: &Shell) -> String {
    let title = format!("{} · {}", incident.title, snapshot.page.name);
    let status = words::incident_status(incident.status);
    let description = format!("{status}. {}.", words::incident_length(incident));
    shell.document(snapshot, &title, &description, || {
        let data = IncidentData::of(snapshot, incident);
        let components = incident.components.iter().filter_map(|id| snapshot.component(id)).map(|component| {
            let definition = &component.definition;
            view! { <li><a href=format!("/components/{}", definition.id)>{definition.name.clone()}</a></li> }
        });
        let components = components.collect_view();
        let inside = view! {
            <h1>{incident.title.clone()}</h1>
            <LivePart part=Part::Incident(incident.id.clone())><IncidentCard data whole=true/></LivePart>
            <section>
                <h2>"Affected components"</h2>
                <ul class="plain">{components}</ul>
            </section>
        };
        framed(snapshot, "incident-page", inside.into_any())
    })
}
