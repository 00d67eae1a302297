//! Maintenances in Statuspage's shape.

use pharos_model::{Maintenance, MaintenanceStatus, UnixMs};

use super::shapes::{CourseShape, MaintenanceShape, UpdateShape};
use super::{Maker, code};
use crate::wires::plain;

/// The word for where a maintenance stands. There is none for one that was called off: nothing more comes of it.
fn word_of(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Cancelled => MaintenanceStatus::Completed.as_str(),
        known => known.as_str(),
    }
}

impl Maker<'_> {
    /// A maintenance with all that was said of it.
    pub fn maintenance(&self, known: &Maintenance) -> MaintenanceShape {
        let id = code("maintenance", known.id.as_str());
        let created = self.view.announced_at(known);
        let course = CourseShape {
            name: known.title.of(self.view.words.tag()).to_owned(),
            status: word_of(known.status),
            created_at: self.clock.iso(created),
            updated_at: self.clock.iso(self.view.changed_at(known).max(created)),
            monitoring_at: None,
            resolved_at: self.moment(known.ended_at.filter(|_| known.status.is_over())),
            impact: "maintenance",
            shortlink: self.view.address("/"),
            started_at: self.clock.iso(known.started_at.unwrap_or(created)),
            page_id: self.page_id.clone(),
            incident_updates: self.said_of(known, &id, created),
            components: self.affected(&known.components),
            id,
        };
        MaintenanceShape {
            course,
            scheduled_for: self.clock.iso(known.scheduled_start),
            scheduled_until: self.clock.iso(known.scheduled_end),
        }
    }

    /// What was said, newest first, and last how it was announced.
    fn said_of(&self, known: &Maintenance, incident_id: &str, announced: UnixMs) -> Vec<UpdateShape> {
        let tag = self.view.words.tag();
        let description = known.description.of(tag);
        let first = if description.is_empty() { known.title.of(tag) } else { description };
        let announced = (announced, MaintenanceStatus::Scheduled.as_str(), plain::escaped(first));
        let said = known.updates.iter().map(|update| {
            (update.at, word_of(update.status), plain::broken(&plain::lines(update.body.html.of(tag))))
        });
        let all: Vec<_> = std::iter::once(announced).chain(said).enumerate().collect();
        let shape = |(number, (at, status, body)): (usize, (UnixMs, &'static str, String))| {
            let id = code("update", &["maintenance/", known.id.as_str(), "/", &number.to_string()].concat());
            UpdateShape::new(id, incident_id, status, body, self.clock.iso(at))
        };
        all.into_iter().rev().map(shape).collect()
    }
}
