//! Automatic incidents: opened by a confirmed outage, led through recovery to their end, never two for one cause.
//!
//! Everything is decided from the fold alone, so that a restart goes on where the last watcher stopped.

use std::collections::BTreeSet;

use pharos_model::limits::INCIDENTS_MAX;
use pharos_model::{
    Change, Component, ComponentId, Impact, Incident, IncidentId, IncidentSource, IncidentStatus,
    IncidentUpdate, Snapshot, Status, Text, Transition, UnixMs,
};

use crate::{AutoIncident, Engine, Fact, Fold, Output};

impl Engine {
    /// Opens and leads the incidents of components whose status may have changed.
    pub(crate) fn react(&mut self, components: &BTreeSet<ComponentId>, out: &mut Output) {
        for component in components {
            if let Some(change) = self.news_of(component, out.at) {
                self.record(out, Fact::Public(change));
            }
        }
        self.follow(|incident| incident.components.iter().any(|id| components.contains(id)), out);
    }

    /// Incidents end by themselves when their components stay well.
    pub(crate) fn follow_incidents(&mut self, out: &mut Output) {
        self.follow(|_| true, out);
    }

    /// The incident to be opened about a component, if any. Under maintenance there is none, and none beside one that is open.
    fn news_of(&self, component: &ComponentId, at: UnixMs) -> Option<Change> {
        let board = &self.fold.board;
        if board.maintained_since(component).is_some()
            || self.config.policy(component).auto != AutoIncident::Publish
            || board.open_incidents().any(|incident| incident.components.contains(component))
        {
            return None;
        }
        let shown = board.component(component).filter(|shown| is_news(&self.fold, shown))?;
        open(&self.fold, shown, at)
    }

    /// Says once of each of these incidents what is to be said next.
    fn follow(&mut self, concerns: impl Fn(&Incident) -> bool, out: &mut Output) {
        let led = self.fold.board.open_incidents().filter(|incident| is_ours(incident) && concerns(incident));
        let changes: Vec<Change> =
            led.filter_map(|incident| follow(incident, &self.parts_of(incident), out.at)).collect();
        for change in changes {
            self.record(out, Fact::Public(change));
        }
    }

    /// How the components of an incident are. What nothing tells of neither leads the incident nor holds it open.
    fn parts_of(&self, incident: &Incident) -> Vec<Part> {
        let part = |id: &ComponentId| {
            let component = self.fold.board.component(id)?;
            // It follows what the checks find, whatever a person states meanwhile.
            let found = component.stated.as_ref().map_or(component.status, |stated| stated.measured);
            let is_told_of = found != Status::Unknown || self.is_looked_at(id);
            is_told_of.then(|| Part {
                // Under maintenance nobody can say whether the trouble is over.
                status: self.fold.board.maintained_since(id).map_or(found, |_| Status::Unknown),
                since: component.since,
                resolve_after_ms: self.config.policy(id).resolve_after_ms,
            })
        };
        incident.components.iter().filter_map(part).collect()
    }
}

/// One of an incident's components.
struct Part {
    /// What is found of it.
    status: Status,
    /// Since when what is shown of it is shown.
    since: UnixMs,
    /// How long it must stay well until the incident is resolved.
    resolve_after_ms: u64,
}

/// The end of an incident none of whose components is on the page any more.
pub fn withdraw(board: &Snapshot, incident: &Incident, at: UnixMs) -> Option<Change> {
    let gone = incident.components.iter().all(|id| board.component(id).is_none());
    (gone && is_ours(incident)).then(|| say(incident, at, IncidentStatus::Resolved, Transition::Withdrawn))
}

/// Whether the component has trouble that nobody has spoken of: found by its checks and not stated by a person, and not that
/// of which a person ended an incident.
fn is_news(fold: &Fold, component: &Component) -> bool {
    component.status.is_outage()
        && component.stated.is_none()
        && !fold.desk.answered.contains_key(&component.definition.id)
}

/// Whether Pharos still leads the incident: a person who writes on it takes it over.
fn is_ours(incident: &Incident) -> bool {
    incident.is_open() && incident.source == IncidentSource::Automatic && !incident.taken_over
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

/// What to say next about an incident: the worst of its components counts, and it is over when all have stayed well.
fn follow(incident: &Incident, parts: &[Part], at: UnixMs) -> Option<Change> {
    let watching = incident.status == IncidentStatus::Monitoring;
    let worst = parts.iter().map(|part| part.status).reduce(Status::worse)?;
    if worst.is_outage() {
        return if watching {
            Some(say(incident, at, IncidentStatus::Investigating, Transition::Relapsed(worst)))
        } else {
            let is_new = last_seen(incident) != Some(worst);
            is_new.then(|| say(incident, at, incident.status, Transition::Changed(worst)))
        };
    }
    if parts.iter().any(|part| part.status == Status::Unknown) {
        return None;
    }
    if !watching {
        return Some(say(incident, at, IncidentStatus::Monitoring, Transition::Recovering));
    }
    let rested = |part: &Part| at >= part.since.max(incident.updated_at()).plus_ms(part.resolve_after_ms);
    parts.iter().all(rested).then(|| say(incident, at, IncidentStatus::Resolved, Transition::Resolved))
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
