//! Automatic incidents: opened by a confirmed outage, led through recovery to their end, never two for one cause.
//!
//! Everything is decided from the fold alone, so that a restart goes on where the last watcher stopped.

use pharos_model::limits::INCIDENTS_MAX;
use pharos_model::{
    Change, Component, Impact, Incident, IncidentId, IncidentSource, IncidentStatus, IncidentUpdate,
    Snapshot, Status, Text, Transition, UnixMs,
};

use crate::{AutoIncident, Fold, IncidentPolicy};

/// What to say next about a component's incident, if anything.
pub fn react(fold: &Fold, component: &Component, policy: &IncidentPolicy, at: UnixMs) -> Option<Change> {
    match open_incident(&fold.board, component) {
        Some(incident) => follow(incident, component, policy, at),
        None if policy.auto == AutoIncident::Publish && is_news(fold, component) => open(fold, component, at),
        None => None,
    }
}

/// The end of an incident none of whose components is on the page any more.
pub fn withdraw(board: &Snapshot, incident: &Incident, at: UnixMs) -> Option<Change> {
    let gone = incident.components.iter().all(|id| board.component(id).is_none());
    (gone && is_ours(incident)).then(|| say(incident, at, IncidentStatus::Resolved, Transition::Withdrawn))
}

/// Whether the component has trouble that nobody has spoken of: found by its checks and not stated by a person, and begun
/// since a person last ended an incident of it.
fn is_news(fold: &Fold, component: &Component) -> bool {
    let answered = fold.desk.answered.get(&component.definition.id);
    component.status.is_outage()
        && component.stated.is_none()
        && answered.is_none_or(|answered| component.since > *answered)
}

/// Whether Pharos still leads the incident: a person who writes on it takes it over.
fn is_ours(incident: &Incident) -> bool {
    incident.is_open() && incident.source == IncidentSource::Automatic && !incident.taken_over
}

/// The open incident that tells of the component: ours before a person's.
fn open_incident<'a>(board: &'a Snapshot, component: &Component) -> Option<&'a Incident> {
    let tells = |incident: &&Incident| incident.components.contains(&component.definition.id);
    let ours = board.open_incidents().filter(tells).find(|incident| is_ours(incident));
    ours.or_else(|| board.open_incidents().find(tells))
}

fn open(fold: &Fold, component: &Component, at: UnixMs) -> Option<Change> {
    let status = component.status;
    let update = IncidentUpdate::new(at, IncidentStatus::Investigating, Transition::Detected(status));
    Some(Change::IncidentOpened(Incident {
        id: fresh_id(fold, component)?,
        title: Text::default(),
        source: IncidentSource::Automatic,
        status: IncidentStatus::Investigating,
        impact: Impact::of_status(status),
        components: vec![component.definition.id.clone()],
        began_at: component.since,
        resolved_at: None,
        updates: vec![update],
        pinned: false,
        taken_over: false,
        impact_stated: false,
        revision: 0,
    }))
}

fn follow(incident: &Incident, component: &Component, policy: &IncidentPolicy, at: UnixMs) -> Option<Change> {
    if !is_ours(incident) {
        return None;
    }
    // It follows what the checks find, whatever a person states meanwhile.
    let status = component.stated.as_ref().map_or(component.status, |stated| stated.measured);
    let watching = incident.status == IncidentStatus::Monitoring;
    match status {
        Status::MajorOutage | Status::PartialOutage if watching => {
            Some(say(incident, at, IncidentStatus::Investigating, Transition::Relapsed(status)))
        }
        Status::MajorOutage | Status::PartialOutage if last_seen(incident) != Some(status) => {
            Some(say(incident, at, incident.status, Transition::Changed(status)))
        }
        Status::Unknown | Status::MajorOutage | Status::PartialOutage => None,
        _ if !watching => Some(say(incident, at, IncidentStatus::Monitoring, Transition::Recovering)),
        _ => {
            let well_since = component.since.max(incident.updated_at());
            let resolved = at >= well_since.plus_ms(policy.resolve_after_ms);
            resolved.then(|| say(incident, at, IncidentStatus::Resolved, Transition::Resolved))
        }
    }
}

fn last_seen(incident: &Incident) -> Option<Status> {
    incident.updates.iter().rev().find_map(|update| match update.transition {
        Transition::Detected(status) | Transition::Changed(status) | Transition::Relapsed(status) => {
            Some(status)
        }
        _ => None,
    })
}

fn say(incident: &Incident, at: UnixMs, status: IncidentStatus, transition: Transition) -> Change {
    let seen = match transition {
        Transition::Detected(status) | Transition::Changed(status) | Transition::Relapsed(status) => status,
        _ => Status::Operational,
    };
    Change::IncidentUpdated {
        id: incident.id.clone(),
        update: IncidentUpdate::new(at, status, transition),
        impact: if incident.impact_stated {
            incident.impact
        } else {
            incident.impact.max(Impact::of_status(seen))
        },
    }
}

/// The date, the component, and a number from the second of the day on: short, speaking, and the same on every replay.
///
/// A board that is full of incidents may have dropped one of today's, whose name must not be given twice: the number
/// of all incidents so far then stands in the name.
fn fresh_id(fold: &Fold, component: &Component) -> Option<IncidentId> {
    let board = &fold.board;
    let date = board.days.last()?.date;
    let stem = format!("{date}-{}", component.definition.id);
    if board.incidents.len() >= INCIDENTS_MAX {
        return IncidentId::new(&format!("{stem}-no-{}", fold.incidents_opened + 1)).ok();
    }
    let taken = |id: &IncidentId| board.incident(id).is_some() || fold.desk.hidden.contains(id);
    let first = IncidentId::new(&stem).ok()?;
    if !taken(&first) {
        return Some(first);
    }
    (2..=board.incidents.len() + 2).find_map(|number| {
        let id = IncidentId::new(&format!("{stem}-{number}")).ok()?;
        (!taken(&id)).then_some(id)
    })
}
