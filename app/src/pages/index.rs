//! The first page: how everything is, and the last days.

use leptos::prelude::*;
use pharos_model::{Component, Group, Snapshot};

use super::frame::framed;
use crate::document::Shell;
use crate::islands::{LivePart, Part};
use crate::parts::banner::{Banner, BannerData};
use crate::parts::component_row::{ComponentRow, RowData};
use crate::parts::icon::StatusLabel;
use crate::parts::incident::{IncidentData, OpenIncidents};
use crate::parts::past_days::{PastDay, PastDays};
use crate::words;

/// The document.
pub fn index(snapshot: &Snapshot, shell: &Shell) -> String {
    let state = words::indicator_short(snapshot.indicator());
    let title = format!("{state} · {}", snapshot.page.name);
    let description = format!("{}: {}.", snapshot.page.name, words::indicator(snapshot.indicator()));
    shell.document(snapshot, &title, &description, || framed(snapshot, "index", inside(snapshot)))
}

fn inside(snapshot: &Snapshot) -> AnyView {
    let open: Vec<IncidentData> =
        snapshot.open_incidents().map(|open| IncidentData::of(snapshot, open)).collect();
    let alone = |component: &&Component| {
        let group = component.definition.group.as_ref();
        group.is_none_or(|id| !snapshot.groups.iter().any(|group| group.id == *id))
    };
    let groups = snapshot.groups.iter().map(|group| view_group(snapshot, group)).collect_view();
    let rest: Vec<&Component> = snapshot.components.iter().filter(alone).collect();
    let has_rest = !rest.is_empty();
    let rest = rows(snapshot, rest);
    let (banner, past) = (BannerData::of(snapshot), PastDay::of(snapshot));
    let has_any = !snapshot.components.is_empty();
    view! {
        <h1 class="aloud">"Status"</h1>
        <LivePart part=Part::Banner><Banner data=banner/></LivePart>
        <section class="open" aria-label="Open incidents">
            <LivePart part=Part::Open><OpenIncidents data=open/></LivePart>
        </section>
        {groups}
        {has_rest.then(|| view! { <section aria-label="Components"><ul class="card">{rest}</ul></section> })}
        {(!has_any).then(|| view! { <p class="empty">"No component is configured yet."</p> })}
        {has_any.then(legend)}
        <section class="past">
            <h2>"The last 14 days"</h2>
            <LivePart part=Part::Past><PastDays data=past/></LivePart>
            <p><a href="/history">"All incidents by month"</a></p>
        </section>
    }
    .into_any()
}

fn view_group(snapshot: &Snapshot, group: &Group) -> AnyView {
    let members =
        snapshot.components.iter().filter(|component| component.definition.group.as_ref() == Some(&group.id));
    let members: Vec<&Component> = members.collect();
    if members.is_empty() {
        return ().into_any();
    }
    let heading = format!("group-{}", group.id);
    let labelled = heading.clone();
    let status = snapshot.group_status(group);
    view! {
        <section aria-labelledby=labelled>
            <div class="group">
                <h2 id=heading>{group.name.clone()}</h2>
                <LivePart part=Part::Group(group.id.clone())><StatusLabel status/></LivePart>
            </div>
            <ul class="card">{rows(snapshot, members)}</ul>
        </section>
    }
    .into_any()
}

fn rows(snapshot: &Snapshot, components: Vec<&Component>) -> AnyView {
    let rows = components.into_iter().map(|component| {
        let id = component.definition.id.clone();
        let anchor = format!("component-{id}");
        let data = RowData::of(snapshot, component);
        view! {
            <li id=anchor>
                <LivePart part=Part::Row(id)><ComponentRow data/></LivePart>
            </li>
        }
    });
    rows.collect::<Vec<_>>().into_any()
}

fn legend() -> AnyView {
    let entries = [
        ("op", "No outage"),
        ("dg", "Degraded"),
        ("po", "Partial outage"),
        ("mo", "Major outage"),
        ("mt", "Maintenance"),
        ("un", "Unknown"),
    ];
    let entries = entries.map(|(class, text)| {
        view! { <li><span class=format!("swatch {class}") aria-hidden="true"></span>{text}</li> }
    });
    view! { <ul class="legend" aria-label="Colours of the bars">{entries.into_iter().collect_view()}</ul> }
        .into_any()
}
