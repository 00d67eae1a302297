//! One component: its days, its figures, how fast it answers, and its incidents.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Snapshot};

use super::frame::{Kind, framed};
use crate::document::Shell;
use crate::islands::{Part, live};
use crate::parts::incident::{IncidentData, IncidentList};
pub use crate::parts::latency_chart::ChartPoint;
use crate::parts::latency_chart::LatencyChart;
use crate::words;

/// The document; `incidents` newest first, `chart` ascending. The page of what is not there when the snapshot does not
/// hold the component.
pub fn component(
    snapshot: &Snapshot,
    id: &ComponentId,
    incidents: &[Incident],
    chart: &[ChartPoint],
    shell: &Shell,
) -> String {
    let Some(component) = snapshot.component(id) else { return super::not_found(snapshot, shell) };
    let definition = component.definition.clone();
    let about = words::component_state(&definition.name, component.status);
    let description = format!("{about}.");
    shell.document(snapshot, &about, &description, || {
        let data: Vec<_> = incidents.iter().map(|incident| IncidentData::of(snapshot, incident)).collect();
        let is_quiet = data.is_empty();
        let description = definition.description;
        let inside = view! {
            <h1 dir="auto">{definition.name}</h1>
            {(!description.is_empty()).then(|| view! { <p class="about" dir="auto">{description}</p> })}
            {live(&Part::Head(id.clone()), snapshot)}
            <section>
                <h2>{words::LATENCY}</h2>
                <LatencyChart points=chart.to_vec() until=snapshot.at/>
            </section>
            <section>
                <h2>{words::INCIDENTS}</h2>
                {is_quiet.then(|| view! { <p class="card empty">{words::NO_INCIDENTS_SO_FAR}</p> })}
                {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data/></div> })}
            </section>
        };
        framed(snapshot, Kind::Other, inside.into_any())
    })
}
