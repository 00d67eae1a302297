//! An incident: as a card while it is open, as a line in a list, and as the body of its own page.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Indicator, Snapshot, Status, UnixMs};

use super::icon::{self, StatusIcon};
use super::time::Moment;
use super::timeline::{Said, Timeline};
use crate::words;

/// What is shown of an incident.
#[derive(Clone, Debug, Hash)]
pub struct IncidentData {
    address: String,
    title: String,
    /// The shape and colour of what it does, or did, to the page.
    look: Status,
    status: &'static str,
    impact: &'static str,
    began_at: UnixMs,
    resolved_at: Option<UnixMs>,
    /// Address and name of each component it concerns; no address when that is no longer on the page.
    components: Vec<(Option<String>, String)>,
    said: Vec<Said>,
}

impl IncidentData {
    /// Of an incident; `snapshot` gives the components their names.
    pub fn of(snapshot: &Snapshot, incident: &Incident) -> Self {
        let name = |id: &ComponentId| match snapshot.component(id) {
            Some(component) => (Some(super::component_address(id)), component.definition.name.clone()),
            None => (None, id.to_string()),
        };
        Self {
            address: super::incident_address(&incident.id),
            title: incident.title.clone(),
            look: icon::look(Indicator::of_impact(incident.impact)),
            status: words::incident_status(incident.status),
            impact: words::impact(incident.impact),
            began_at: incident.began_at,
            resolved_at: incident.resolved_at,
            components: incident.components.iter().map(name).collect(),
            said: Said::of(&incident.updates),
        }
    }

    /// How long it took, once it is over.
    fn length(&self) -> Option<String> {
        self.resolved_at.map(|end| words::duration(end.since_ms(self.began_at)))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.components.iter().map(|(_, name)| name.as_str()).collect();
        names.join(", ")
    }
}

/// The open incidents, each as a card with its whole timeline; nothing when there are none.
#[component]
pub fn OpenIncidents(
    /// What is shown, newest first.
    data: Vec<IncidentData>,
) -> impl IntoView {
    let cards: Vec<_> = data.into_iter().map(|data| view! { <IncidentCard data/> }).collect();
    (!cards.is_empty()).then(|| {
        view! {
            <section class="open">
                <h2 class="aloud">{words::OPEN_INCIDENTS}</h2>
                {cards}
            </section>
        }
    })
}

/// An open incident as a card.
#[component]
pub fn IncidentCard(
    /// What is shown.
    data: IncidentData,
) -> impl IntoView {
    let names = data.names();
    view! {
        <article class=icon::classes("incident card", data.look)>
            <h3>
                <StatusIcon status=data.look/>
                <a href=data.address dir="auto">{data.title}</a>
            </h3>
            <p class="meta">
                <span>{data.status}</span>
                <span>{data.impact}</span>
                <span dir="auto">{names}</span>
                <span>{words::BEGAN} " " <Moment at=data.began_at/></span>
            </p>
            <Timeline data=data.said/>
        </article>
    }
}

/// Incidents as a list.
#[component]
pub fn IncidentList(
    /// What is shown, newest first.
    data: Vec<IncidentData>,
) -> impl IntoView {
    let lines: Vec<_> = data.into_iter().map(|data| view! { <IncidentLine data/> }).collect();
    view! { <ul class="lines">{lines}</ul> }
}

/// An incident as an entry of a list. Those that are over are drawn quietly.
#[component]
fn IncidentLine(
    /// What is shown.
    data: IncidentData,
) -> impl IntoView {
    let (names, length) = (data.names(), data.length());
    let class = if length.is_some() { "incident line done" } else { "incident line" };
    view! {
        <li>
            <article class=class>
                <StatusIcon status=data.look/>
                <div>
                    <a href=data.address dir="auto">{data.title}</a>
                    <p class="meta">
                        <span>{data.status}</span>
                        <span>{data.impact}</span>
                        <span dir="auto">{names}</span>
                        <span><Moment at=data.began_at/></span>
                        {length.map(|length| view! { <span>{words::lasted(&length)}</span> })}
                    </p>
                </div>
            </article>
        </li>
    }
}

/// What an incident's own page tells under its title.
#[component]
pub fn IncidentBody(
    /// What is shown.
    data: IncidentData,
) -> impl IntoView {
    let status = if data.resolved_at.is_some() { Status::Operational } else { data.look };
    let length = data.length().unwrap_or_else(|| words::ONGOING.to_owned());
    let resolved = data.resolved_at.map(|at| {
        view! { <div><dt>{words::RESOLVED_AT}</dt><dd><Moment at/></dd></div> }
    });
    let components: Vec<_> = data
        .components
        .into_iter()
        .map(|(address, name)| view! { <li><a href=address dir="auto">{name}</a></li> })
        .collect();
    view! {
        <p class="state-line">
            <span class=icon::classes("status", status)>
                <StatusIcon status/>
                <span class="word">{data.status}</span>
            </span>
        </p>
        <dl class="card facts">
            <div><dt>{words::IMPACT}</dt><dd>{data.impact}</dd></div>
            <div><dt>{words::BEGAN}</dt><dd><Moment at=data.began_at/></dd></div>
            {resolved}
            <div><dt>{words::DURATION}</dt><dd>{length}</dd></div>
            <div><dt>{words::AFFECTED}</dt><dd><ul>{components}</ul></dd></div>
        </dl>
        <h2>{words::TIMELINE}</h2>
        <Timeline data=data.said/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn no_open_incident_leaves_no_section() {
        let html = view! { <OpenIncidents data=Vec::new()/> }.to_html();
        assert!(!html.contains("section"), "{html}");
    }

    #[test]
    fn a_timeline_begins_with_the_newest() {
        let snapshot = samples::page(&[("API", Status::MajorOutage)]);
        let data = IncidentData::of(&snapshot, &samples::incident("i1", "api", false));
        let html = view! { <IncidentBody data/> }.to_html();
        let place = |text: &str| html.find(text).unwrap();
        assert!(place("This incident is over") < place("Our checks found a major outage"));
    }

    #[test]
    fn a_component_that_left_the_page_is_named_without_a_link() {
        let snapshot = samples::page(&[]);
        let data = IncidentData::of(&snapshot, &samples::incident("i1", "gone", false));
        let html = view! { <IncidentBody data/> }.to_html();
        assert!(html.contains("<a dir=\"auto\">gone</a>"), "{html}");
    }
}
