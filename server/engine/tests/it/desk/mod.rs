//! What operators do: they speak, plan and state, and the checks go on beside them.

mod drafts;
mod heads;
mod incidents;
mod lifecycle;
mod maintenances;
mod series;
mod several;
mod statements;

use pharos_engine::desk::{Command, NewIncident, NewUpdate, Refusal, Subject};
use pharos_engine::{AutoIncident, Config};
use pharos_model::{Affected, ComponentId, IncidentId, IncidentStatus, Prose, Status};

use crate::film::{Film, config, probe, with_policy};

fn component(id: &str) -> ComponentId {
    ComponentId::new(id).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose { source: text.into(), html: format!("<p>{text}</p>").into() }
}

pub fn says(status: IncidentStatus, components: &[(&str, Status)]) -> NewUpdate {
    let affected = |(id, status): &(&str, Status)| Affected { component: component(id), status: *status };
    NewUpdate {
        status,
        body: prose("We know of it."),
        components: components.iter().map(affected).collect(),
        next_update_by: None,
        at: None,
        annotates: false,
    }
}

fn incident(title: &str, first: NewUpdate) -> NewIncident {
    NewIncident {
        title: title.into(),
        components: Vec::new(),
        impact: None,
        began_at: None,
        pinned: false,
        first,
    }
}

fn open(film: &mut Film, title: &str, first: NewUpdate) -> Result<IncidentId, Refusal> {
    match film.command(Command::OpenIncident(Box::new(incident(title, first))))? {
        Subject::Incident(id) => Ok(id),
        other => panic!("opening an incident made {other:?}"),
    }
}

pub fn update(film: &mut Film, id: &IncidentId, update: NewUpdate) -> Result<Subject, Refusal> {
    film.command(Command::UpdateIncident { id: id.clone(), revision: None, update: Box::new(update) })
}

/// Two components with a check each; incidents are opened by themselves and end after a minute of well-being.
fn page() -> Config {
    with_policy(config(&[probe("api/http"), probe("web/http")]), AutoIncident::Publish, 60)
}

/// The field that was refused.
fn field<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> std::borrow::Cow<'static, str> {
    match answer.unwrap_err() {
        Refusal::Invalid { field, .. } => field,
        other => panic!("refused for another reason: {other}"),
    }
}
