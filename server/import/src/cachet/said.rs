//! Incidents and planned work.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, IncidentStatus, MaintenanceStatus, Status};

use super::item::Item;
use super::{Answer, List, Reader, listed};
use crate::layers::Stretch;
use crate::limits::{INCIDENTS_MAX, SAID_CHARS_MAX, TITLE_CHARS_MAX, UPDATES_MAX};
use crate::{ImportError, Incident, Maintenance, MaintenanceSaid, Said};

/// Where an incident stands, by its number. Nothing for work that was planned, as early versions have it.
fn incident_status(item: &Item<'_>) -> Result<Option<IncidentStatus>, ImportError> {
    Ok(Some(match item.number("status")? {
        None | Some(1) => IncidentStatus::Investigating,
        Some(2) => IncidentStatus::Identified,
        Some(3) => IncidentStatus::Monitoring,
        Some(4) => IncidentStatus::Resolved,
        Some(0) => return Ok(None),
        Some(number) => {
            let what = format!("its `status` is {number}, which is no status of an incident");
            return Err(ImportError::new(item.spot(), what, "there are 0 to 4"));
        }
    }))
}

impl Reader {
    /// Takes incidents and planned work.
    pub(super) fn said(&mut self, answers: &[Answer]) -> Result<(), ImportError> {
        let along = |kind: &str, list: List| -> Result<BTreeMap<u64, Item<'_>>, ImportError> {
            let mut all = BTreeMap::new();
            for answer in answers.iter().filter(|answer| answer.list == list) {
                all.extend(answer.along(kind)?);
            }
            Ok(all)
        };
        let updates = along("updates", List::Incidents)?;
        for (_, incident) in listed(answers, List::Incidents)?.into_iter().take(INCIDENTS_MAX) {
            self.incident(&incident, &updates)?;
        }
        for (_, schedule) in listed(answers, List::Schedules)?.into_iter().take(INCIDENTS_MAX) {
            self.schedule(&schedule)?;
        }
        Ok(())
    }

    fn title(&mut self, item: &Item<'_>) -> Result<String, ImportError> {
        let text = item.text("name")?;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().nth(TITLE_CHARS_MAX).is_some() {
            self.haul.leave(
                item.spot(),
                "the end of a long title",
                format!("it may have {TITLE_CHARS_MAX} characters"),
            );
        }
        let title: String = line.chars().take(TITLE_CHARS_MAX).collect();
        Ok(if title.is_empty() { "Incident".to_owned() } else { title })
    }

    fn message(&mut self, item: &Item<'_>) -> Result<String, ImportError> {
        let text = item.text("message")?;
        if text.chars().nth(SAID_CHARS_MAX).is_some() {
            self.haul.leave(
                item.spot(),
                "the end of a long text",
                format!("it may have {SAID_CHARS_MAX} characters"),
            );
        }
        Ok(text.chars().take(SAID_CHARS_MAX).collect())
    }

    fn incident(&mut self, incident: &Item<'_>, along: &BTreeMap<u64, Item<'_>>) -> Result<(), ImportError> {
        let title = self.title(incident)?;
        if !incident.is_public()? {
            self.haul.leave(incident.spot(), "an incident", "visitors did not see it");
            return Ok(());
        }
        let Some(status) = incident_status(incident)? else {
            let why = "it is planned work of an early version, which does not say when it was to end";
            self.haul.leave(incident.spot(), format!("the maintenance \"{title}\""), why);
            return Ok(());
        };
        let created_at = incident.must("created")?;
        let began_at = incident.when("occurred")?.unwrap_or(created_at);
        let mut updates: Vec<Item<'_>> = match incident.get("updates").filter(crate::At::is_list) {
            Some(list) => list.items()?.into_iter().map(Item::of).collect(),
            None => incident.related("updates")?.iter().filter_map(|id| along.get(id).cloned()).collect(),
        };
        if updates.len() > UPDATES_MAX {
            let what = format!("{} updates of an incident", updates.len() - UPDATES_MAX);
            self.haul.leave(incident.spot(), what, format!("{UPDATES_MAX} are kept"));
            updates.truncate(UPDATES_MAX);
        }
        let mut said = Vec::new();
        for update in &updates {
            let at = update.must("created")?.max(began_at);
            let status = incident_status(update)?.unwrap_or(IncidentStatus::Investigating);
            said.push(Said::new(at, status, self.message(update)?));
        }
        said.sort_by_key(|said| said.at);
        // Cachet gives an incident the status of its last update: the first word was what nobody keeps.
        let first = if said.is_empty() && status != IncidentStatus::Resolved {
            status
        } else {
            IncidentStatus::Investigating
        };
        said.insert(0, Said::new(began_at, first, self.message(incident)?));
        if status == IncidentStatus::Resolved && said.iter().all(|said| said.status.is_open()) {
            let at = incident.when("updated")?.unwrap_or(began_at);
            let last = said.last().map_or(began_at, |last| last.at);
            said.push(Said::new(at.max(last), IncidentStatus::Resolved, String::new()));
        }
        if let Some(last) = said.last() {
            self.reach(last.at);
        }
        let mut told = Incident::new(title, began_at, said);
        told.components = self.concerned(incident)?;
        told.is_pinned = status.is_open() && incident.number("stickied")? == Some(1);
        self.haul.incidents.push(told);
        Ok(())
    }

    fn concerned(&mut self, item: &Item<'_>) -> Result<Vec<ComponentId>, ImportError> {
        let mut ids: Vec<u64> = item.number("component_id")?.filter(|id| *id > 0).into_iter().collect();
        ids.extend(item.related("components")?);
        for part in item
            .get("components")
            .filter(crate::At::is_list)
            .map(|list| list.items())
            .transpose()?
            .unwrap_or_default()
        {
            ids.push(part.get("component_id").map_or_else(|| part.need("id"), Ok)?.number()?);
        }
        let mut known: Vec<ComponentId> = Vec::new();
        for id in ids {
            match self.known.get(&id) {
                Some(component) if !known.contains(component) => known.push(component.clone()),
                Some(_) => {}
                None => self.haul.leave(
                    item.spot(),
                    format!("that it concerns the component {id}"),
                    "it is not on the page",
                ),
            }
        }
        Ok(known)
    }

    fn schedule(&mut self, schedule: &Item<'_>) -> Result<(), ImportError> {
        let title = self.title(schedule)?;
        let components = self.concerned(schedule)?;
        let left = format!("the maintenance \"{title}\"");
        if components.is_empty() {
            let why = "it names no component that is carried, and maintenance is always of some here";
            self.haul.leave(schedule.spot(), left, why);
            return Ok(());
        }
        let status = match schedule.number("status")?.unwrap_or(0) {
            0 => MaintenanceStatus::Scheduled,
            1 => MaintenanceStatus::InProgress,
            2 => MaintenanceStatus::Completed,
            number => {
                let what = format!("its `status` is {number}, which is no status of planned work");
                return Err(ImportError::new(schedule.spot(), what, "there are 0, 1 and 2"));
            }
        };
        let start = schedule.must("scheduled")?;
        let Some(end) = schedule.when("completed")?.filter(|end| *end > start) else {
            let why = "it does not say when it is to end; plan it in the admin";
            self.haul.leave(schedule.spot(), left, why);
            return Ok(());
        };
        let announced_at = schedule.when("created")?.unwrap_or(start).min(start);
        let step = |at, status| MaintenanceSaid { at, status, body: String::new().into() };
        let mut said = Vec::new();
        if status != MaintenanceStatus::Scheduled {
            said.push(step(start, MaintenanceStatus::InProgress));
            self.reach(start);
            for id in &components {
                let stretch = Stretch { from: start, until: end, status: Status::UnderMaintenance };
                self.stretches.entry(id.clone()).or_default().push(stretch);
            }
        }
        if status == MaintenanceStatus::Completed {
            said.push(step(end, MaintenanceStatus::Completed));
            self.reach(end);
        }
        let description = self.message(schedule)?;
        self.haul.maintenances.push(Maintenance {
            title: title.into(),
            description: description.into(),
            components,
            announced_at,
            scheduled_start: start,
            scheduled_end: end,
            status,
            started_at: status.ne(&MaintenanceStatus::Scheduled).then_some(start),
            ended_at: (status == MaintenanceStatus::Completed).then_some(end),
            said,
            ..Maintenance::default()
        });
        Ok(())
    }
}
