//! The first page: how everything is, and the last days.

use leptos::prelude::*;
use pharos_model::{Component, Group, Snapshot};

use super::frame::{Kind, framed};
use crate::document::Shell;
use crate::islands::{LiveLine, Part, live};
use crate::parts::legend::Legend;
use crate::words;

/// The document.
pub fn index(snapshot: &Snapshot, shell: &Shell) -> String {
    let indicator = snapshot.indicator();
    let description =
        format!("{}: {}.", words::name_or_status(&snapshot.page.name), words::indicator(indicator));
    shell.document(snapshot, words::indicator_short(indicator), &description, || {
        framed(snapshot, Kind::Index, inside(snapshot))
    })
}

fn inside(snapshot: &Snapshot) -> AnyView {
    let groups: Vec<_> = snapshot.groups.iter().map(|group| view_group(snapshot, group)).collect();
    let is_grouped = |component: &Component| {
        let group = component.definition.group.as_ref();
        group.is_some_and(|id| snapshot.groups.iter().any(|group| group.id == *id))
    };
    let rest: Vec<&Component> =
        snapshot.components.iter().filter(|component| !is_grouped(component)).collect();
    view! {
        <section aria-label=words::CURRENT_STATUS>
            {live(&Part::Banner, snapshot)}
            <LiveLine/>
        </section>
        {live(&Part::Open, snapshot)}
        {groups}
        {(!rest.is_empty()).then(|| {
            view! {
                <section>
                    <h2 class="aloud">{words::COMPONENTS}</h2>
                    {rows(snapshot, &rest)}
                </section>
            }
        })}
        {(!snapshot.components.is_empty()).then(|| view! { <Legend/> })}
        {(!snapshot.days.is_empty()).then(|| {
            view! {
                <section class="past">
                    <h2>{words::PAST_DAYS}</h2>
                    {live(&Part::Past, snapshot)}
                    <p class="more"><a href="/history">{words::ALL_INCIDENTS}</a></p>
                </section>
            }
        })}
    }
    .into_any()
}

fn view_group(snapshot: &Snapshot, group: &Group) -> Option<AnyView> {
    let members =
        snapshot.components.iter().filter(|component| component.definition.group.as_ref() == Some(&group.id));
    let members: Vec<&Component> = members.collect();
    if members.is_empty() {
        return None;
    }
    let heading = ["group-", group.id.as_str()].concat();
    let labelled = heading.clone();
    let status = live(&Part::Group(group.id.clone()), snapshot);
    let view = view! {
        <section aria-labelledby=labelled>
            <div class="group">
                <h2 id=heading dir="auto">{group.name.clone()}</h2>
                {status}
            </div>
            {rows(snapshot, &members)}
        </section>
    };
    Some(view.into_any())
}

fn rows(snapshot: &Snapshot, components: &[&Component]) -> AnyView {
    let rows: Vec<_> = components
        .iter()
        .map(|component| {
            let id = &component.definition.id;
            let anchor = ["component-", id.as_str()].concat();
            view! { <li id=anchor>{live(&Part::Row(id.clone()), snapshot)}</li> }
        })
        .collect();
    view! { <ul class="card rows">{rows}</ul> }.into_any()
}
