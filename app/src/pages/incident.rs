//! One incident, at an address that stays.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Snapshot};

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::islands::{Part, PartData, live_data};
use crate::parts::incident::IncidentData;
use crate::parts::incident_path;
use crate::words::Words;

/// The document. `incident` may be too old to stand in the snapshot.
pub fn incident(snapshot: &Snapshot, incident: &Incident, (shell, words): (&Shell, Words)) -> String {
    let title = words.incident_title(snapshot, incident);
    let (description, path) = (words.incident_summary(incident), incident_path(&incident.id));
    let head = Head { about: &title, description: &description, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let data = IncidentData::of(snapshot, incident, words);
        let name = |id: &ComponentId| {
            let known = snapshot.component(id);
            known.map_or_else(|| id.to_string(), |known| known.definition.name.of(words.tag()).to_owned())
        };
        let root = incident.root.as_ref().map(|root| words.suffers(&name(root)));
        let inside = view! {
            <h1 dir="auto">{title.clone()}</h1>
            {root.map(|root| view! { <p class="about" dir="auto">{root}</p> })}
            {live_data(&Part::Incident(incident.id.clone()), PartData::Incident(data), words)}
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}
