//! An incident: as a card while it is open, as a line in a list, and as the body of its own page.

use leptos::prelude::*;
use pharos_model::{ComponentId, Incident, Indicator, Snapshot, Status, UnixMs};

use super::icon::{self, StatusIcon};
use super::time::{Moment, Placed};
use super::timeline::{Said, Timeline};
use crate::words::Words;

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
    /// How long it took, once it is over.
    length: Option<String>,
    /// Address and name of each component it concerns; no address when that is no longer on the page.
    components: Vec<(Option<String>, String)>,
    said: Vec<Said>,
}

impl IncidentData {
    /// Of an incident; `snapshot` gives the components their names.
    pub fn of(snapshot: &Snapshot, incident: &Incident, words: Words) -> Self {
        let name = |id: &ComponentId| match snapshot.component(id) {
            Some(component) => {
                let name = component.definition.name.of(words.tag()).to_owned();
                (Some(super::component_address(id, words)), name)
            }
            None => (None, id.to_string()),
        };
        Self {
            address: super::incident_address(&incident.id, words),
            title: words.incident_title(snapshot, incident),
            look: icon::look(Indicator::of_impact(incident.impact)),
            status: words.incident_status(incident.status),
            impact: words.impact(incident.impact),
            began_at: incident.began_at,
            resolved_at: incident.resolved_at,
            length: incident.resolved_at.map(|end| words.duration(end.since_ms(incident.began_at))),
            components: incident.components.iter().map(name).collect(),
            said: Said::of(snapshot, incident, words),
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.components.iter().map(|(_, name)| name.as_str()).collect();
        names.join(", ")
    }
}

/// So many open incidents are told whole; of more only the newest word is.
const WHOLE_MAX: usize = 3;

/// The open incidents, each as a card with its timeline; nothing when there are none.
#[component]
pub fn OpenIncidents(
    /// What is shown, newest first.
    data: Vec<IncidentData>,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let is_many = data.len() > WHOLE_MAX;
    let cards: Vec<_> = data
        .into_iter()
        .map(|mut data| {
            if is_many {
                data.said.truncate(1);
            }
            view! { <IncidentCard data words/> }
        })
        .collect();
    (!cards.is_empty()).then(|| {
        view! {
            <section class="open">
                <h2 class="aloud">{words.live().open_incidents}</h2>
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
    /// In which language.
    words: Words,
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
                <span><bdi>{names}</bdi></span>
                <span><Placed text=words.live().began_at at=data.began_at words/></span>
            </p>
            <Timeline data=data.said words/>
        </article>
    }
}

/// Incidents as a list.
#[component]
pub fn IncidentList(
    /// What is shown, newest first.
    data: Vec<IncidentData>,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let lines: Vec<_> = data.into_iter().map(|data| view! { <IncidentLine data words/> }).collect();
    view! { <ul class="lines">{lines}</ul> }
}

/// An incident as an entry of a list. Those that are over are drawn quietly.
#[component]
fn IncidentLine(
    /// What is shown.
    data: IncidentData,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let (names, length) = (data.names(), data.length);
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
                        <span><bdi>{names}</bdi></span>
                        <span><Moment at=data.began_at words/></span>
                        {length.map(|length| view! { <span>{words.lasted(&length)}</span> })}
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
    /// In which language.
    words: Words,
) -> impl IntoView {
    let text = words.live();
    let status = if data.resolved_at.is_some() { Status::Operational } else { data.look };
    let length = data.length.unwrap_or_else(|| text.ongoing.to_owned());
    let resolved = data.resolved_at.map(|at| {
        view! { <div><dt>{text.resolved}</dt><dd><Moment at words/></dd></div> }
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
            <div><dt>{text.impact}</dt><dd>{data.impact}</dd></div>
            <div><dt>{text.began}</dt><dd><Moment at=data.began_at words/></dd></div>
            {resolved}
            <div><dt>{text.duration}</dt><dd>{length}</dd></div>
            <div><dt>{text.affected_label}</dt><dd><ul>{components}</ul></dd></div>
        </dl>
        <h2>{text.timeline}</h2>
        <Timeline data=data.said words/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn no_open_incident_leaves_no_section() {
        let html = crate::markup(view! { <OpenIncidents data=Vec::new() words=Words::english()/> });
        assert!(!html.contains("section"), "{html}");
    }

    #[test]
    fn a_timeline_begins_with_the_newest() {
        let snapshot = samples::page(&[("API", Status::MajorOutage)]);
        let data = IncidentData::of(&snapshot, &samples::incident("i1", "api", false), Words::english());
        let html = crate::markup(view! { <IncidentBody data words=Words::english()/> });
        let place = |text: &str| html.find(text).unwrap();
        assert!(place("This incident is over") < place("Our checks found a major outage"));
    }

    #[test]
    fn a_component_that_left_the_page_is_named_without_a_link() {
        let snapshot = samples::page(&[]);
        let data = IncidentData::of(&snapshot, &samples::incident("i1", "gone", false), Words::english());
        let html = crate::markup(view! { <IncidentBody data words=Words::english()/> });
        assert!(html.contains("<a dir=\"auto\">gone</a>"), "{html}");
    }
}
