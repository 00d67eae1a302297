//! Incidents in Statuspage's shape.

use std::collections::HashMap;

use pharos_model::{ComponentId, Incident, IncidentStatus, IncidentUpdate, Status, Transition, UnixMs};

use super::component::{component_code, word_of};
use super::shapes::{AffectedShape, CourseShape, IncidentShape, UpdateShape};
use super::{Maker, code};
use crate::wires::plain;
use crate::wires::view::incident_changed_at;

/// The code of an incident.
pub fn incident_code(id: &str) -> String {
    code("incident", id)
}

/// An incident with what it is sorted by.
pub struct Shaped {
    /// When it was last changed.
    pub changed_at: UnixMs,
    /// The incident.
    pub shape: IncidentShape,
}

impl Maker<'_> {
    /// An incident with all that was said of it.
    pub fn incident(&self, known: &Incident) -> Shaped {
        let id = incident_code(known.id.as_str());
        let changed_at = incident_changed_at(known);
        let created = known.updates.first().map_or(known.began_at, |update| update.at);
        let watched = known.updates.iter().rev().find(|update| update.status == IncidentStatus::Monitoring);
        let course = CourseShape {
            name: self.view.words.incident_title(&self.view.snapshot, known),
            status: known.status.as_str(),
            created_at: self.clock.iso(created),
            updated_at: self.clock.iso(changed_at),
            monitoring_at: self.moment(watched.map(|update| update.at)),
            resolved_at: self.moment(known.resolved_at),
            impact: known.impact.as_str(),
            shortlink: self.view.address(&["/incidents/", known.id.as_str()].concat()),
            started_at: self.clock.iso(known.began_at),
            page_id: self.page_id.clone(),
            incident_updates: self.updates(known, &id),
            components: self.affected(&known.components),
            id,
        };
        Shaped { changed_at, shape: IncidentShape { course, reminder_intervals: None } }
    }

    /// What was said, newest first. An incident of which nothing was said yet has one update all the same.
    fn updates(&self, known: &Incident, incident_id: &str) -> Vec<UpdateShape> {
        let mut states: HashMap<ComponentId, Status> = HashMap::new();
        let mut shapes = Vec::with_capacity(known.updates.len().max(1));
        for (number, update) in known.updates.iter().enumerate() {
            let affected = self.changes(known, update, &mut states);
            let id = code("update", &[known.id.as_str(), "/", &number.to_string()].concat());
            let body = plain::broken(&self.view.said(known, update));
            let at = self.clock.iso(update.at);
            shapes.push(UpdateShape {
                updated_at: self.clock.iso(update.edited_at.unwrap_or(update.at)),
                affected_components: (!affected.is_empty()).then_some(affected),
                ..UpdateShape::new(id, incident_id, update.status.as_str(), body, at)
            });
        }
        if shapes.is_empty() {
            let id = code("update", &[known.id.as_str(), "/0"].concat());
            let body = plain::escaped(self.view.words.incident_status(known.status));
            let at = self.clock.iso(known.began_at);
            shapes.push(UpdateShape::new(id, incident_id, known.status.as_str(), body, at));
        }
        shapes.reverse();
        shapes
    }

    /// What an update says of components. What it does not speak of stays as it was said before.
    fn changes(
        &self,
        known: &Incident,
        update: &IncidentUpdate,
        known_as: &mut HashMap<ComponentId, Status>,
    ) -> Vec<AffectedShape> {
        let first = known.components.first();
        let told: Vec<(ComponentId, Status)> = match &update.transition {
            _ if !update.components.is_empty() => {
                update.components.iter().map(|told| (told.component.clone(), told.status)).collect()
            }
            Transition::Detected(status) | Transition::Changed(status) | Transition::Relapsed(status) => {
                first.map(|id| (id.clone(), *status)).into_iter().collect()
            }
            Transition::Recovering | Transition::Resolved => {
                let failed = known.components.iter().filter(|id| known_as.contains_key(*id));
                failed.map(|id| (id.clone(), Status::Operational)).collect()
            }
            _ => Vec::new(),
        };
        // What is said of a member is not said of the component that speaks for it.
        let is_member = |id: &ComponentId| {
            let known = self.view.snapshot.component(id);
            known.is_some_and(|component| component.definition.is_member)
        };
        let shapes = told.into_iter().filter(|(id, _)| !is_member(id)).map(|(id, status)| {
            let before = known_as.insert(id.clone(), status).unwrap_or(Status::Operational);
            AffectedShape {
                code: component_code(&id),
                name: self.full_name(&id),
                old_status: word_of(before).as_str(),
                new_status: word_of(status).as_str(),
            }
        });
        shapes.collect()
    }
}
