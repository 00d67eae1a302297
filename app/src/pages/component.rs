//! One component: its days, its figures, how fast it answers, and its incidents.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Snapshot};

use super::frame::framed;
use crate::document::{Head, Shell};
use crate::islands::{Part, live};
pub use crate::parts::chart::{ChartPoint, Range};
use crate::parts::chart::{LatencyChart, Ranges, StageChart};
use crate::parts::incident::{IncidentData, IncidentList};
use crate::parts::kin::kin;
use crate::parts::maintenance::{ahead, in_progress};
use crate::parts::redundancy::redundancy;
pub use crate::parts::seen_from::SeenFrom;
use crate::parts::seen_from::seen_from as view_places;
use crate::parts::{component_address, component_path, days_address};
use crate::words::Words;

/// The document; `incidents` newest first, `chart` ascending over `range`, `seen_from` a row for each place. The page of what is not there when the snapshot does not
/// hold the component.
pub fn component(
    snapshot: &Snapshot,
    id: &ComponentId,
    incidents: &[Incident],
    (range, chart, seen_from): (Range, &[ChartPoint], &[SeenFrom]),
    (shell, words): (&Shell, Words),
) -> String {
    let Some(component) = snapshot.component(id) else { return super::not_found(snapshot, (shell, words)) };
    let definition = component.definition.clone();
    let name = definition.name.of(words.tag()).to_owned();
    let about = words.component_state(&name, component.status);
    let description = format!("{about}.");
    let path = [&*component_path(id), range.suffix()].concat();
    let head = Head { about: &about, description: &description, path: Some(&path) };
    shell.document(snapshot, words, &head, || {
        let data: Vec<_> =
            incidents.iter().map(|incident| IncidentData::of(snapshot, incident, words)).collect();
        let is_quiet = data.is_empty();
        let members = redundancy(snapshot, component, words);
        // What is known by its members alone is never asked, so nothing can be said of how fast it answers.
        let is_asked = members.is_none() || !chart.is_empty();
        let description = words.about(&definition);
        let inside = view! {
            <h1 dir="auto">{name}</h1>
            {(!description.is_empty()).then(|| view! { <p class="about" dir="auto">{description}</p> })}
            {live(&Part::Head(id.clone()), snapshot, words)}
            {kin(snapshot, component, words)}
            {members.map(|members| view! { <section><h2>{words.page().members}</h2>{members}</section> })}
            <p class="more links">
                <a href=days_address(id, words)>{words.page().days_table}</a>
                <a href=[&*component_address(id, words), "/calendar"].concat()>{words.page().calendar}</a>
            </p>
            {in_progress(snapshot, Some(id), words)}
            {ahead(snapshot, Some(id), words)}
            {is_asked.then(|| {
                view! {
                    <section id="latency">
                        <h2>{words.page().latency}</h2>
                        <Ranges range address=component_address(id, words) words/>
                        <LatencyChart points=chart.to_vec() until=snapshot.at range words/>
                        <StageChart points=chart.to_vec() until=snapshot.at range words/>
                    </section>
                }
            })}
            {view_places(seen_from, words)}
            <section>
                <h2>{words.page().incidents}</h2>
                {is_quiet.then(|| view! { <p class="card empty">{words.page().no_incidents_so_far}</p> })}
                {(!is_quiet).then(|| view! { <div class="card inner"><IncidentList data words/></div> })}
            </section>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}
