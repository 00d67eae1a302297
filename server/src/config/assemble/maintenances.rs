//! Planned work: times that can be read, components that there are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pharos_engine::PlannedMaintenance;
use pharos_model::{ComponentDefinition, ComponentId, MaintenanceId, UnixMs};

use super::super::document::At;
use super::super::error::Finding;
use super::super::file::MaintenanceEntry;
use super::super::limits::{MAINTENANCE_MAX_MS, MAINTENANCES_MAX, NAME_CHARS_MAX};
use super::super::suggest::nearest;
use super::Assembly;
use super::rules::human;

impl Assembly {
    /// Takes planned work on `components`; times without a zone are in `zone`.
    pub fn maintenances(
        &mut self,
        entries: &[MaintenanceEntry],
        (components, zone): (&[ComponentDefinition], &TimeZone),
        at: At<'_>,
    ) -> Vec<PlannedMaintenance> {
        let hint = format!("use at most {MAINTENANCES_MAX}; what is over may be taken out");
        self.few(entries.len(), MAINTENANCES_MAX, ("planned works", hint), at);
        let mut seen = BTreeMap::new();
        let mut planned = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let title = self.wording(&entry.title, NAME_CHARS_MAX, at.key("title"));
            let description = self.optional_wording(entry.description.as_ref(), at.key("description"));
            let concerned = self.concerned(&entry.components, components, at.key("components"));
            let starts = self.moment(&entry.starts, zone, at.key("starts"));
            let ends = self.moment(&entry.ends, zone, at.key("ends"));
            let Some(id) = self.identifier(&entry.id, MaintenanceId::new, at.key("id")) else { continue };
            self.once(&mut seen, id.as_str(), "planned work", at.key("id"));
            let (Some(scheduled_start), Some(scheduled_end)) = (starts, ends) else { continue };
            self.lasting(scheduled_start, scheduled_end, at);
            planned.push(PlannedMaintenance {
                id,
                title,
                description,
                components: concerned,
                scheduled_start,
                scheduled_end,
            });
        }
        planned
    }

    fn concerned(
        &mut self,
        wanted: &[String],
        components: &[ComponentDefinition],
        at: At<'_>,
    ) -> Vec<ComponentId> {
        if wanted.is_empty() {
            self.findings.push(
                Finding::new(at.key_place(), "the planned work concerns no component")
                    .hint("name at least one by its `id`, such as `components: [api]`"),
            );
        }
        let mut concerned: Vec<ComponentId> = Vec::new();
        for (index, name) in wanted.iter().enumerate() {
            let at = at.item(index);
            let known = || components.iter().map(|component| component.id.as_str());
            match components.iter().find(|component| component.id.as_str() == name) {
                Some(component) if concerned.contains(&component.id) => {}
                Some(component) => concerned.push(component.id.clone()),
                None => {
                    let finding = Finding::new(at.place(), format!("there is no component {}", at.shown()));
                    self.findings.push(match nearest(name, known()) {
                        Some(meant) if !at.is_substituted() => {
                            finding.hint(format!("did you mean `{meant}`?"))
                        }
                        _ => finding.hint("use the `id` of a component of this file"),
                    });
                }
            }
        }
        concerned
    }

    /// Takes a moment: with its own offset, else as clocks show it in `zone`.
    fn moment(&mut self, text: &str, zone: &TimeZone, at: At<'_>) -> Option<UnixMs> {
        let moment = text.parse::<Timestamp>().ok().or_else(|| {
            let civil: DateTime = text.parse().ok()?;
            zone.to_timestamp(civil).ok()
        });
        if moment.is_none() {
            let name = at.name().unwrap_or("moment");
            self.findings.push(
                Finding::new(at.place(), format!("`{name}`: {} is not a date and a time", at.shown())).hint(
                    "write it as in `2026-12-01 22:00`, or with its offset as in `2026-12-01T22:00:00+01:00`",
                ),
            );
        }
        moment.map(|moment| UnixMs(moment.as_millisecond()))
    }

    fn lasting(&mut self, start: UnixMs, end: UnixMs, at: At<'_>) {
        let (starts, ends) = (at.key("starts"), at.key("ends"));
        if end <= start {
            self.findings.push(
                Finding::new(
                    ends.place(),
                    format!("the planned work ends at {}, before it begins", ends.shown()),
                )
                .related(starts.place(), "it begins here")
                .hint("let it end later; a time after midnight needs the next day's date"),
            );
        } else if end.since_ms(start) > MAINTENANCE_MAX_MS {
            self.findings.push(
                Finding::new(
                    ends.place(),
                    format!("the planned work lasts longer than {}", human(MAINTENANCE_MAX_MS)),
                )
                .related(starts.place(), "it begins here")
                .hint("plan it in several parts, each with an `id` of its own"),
            );
        }
    }
}
