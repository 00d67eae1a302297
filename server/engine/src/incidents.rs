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
        None if policy.auto == AutoIncident::Publish && component.status.is_outage() => {
            open(fold, component, at)
        }
        None => None,
    }
}

/// The end of an incident none of whose components is on the page any more.
pub fn withdraw(board: &Snapshot, incident: &Incident, at: UnixMs) -> Option<Change> {
    let gone = incident.components.iter().all(|id| board.component(id).is_none());
    (gone && is_ours(incident)).then(|| say(incident, at, IncidentStatus::Resolved, Transition::Withdrawn))
}

/// Whether Pharos still leads the incident: a person who writes on it takes it over.
fn is_ours(incident: &Incident) -> bool {
    let written = |update: &IncidentUpdate| matches!(update.transition, Transition::Written(_));
    incident.is_open()
        && incident.source == IncidentSource::Automatic
        && !incident.updates.iter().any(written)
}

fn open_incident<'a>(board: &'a Snapshot, component: &Component) -> Option<&'a Incident> {
    board.open_incidents().find(|incident| {
        incident.source == IncidentSource::Automatic && incident.components.contains(&component.definition.id)
    })
}

fn open(fold: &Fold, component: &Component, at: UnixMs) -> Option<Change> {
    let status = component.status;
    let update = IncidentUpdate {
        at,
        status: IncidentStatus::Investigating,
        transition: Transition::Detected(status),
    };
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
    }))
}

fn follow(incident: &Incident, component: &Component, policy: &IncidentPolicy, at: UnixMs) -> Option<Change> {
    if !is_ours(incident) {
        return None;
    }
    let status = component.status;
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
        update: IncidentUpdate { at, status, transition },
        impact: incident.impact.max(Impact::of_status(seen)),
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
    let taken = |id: &IncidentId| board.incident(id).is_some();
    let first = IncidentId::new(&stem).ok()?;
    if !taken(&first) {
        return Some(first);
    }
    (2..=board.incidents.len() + 2).find_map(|number| {
        let id = IncidentId::new(&format!("{stem}-{number}")).ok()?;
        (!taken(&id)).then_some(id)
    })
}
