//! One incident, at an address that stays.

use leptos::prelude::*;
use pharos_model::{Incident, Snapshot};

use super::frame::{Kind, framed};
use crate::document::Shell;
use crate::islands::{Part, PartData, live_data};
use crate::parts::incident::IncidentData;
use crate::words;

/// The document. `incident` may be too old to stand in the snapshot.
pub fn incident(snapshot: &Snapshot, incident: &Incident, shell: &Shell) -> String {
    let description = words::incident_summary(incident);
    shell.document(snapshot, &incident.title, &description, || {
        let data = IncidentData::of(snapshot, incident);
        let inside = view! {
            <h1 dir="auto">{incident.title.clone()}</h1>
            {live_data(&Part::Incident(incident.id.clone()), PartData::Incident(data))}
        };
        framed(snapshot, Kind::Other, inside.into_any())
    })
}
