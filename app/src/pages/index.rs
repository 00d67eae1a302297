//! The first page: how everything is, and the last days.

use leptos::prelude::*;
use pharos_model::{Component, Group, Snapshot, Status};

use super::frame::{HISTORY, INDEX, framed};
use crate::document::{Head, Shell};
use crate::islands::{LiveLine, Part, live};
use crate::parts::announcements::announcements;
use crate::parts::filter::Filter;
use crate::parts::legend::Legend;
use crate::parts::maintenance::{ahead, in_progress};
use crate::parts::redundancy::redundancy;
use crate::words::Words;

/// The document.
pub fn index(snapshot: &Snapshot, (shell, words): (&Shell, Words)) -> String {
    let indicator = snapshot.indicator();
    let description = format!("{}: {}.", words.page_name(snapshot), words.indicator(indicator));
    let head = Head { about: words.indicator_short(indicator), description: &description, path: Some(INDEX) };
    shell.document(snapshot, words, &head, || framed(snapshot, words, &head, inside(snapshot, words)))
}

/// Above so many components the groups are folded, the worst stand first, and there is a box to filter by name.
const LARGE: usize = 30;

fn inside(snapshot: &Snapshot, words: Words) -> AnyView {
    let text = words.page();
    let is_large = snapshot.listed().nth(LARGE).is_some();
    let mut groups: Vec<&Group> = snapshot.groups.iter().collect();
    if is_large {
        // Of groups that are as bad as each other the order of the operator stays.
        groups.sort_by_key(|group| std::cmp::Reverse(snapshot.group_status(group).severity()));
    }
    let groups: Vec<_> =
        groups.into_iter().map(|group| view_group(snapshot, group, is_large, words)).collect();
    let is_grouped = |component: &Component| {
        let group = component.definition.group.as_ref();
        group.is_some_and(|id| snapshot.groups.iter().any(|group| group.id == *id))
    };
    let rest: Vec<&Component> = snapshot.listed().filter(|component| !is_grouped(component)).collect();
    view! {
        <section aria-label=text.current_status>
            {live(&Part::Banner, snapshot, words)}
            <LiveLine/>
        </section>
        {announcements(snapshot, words)}
        {live(&Part::Open, snapshot, words)}
        {in_progress(snapshot, None, words)}
        {is_large.then(|| view! { <Filter words/> })}
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
        {ahead(snapshot, None, words)}
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

fn view_group(snapshot: &Snapshot, group: &Group, is_large: bool, words: Words) -> Option<AnyView> {
    let members =
        snapshot.listed().filter(|component| component.definition.group.as_ref() == Some(&group.id));
    let members: Vec<&Component> = members.collect();
    if members.is_empty() {
        return None;
    }
    let heading = ["group-", group.id.as_str()].concat();
    let labelled = heading.clone();
    let name = group.name.of(words.tag()).to_owned();
    let count = is_large.then(|| words.counted(words.page().components_count, members.len() as u64));
    let head = view! {
        <h2 id=heading dir="auto">{name}</h2>
        {count.map(|count| view! { <span class="soft count">{count}</span> })}
        {live(&Part::Group(group.id.clone()), snapshot, words)}
    };
    let rows = rows(snapshot, &members, words);
    let view = if is_large {
        let open = snapshot.group_status(group) != Status::Operational;
        view! {
            <section aria-labelledby=labelled>
                <details class="group-fold" open=open>
                    <summary class="group">{head}</summary>
                    {rows}
                </details>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section aria-labelledby=labelled>
                <div class="group">{head}</div>
                {rows}
            </section>
        }
        .into_any()
    };
    Some(view)
}

fn rows(snapshot: &Snapshot, components: &[&Component], words: Words) -> AnyView {
    let rows: Vec<_> = components
        .iter()
        .map(|component| {
            let id = &component.definition.id;
            let anchor = ["component-", id.as_str()].concat();
            view! {
                <li id=anchor>
                    {live(&Part::Row(id.clone()), snapshot, words)}
                    {redundancy(snapshot, component, words)}
                </li>
            }
        })
        .collect();
    view! { <ul class="card rows">{rows}</ul> }.into_any()
}
