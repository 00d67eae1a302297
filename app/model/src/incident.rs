//! Incidents: what went wrong, what was said about it and when.

use serde::{Deserialize, Serialize};

use crate::limits::{INCIDENT_RETENTION_MS, INCIDENT_UPDATES_MAX, INCIDENT_UPDATES_RESERVED, INCIDENTS_MAX};
use crate::{
    ApplyError, ComponentId, Impact, IncidentId, IncidentStatus, Prose, Snapshot, Status, Text, UnixMs,
};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentSource {
    /// Opened by Pharos from what its checks saw.
    Automatic,
    /// Written by a person.
    Operator,
}

/// What an automatic update says. A word, not a sentence, so that every reader gets it in a language of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// The checks found the component in this status: the first one, or another that suffers from its failure.
    Detected(Status),
    /// It got worse, or less bad, without being well: this is its status now.
    Changed(Status),
    /// The component answers again and is being watched.
    Recovering,
    /// It failed again before it was called resolved.
    Relapsed(Status),
    /// It stayed well for as long as was asked.
    Resolved,
    /// The component left the page while the incident was open.
    Withdrawn,
    /// It is told of in another incident from here on.
    Merged(IncidentId),
    /// Another incident is told of in this one from here on.
    Joined(IncidentId),
    /// A person's own words.
    Written(Box<Prose>),
}

/// What a component is said to be in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Affected {
    /// Which.
    pub component: ComponentId,
    /// Its status.
    pub status: Status,
}

/// One entry of an incident's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentUpdate {
    /// When it was said.
    pub at: UnixMs,
    /// The incident's status from here on.
    pub status: IncidentStatus,
    /// What was said.
    pub transition: Transition,
    /// What its components are in from here on, where a person said so; of a later [`Transition::Detected`], what suffers too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Affected>,
    /// By when more is to be said, where that was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_update_by: Option<UnixMs>,
    /// Whether that promise was kept; `None` until it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
    /// When it was last edited, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<UnixMs>,
}

impl IncidentUpdate {
    /// An update that says this and no more.
    pub fn new(at: UnixMs, status: IncidentStatus, transition: Transition) -> Self {
        Self {
            at,
            status,
            transition,
            components: Vec::new(),
            next_update_by: None,
            kept: None,
            edited_at: None,
        }
    }
}

/// An incident with its timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Part of its permanent address.
    pub id: IncidentId,
    /// One line, as visitors read it. Empty for one that Pharos opened: each reader makes it from what the checks found
    /// ([`Incident::detected`]) and the name of the component, in a language of their own.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub title: Text,
    /// Who opened it.
    #[cfg(not(target_family = "wasm"))]
    pub source: IncidentSource,
    /// Where it stands.
    pub status: IncidentStatus,
    /// The worst it has been.
    pub impact: Impact,
    /// The components it concerns; first the one whose failure the others suffer from, where Pharos found one.
    pub components: Vec<ComponentId>,
    /// That component, once others suffer from it.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<ComponentId>,
    /// When the trouble began: the first observation that showed it, which is before anybody could say so.
    pub began_at: UnixMs,
    /// When it was resolved; `None` while it is open.
    pub resolved_at: Option<UnixMs>,
    /// In the order in which they were said.
    pub updates: Vec<IncidentUpdate>,
    /// Whether it stands above the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whether a person leads it from here on, and the checks add nothing more.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_over: bool,
    /// Whether a person stated the impact; else it follows from the components.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub impact_stated: bool,
    /// How often it was changed.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default)]
    pub revision: u32,
    /// When a person last edited it.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<UnixMs>,
}

impl Incident {
    /// Whether it still counts as open.
    pub fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// What the checks found when Pharos opened it; `None` when a person did.
    pub fn detected(&self) -> Option<Status> {
        match self.updates.first()?.transition {
            Transition::Detected(status) => Some(status),
            _ => None,
        }
    }

    /// When something was last said.
    pub fn updated_at(&self) -> UnixMs {
        self.updates.last().map_or(self.began_at, |update| update.at)
    }

    /// What a component is said to be in while the incident is open and concerns it, and since when; `None` where nobody said so.
    /// What the checks found is no such word.
    pub fn says_of(&self, component: &ComponentId) -> Option<(Status, UnixMs)> {
        let is_said = |update: &&IncidentUpdate| !matches!(update.transition, Transition::Detected(_));
        let said = self.updates.iter().rev().filter(is_said).find_map(|update| {
            let found = update.components.iter().find(|affected| affected.component == *component)?;
            Some((found.status, update.at))
        });
        said.filter(|_| self.is_open() && self.components.contains(component))
    }

    /// The promise that is not yet known to be kept or not, if there is one.
    pub fn pending_promise(&self) -> Option<UnixMs> {
        let last = self.updates.last().filter(|last| last.kept.is_none() && self.is_open())?;
        last.next_update_by
    }

    /// Takes what was said next. A promise before it is kept by it, or was not. Components of which it tells that were not
    /// part of the incident are from here on.
    pub fn follow(&mut self, update: &IncidentUpdate) {
        for affected in &update.components {
            if !self.components.contains(&affected.component) {
                self.components.push(affected.component.clone());
            }
        }
        #[cfg(not(target_family = "wasm"))]
        if matches!(update.transition, Transition::Detected(_)) && self.root.is_none() {
            self.root = self.components.first().cloned();
        }
        if let Some(last) = self.updates.last_mut() {
            last.kept = last.kept.or(last.next_update_by.map(|due| update.at <= due));
        }
        self.status = update.status;
        #[cfg(not(target_family = "wasm"))]
        {
            self.revision += 1;
        }
        self.resolved_at = match (update.status.is_open(), self.resolved_at) {
            (true, _) => None,
            (false, Some(at)) => Some(at),
            (false, None) => Some(update.at),
        };
        // What a person said gives way to nothing while there is room, and has room that nothing else takes.
        let is_spoken = |update: &IncidentUpdate| {
            matches!(update.transition, Transition::Written(_) | Transition::Joined(_))
        };
        let is_kept = is_spoken(update) || self.updates.last().is_some_and(is_spoken);
        let reserved = if is_kept { INCIDENT_UPDATES_RESERVED } else { 0 };
        if self.updates.len() < INCIDENT_UPDATES_MAX + reserved {
            self.updates.push(update.clone());
        } else if let Some(last) = self.updates.last_mut() {
            last.clone_from(update);
        }
    }
}

impl Snapshot {
    /// The incident with this identifier, if the snapshot still carries it.
    pub fn incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == *id)
    }

    /// Open incidents, newest first.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|incident| incident.is_open())
    }

    /// Takes what is known of an incident now: in the place that it has, else before all that began no later.
    pub(crate) fn take_incident(&mut self, incident: &Incident) {
        if let Some(place) = self.incidents.iter().position(|known| known.id == incident.id) {
            self.incidents[place] = incident.clone();
        } else {
            let place = self.incidents.iter().position(|known| known.began_at <= incident.began_at);
            self.incidents.insert(place.unwrap_or(self.incidents.len()), incident.clone());
        }
    }

    /// Forgets incidents that ended long ago, or that are too many.
    pub(crate) fn trim_incidents(&mut self) {
        let horizon = self.at.minus_ms(INCIDENT_RETENTION_MS);
        let mut left = INCIDENTS_MAX;
        self.incidents.retain(|incident| {
            let keep =
                incident.is_open() || (left > 0 && incident.resolved_at.is_none_or(|at| at >= horizon));
            left = left.saturating_sub(usize::from(keep));
            keep
        });
    }

    pub(crate) fn incident_mut(&mut self, id: &IncidentId) -> Result<&mut Incident, ApplyError> {
        let found = self.incidents.iter_mut().find(|incident| incident.id == *id);
        found.ok_or_else(|| ApplyError::Stranger { name: id.to_string() })
    }
}
