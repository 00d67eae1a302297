//! Automatic incidents: opened by a confirmed outage, led through recovery to their end, never two for one cause.
//!
//! Everything is decided from the fold alone, so that a restart goes on where the last watcher stopped.

use std::collections::BTreeSet;

use pharos_model::limits::INCIDENTS_MAX;
use pharos_model::{
    Affected, Change, Component, ComponentId, Impact, Incident, IncidentId, IncidentSource, IncidentStatus,
    IncidentUpdate, Snapshot, Status, Text, Transition, UnixMs,
};

use crate::causes::{self, Cause};
use crate::{AutoIncident, Engine, Fact, Fold, Output};

impl Engine {
    /// Opens and leads the incidents of components whose status may have changed.
    pub(crate) fn react(&mut self, components: &BTreeSet<ComponentId>, out: &mut Output) {
        for component in components {
            if self.is_news(component) {
                self.tell(component, out);
            } else {
                self.awaited.remove(component);
            }
        }
        self.follow(|incident| incident.components.iter().any(|id| components.contains(id)), out);
    }

    /// Incidents end by themselves when their components stay well.
    pub(crate) fn follow_incidents(&mut self, out: &mut Output) {
        self.follow(|_| true, out);
    }

    /// Whether a component has trouble of which Pharos is to speak and nobody has spoken: under maintenance it is silent, and
    /// beside an incident that is open.
    fn is_news(&self, component: &ComponentId) -> bool {
        let board = &self.fold.board;
        let is_told = || board.open_incidents().any(|incident| incident.components.contains(component));
        board.component(component).is_some_and(|shown| is_news(&self.fold, shown))
            && board.maintained_since(component).is_none()
            && self.config.policy(component).auto == AutoIncident::Publish
            && !is_told()
    }

    /// Tells of the outage of a component: in the incident of what it suffers from, else in one of its own.
    fn tell(&mut self, component: &ComponentId, out: &mut Output) {
        let Some(shown) = self.fold.board.component(component) else { return };
        let root = match self.cause_of(shown, out.at) {
            Cause::Doubt(_) => return self.await_cause(component, out.at),
            Cause::Root(root) if self.may_name(&root) => root,
            Cause::Root(_) | Cause::Itself => component.clone(),
        };
        let Some(incident) = self.told_of(&root, out) else { return };
        if incident.taken_over {
            // A person says what suffers. This waits until they have done.
            self.awaited.insert(component.clone(), out.at);
            return;
        }
        self.awaited.remove(component);
        if root != *component {
            self.join(&incident.id, component, out);
        }
        self.gather(&root, &incident.id, out);
    }

    /// Whether an incident may tell of this root: one that a person has ended begins no other.
    fn may_name(&self, root: &ComponentId) -> bool {
        !self.fold.desk.answered.contains_key(root)
    }

    /// The open incident that tells of a component; opened now if there is none.
    fn told_of(&mut self, component: &ComponentId, out: &mut Output) -> Option<Incident> {
        let find = |board: &Snapshot| {
            board.open_incidents().find(|incident| incident.components.contains(component)).cloned()
        };
        if let Some(known) = find(&self.fold.board) {
            return Some(known);
        }
        let opened = open(&self.fold, self.fold.board.component(component)?, out.at)?;
        self.record(out, Fact::Public(opened));
        find(&self.fold.board)
    }

    /// Tells in an incident that this component suffers too.
    fn join(&mut self, id: &IncidentId, component: &ComponentId, out: &mut Output) {
        let board = &self.fold.board;
        let (Some(incident), Some(shown)) = (board.incident(id), board.component(component)) else { return };
        if incident.components.contains(component) {
            return;
        }
        let status = causes::found(shown);
        let mut told = say(incident, out.at, incident.status, Transition::Detected(status));
        if let Change::IncidentUpdated { update, .. } = &mut told {
            update.components = vec![Affected { component: component.clone(), status }];
            // Whatever recovered, this did not.
            if update.status == IncidentStatus::Monitoring {
                update.status = IncidentStatus::Investigating;
            }
        }
        self.record(out, Fact::Public(told));
    }

    /// Brings the incidents of components that suffer from this root, and were told of before it, into its own.
    fn gather(&mut self, root: &ComponentId, id: &IncidentId, out: &mut Output) {
        let suffers = |component: &ComponentId| {
            let shown = self.fold.board.component(component);
            shown.is_some_and(|shown| {
                causes::is_out(shown) && self.cause_of(shown, out.at) == Cause::Root(root.clone())
            })
        };
        let others = self.fold.board.open_incidents().filter(|other| {
            other.id != *id
                && is_ours(other)
                && !self.is_alerted(&other.id)
                && other.components.iter().all(suffers)
        });
        let others: Vec<Incident> = others.cloned().collect();
        for other in others {
            for component in &other.components {
                self.join(id, component, out);
            }
            let merged = say(&other, out.at, IncidentStatus::Resolved, Transition::Merged(id.clone()));
            self.record(out, Fact::Public(merged));
        }
    }

    /// Says once of each of these incidents what is to be said next.
    fn follow(&mut self, concerns: impl Fn(&Incident) -> bool, out: &mut Output) {
        let is_led = |incident: &&Incident| is_ours(incident) && !self.is_alerted(&incident.id);
        let led = self.fold.board.open_incidents().filter(is_led).filter(|incident| concerns(incident));
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
            let found = causes::found(component);
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
        root: None,
        revision: 0,
        edited_at: None,
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

/// The worst of an incident's components as it was last told.
fn last_seen(incident: &Incident) -> Option<Status> {
    incident.updates.iter().fold(None, |seen, update| match update.transition {
        // What joined is told of beside the others.
        Transition::Detected(status) => Some(seen.map_or(status, |seen| status.worse(seen))),
        Transition::Changed(status) | Transition::Relapsed(status) => Some(status),
        _ => seen,
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
