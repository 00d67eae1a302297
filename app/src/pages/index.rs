//! The first page: how everything is, and the last days.

use leptos::prelude::*;
use pharos_model::{Component, Group, Snapshot};

use super::frame::{HISTORY, INDEX, framed};
use crate::document::{Head, Shell};
use crate::islands::{LiveLine, Part, live};
use crate::parts::legend::Legend;
use crate::words::Words;

/// The document.
pub fn index(snapshot: &Snapshot, (shell, words): (&Shell, Words)) -> String {
    let indicator = snapshot.indicator();
    let description = format!("{}: {}.", words.page_name(snapshot), words.indicator(indicator));
    let head = Head { about: words.indicator_short(indicator), description: &description, path: Some(INDEX) };
    shell.document(snapshot, words, &head, || framed(snapshot, words, &head, inside(snapshot, words)))
}

fn inside(snapshot: &Snapshot, words: Words) -> AnyView {
    let text = words.page();
    let groups: Vec<_> = snapshot.groups.iter().map(|group| view_group(snapshot, group, words)).collect();
    let is_grouped = |component: &Component| {
        let group = component.definition.group.as_ref();
        group.is_some_and(|id| snapshot.groups.iter().any(|group| group.id == *id))
    };
    let rest: Vec<&Component> =
        snapshot.components.iter().filter(|component| !is_grouped(component)).collect();
    view! {
        <section aria-label=text.current_status>
            {live(&Part::Banner, snapshot, words)}
            <LiveLine/>
        </section>
        {live(&Part::Open, snapshot, words)}
        {groups}
        {(!rest.is_empty()).then(|| {
            view! {
                <section>
                    <h2 class="aloud">{text.components}</h2>
                    {rows(snapshot, &rest, words)}
                </section>
            }
        })}
        {(!snapshot.components.is_empty()).then(|| view! { <Legend words/> })}
        {(!snapshot.days.is_empty()).then(|| {
            view! {
                <section class="past">
                    <h2>{text.past_days}</h2>
                    {live(&Part::Past, snapshot, words)}
                    <p class="more"><a href=words.address(HISTORY)>{text.all_incidents}</a></p>
                </section>
            }
        })}
    }
    .into_any()
}

fn view_group(snapshot: &Snapshot, group: &Group, words: Words) -> Option<AnyView> {
    let members =
        snapshot.components.iter().filter(|component| component.definition.group.as_ref() == Some(&group.id));
    let members: Vec<&Component> = members.collect();
    if members.is_empty() {
        return None;
    }
    let heading = ["group-", group.id.as_str()].concat();
    let labelled = heading.clone();
    let status = live(&Part::Group(group.id.clone()), snapshot, words);
    let view = view! {
        <section aria-labelledby=labelled>
            <div class="group">
                <h2 id=heading dir="auto">{group.name.of(words.tag()).to_owned()}</h2>
                {status}
            </div>
            {rows(snapshot, &members, words)}
        </section>
    };
    Some(view.into_any())
}

fn rows(snapshot: &Snapshot, components: &[&Component], words: Words) -> AnyView {
    let rows: Vec<_> = components
        .iter()
        .map(|component| {
            let id = &component.definition.id;
            let anchor = ["component-", id.as_str()].concat();
            view! { <li id=anchor>{live(&Part::Row(id.clone()), snapshot, words)}</li> }
        })
        .collect();
    view! { <ul class="card rows">{rows}</ul> }.into_any()
}
