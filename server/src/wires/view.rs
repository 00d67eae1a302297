//! What a document is made from: the snapshot, and what the store tells of older things.

use std::sync::Arc;

use pharos_app::Words;
use pharos_model::{
    Component, ComponentId, Group, Incident, IncidentUpdate, Maintenance, Snapshot, Span, Transition, UnixMs,
};
use pharos_store::LatencyPoint;

use super::look::Look;
use super::plain;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The page.
    Page,
    /// A component that the address names.
    Component,
    /// A group that the address names.
    Group,
    /// An incident that the address names.
    Incident,
}

/// What a document needs beside the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The newest incidents of what it is about, so many.
    Incidents(usize),
    /// The newest maintenances of what it is about, so many.
    Maintenances(usize),
    /// The spans of the component over so many hours.
    Spans(u64),
    /// The latencies of the component over so many hours, a point for every so many minutes.
    Latency(u64, u32),
}

/// What a document is about, found.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The page.
    Page,
    /// A component.
    Component(ComponentId),
    /// A group.
    Group(Group),
    /// An incident, however old.
    Incident(Box<Incident>),
}

/// What a document is made from.
#[derive(Clone, Debug)]
pub struct View {
    /// The newest snapshot.
    pub snapshot: Arc<Snapshot>,
    /// In which language.
    pub words: Words,
    /// What it is about.
    pub subject: Subject,
    /// Which page of it, from 1 on.
    pub page: u32,
    /// Whether it is of a further page.
    pub is_further: bool,
    /// How it looks, where it is a picture.
    pub look: Look,
    /// Newest first, where they are needed.
    pub incidents: Vec<Incident>,
    /// The latest first, where they are needed.
    pub maintenances: Vec<Maintenance>,
    /// Ascending, where they are needed.
    pub spans: Vec<Span>,
    /// Ascending, where they are needed.
    pub latency: Vec<LatencyPoint>,
}

impl View {
    /// Of something, before the store told anything.
    pub fn new(snapshot: Arc<Snapshot>, words: Words, subject: Subject, page: u32) -> Self {
        Self {
            snapshot,
            words,
            subject,
            page,
            is_further: false,
            look: Look::default(),
            incidents: Vec::new(),
            maintenances: Vec::new(),
            spans: Vec::new(),
            latency: Vec::new(),
        }
    }

    /// The component that it is about.
    pub fn component(&self) -> Option<&Component> {
        match &self.subject {
            Subject::Component(id) => self.snapshot.component(id),
            _ => None,
        }
    }

    /// Whether what concerns these components concerns what it is about.
    pub fn concerns(&self, components: &[ComponentId]) -> bool {
        match &self.subject {
            Subject::Page => true,
            Subject::Component(id) => components.contains(id),
            Subject::Group(group) => components.iter().any(|id| {
                let component = self.snapshot.component(id);
                component.is_some_and(|component| component.definition.group.as_ref() == Some(&group.id))
            }),
            Subject::Incident(_) => false,
        }
    }

    /// An address of this page as others may be told it: whole, where the page's operator said where it is. `path` begins
    /// with a slash.
    pub fn address(&self, path: &str) -> String {
        [self.snapshot.page.presentation.url.as_str(), &self.words.address(path)].concat()
    }

    /// The name of a component; its identifier when it left the page.
    pub fn name_of<'a>(&'a self, id: &'a ComponentId) -> &'a str {
        self.snapshot.component(id).map_or(id.as_str(), |known| known.definition.name.of(self.words.tag()))
    }

    /// What an update of an incident says, as lines.
    pub fn said(&self, incident: &Incident, update: &IncidentUpdate) -> Vec<String> {
        let of = update.components.first().map(|affected| &affected.component);
        let of = of.or(incident.components.first()).and_then(|id| self.snapshot.component(id));
        let text = self.words.transition(&update.transition, of);
        let lines = match &update.transition {
            Transition::Written(_) => plain::lines(&text),
            _ => vec![text],
        };
        if lines.is_empty() { vec![self.words.incident_status(update.status).to_owned()] } else { lines }
    }

    /// When anything of a maintenance last changed, or it was announced, as far as anybody knows; never later than now.
    pub fn changed_at(&self, maintenance: &Maintenance) -> UnixMs {
        let said = maintenance.updates.iter().map(|update| update.at);
        let done = [maintenance.started_at, maintenance.ended_at, maintenance.changed_at];
        let known = said.chain(done.into_iter().flatten()).max();
        known.unwrap_or_else(|| maintenance.scheduled_start.min(self.snapshot.laid_out_at))
    }

    /// When a maintenance was first told of, as far as anybody knows; never later than now.
    pub fn announced_at(&self, maintenance: &Maintenance) -> UnixMs {
        if let Some(at) = maintenance.announced_at {
            return at;
        }
        let said = maintenance.updates.iter().map(|update| update.at);
        let earliest = said.chain(maintenance.started_at).min();
        let planned = maintenance.scheduled_start.min(self.snapshot.laid_out_at);
        earliest.map_or(planned, |earliest| earliest.min(maintenance.scheduled_start))
    }
}

/// When an incident was last changed.
pub fn incident_changed_at(incident: &Incident) -> UnixMs {
    let moments = incident.updates.iter().flat_map(|update| [Some(update.at), update.edited_at]);
    let of_itself = [incident.resolved_at, incident.edited_at];
    moments.chain(of_itself).flatten().max().unwrap_or(incident.began_at)
}
