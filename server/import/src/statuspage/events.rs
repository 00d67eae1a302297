//! Incidents and maintenances as the API tells of them.

use pharos_model::{ComponentId, Impact, IncidentStatus, MaintenanceStatus, UnixMs};

use super::turns::Told;
use super::{Reader, TOLD_MAX, page};
use crate::limits::{INCIDENTS_MAX, SAID_CHARS_MAX, TITLE_CHARS_MAX, UPDATES_MAX};
use crate::{At, ImportError, Incident, Maintenance, MaintenanceSaid, Said, Spot, from_html};

impl Reader {
    /// Takes the incidents and maintenances of a document.
    pub(super) fn events(&mut self, root: &At<'_>) -> Result<(), ImportError> {
        let incidents = root.get("incidents").map(|at| at.items()).transpose()?.unwrap_or_default();
        self.is_cut |= incidents.len() >= TOLD_MAX;
        for at in &incidents {
            self.incident(at)?;
        }
        for at in root.get("scheduled_maintenances").map(|at| at.items()).transpose()?.unwrap_or_default() {
            self.maintenance(&at)?;
        }
        Ok(())
    }

    /// Notes that something is told of; whether that is new.
    pub(super) fn first(&mut self, code: &str, at: Spot) -> Result<bool, ImportError> {
        if self.seen.len() >= INCIDENTS_MAX {
            let what = format!("there are more than {INCIDENTS_MAX} incidents");
            return Err(ImportError::new(at, what, "import less"));
        }
        Ok(self.seen.insert(code.to_owned()))
    }

    fn incident(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        let code = at.need("id")?.text()?;
        if !self.first(code, at.spot())? {
            return Ok(());
        }
        let title = self.line(&at.need("name")?)?;
        let created_at = at.need("created_at")?.moment()?;
        let began_at =
            at.get("started_at").map(|at| at.moment()).transpose()?.unwrap_or(created_at).min(created_at);
        let mut said = Vec::new();
        for update in self.updates(at)? {
            let status = incident_status(&update.need("status")?)?;
            let when = when(&update)?;
            let body = self.said(&update)?;
            let mut told = Said::new(when, status, body);
            told.components = self.affected(&update, when)?;
            said.push(told);
        }
        if said.is_empty() {
            let status = incident_status(&at.need("status")?)?;
            said.push(Said::new(created_at, status, ""));
        }
        said.sort_by_key(|said| said.at);
        for said in &said {
            self.reach(said.at);
        }
        let mut incident = Incident::new(title, began_at, said);
        incident.impact = at.get("impact").map(|at| impact(&at)).transpose()?.flatten();
        incident.resolved_at = at.get("resolved_at").map(|at| at.moment()).transpose()?;
        incident.components = self.concerned(at)?;
        self.told += 1;
        self.oldest = Some(self.oldest.map_or(began_at, |oldest| oldest.min(began_at)));
        self.haul.incidents.push(incident);
        Ok(())
    }

    fn maintenance(&mut self, at: &At<'_>) -> Result<(), ImportError> {
        let code = at.need("id")?.text()?;
        if !self.first(code, at.spot())? {
            return Ok(());
        }
        let title = self.line(&at.need("name")?)?;
        let scheduled_start = at.need("scheduled_for")?.moment()?;
        let scheduled_end = at.need("scheduled_until")?.moment()?.max(scheduled_start.plus_ms(60_000));
        let mut status = maintenance_status(&at.need("status")?)?;
        let mut said = Vec::new();
        for update in self.updates(at)? {
            let when = when(&update)?;
            self.affected(&update, when)?;
            let status = maintenance_status(&update.need("status")?)?;
            said.push(MaintenanceSaid { at: when, status, body: self.said(&update)?.into() });
        }
        said.sort_by_key(|said| said.at);
        let created_at = at.get("created_at").map(|at| at.moment()).transpose()?;
        let first = said.first().map(|said| said.at);
        let announced_at =
            created_at.or(first).unwrap_or(scheduled_start).min(first.unwrap_or(scheduled_start));
        for said in &said {
            self.reach(said.at);
        }
        let begun = said.iter().find(|said| said.status.is_active()).map(|said| said.at);
        let ended = said.iter().find(|said| said.status.is_over()).map(|said| said.at);
        let ended_at = match ended.filter(|_| status.is_over()) {
            None if status.is_over() => Some(ended_at(at, scheduled_end)?),
            ended => ended,
        };
        let is_called_off = ended_at.is_some_and(|ended| begun.is_none() && ended < scheduled_start);
        if is_called_off {
            // There is no word for that there.
            status = MaintenanceStatus::Cancelled;
            for said in said.iter_mut().filter(|said| said.status.is_over()) {
                said.status = status;
            }
        }
        let components = self.concerned(at)?;
        if components.is_empty() {
            let why = "it names no components, and maintenance is always of some here";
            self.haul.leave(at.spot(), format!("the maintenance `{title}`"), why);
            return Ok(());
        }
        self.haul.maintenances.push(Maintenance {
            title: title.into(),
            components,
            announced_at,
            scheduled_start,
            scheduled_end,
            status,
            started_at: begun.or(ended_at.filter(|_| !is_called_off).map(|_| scheduled_start)),
            ended_at,
            said,
            ..Maintenance::default()
        });
        Ok(())
    }

    /// Updates, of which there is a bound.
    fn updates<'n>(&mut self, at: &At<'n>) -> Result<Vec<At<'n>>, ImportError> {
        let Some(list) = at.get("incident_updates") else { return Ok(Vec::new()) };
        let mut updates = list.items()?;
        if updates.len() > UPDATES_MAX {
            let what = format!("{} of its updates", updates.len() - UPDATES_MAX);
            self.haul.leave(list.spot(), what, format!("{UPDATES_MAX} are kept, the newest"));
            // The newest stand first.
            updates.truncate(UPDATES_MAX);
        }
        Ok(updates)
    }

    pub(super) fn line(&mut self, at: &At<'_>) -> Result<String, ImportError> {
        let text = at.text()?.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Ok("Incident".to_owned());
        }
        if text.chars().nth(TITLE_CHARS_MAX).is_some() {
            self.haul.leave(
                at.spot(),
                "the end of a long title",
                format!("it may have {TITLE_CHARS_MAX} characters"),
            );
        }
        Ok(text.chars().take(TITLE_CHARS_MAX).collect())
    }

    fn said(&mut self, update: &At<'_>) -> Result<String, ImportError> {
        let Some(body) = update.get("body") else { return Ok(String::new()) };
        let text = from_html(body.text()?);
        Ok(self.bounded(text, body.spot()))
    }

    /// What was said, as much of it as may be.
    pub(super) fn bounded(&mut self, text: String, spot: Spot) -> String {
        if text.chars().nth(SAID_CHARS_MAX).is_none() {
            return text;
        }
        self.haul.leave(spot, "the end of a long update", format!("it may have {SAID_CHARS_MAX} characters"));
        text.chars().take(SAID_CHARS_MAX).collect()
    }

    /// The components that an update says something of; each is a turn as well.
    fn affected(
        &mut self,
        update: &At<'_>,
        when: UnixMs,
    ) -> Result<Vec<(ComponentId, pharos_model::Status)>, ImportError> {
        let mut affected = Vec::new();
        for at in update.get("affected_components").map(|at| at.items()).transpose()?.unwrap_or_default() {
            // An older form only says that nothing was affected.
            let (Some(code), Some(after)) = (at.get("code"), at.get("new_status")) else { continue };
            let Some(known) = self.known.get(code.text()?) else {
                let what = format!("what it says of the component {}", code.shown());
                self.haul.leave(at.spot(), what, "it is no longer on the page");
                continue;
            };
            let id = known.id.clone();
            let after = page::status(&after)?;
            let before = at.get("old_status").map(|at| page::status(&at)).transpose()?;
            self.turns.push(Told { at: when, component: id.clone(), before, after });
            affected.push((id, after));
        }
        Ok(affected)
    }

    /// The components that an incident or a maintenance concerns.
    fn concerned(&mut self, at: &At<'_>) -> Result<Vec<ComponentId>, ImportError> {
        let mut ids = Vec::new();
        for at in at.get("components").map(|at| at.items()).transpose()?.unwrap_or_default() {
            let code = at.need("id")?;
            match self.known.get(code.text()?) {
                Some(known) if !ids.contains(&known.id) => ids.push(known.id.clone()),
                Some(_) => {}
                // A group stands for its components, which are named too.
                None if at.get("group").is_some_and(|group| group.truth() == Ok(true)) => {}
                None => {
                    let what = format!("that it concerns the component {}", code.shown());
                    self.haul.leave(at.spot(), what, "it is no longer on the page");
                }
            }
        }
        Ok(ids)
    }
}

/// When maintenance was over of whose end no update tells: at the latest when anything of it last changed.
fn ended_at(at: &At<'_>, scheduled_end: UnixMs) -> Result<UnixMs, ImportError> {
    let moment = |key: &str| at.get(key).map(|at| at.moment()).transpose();
    let changed_at = moment("updated_at")?.map_or(scheduled_end, |changed| changed.min(scheduled_end));
    Ok(moment("resolved_at")?.unwrap_or(changed_at))
}

/// When an update is shown to be said.
fn when(update: &At<'_>) -> Result<UnixMs, ImportError> {
    match update.get("display_at") {
        Some(at) => at.moment(),
        None => update.need("created_at")?.moment(),
    }
}

fn incident_status(at: &At<'_>) -> Result<IncidentStatus, ImportError> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    let word = at.text()?;
    [Investigating, Identified, Monitoring, Resolved, Postmortem]
        .into_iter()
        .find(|status| status.as_str() == word)
        .ok_or_else(|| {
            let hint = "there are investigating, identified, monitoring, resolved, postmortem";
            at.error(format!("{} is no status of an incident", at.shown()), hint)
        })
}

fn maintenance_status(at: &At<'_>) -> Result<MaintenanceStatus, ImportError> {
    use MaintenanceStatus::{Completed, InProgress, Scheduled, Verifying};
    let word = at.text()?;
    [Scheduled, InProgress, Verifying, Completed]
        .into_iter()
        .find(|status| status.as_str() == word)
        .ok_or_else(|| {
            let hint = "there are scheduled, in_progress, verifying, completed";
            at.error(format!("{} is no status of maintenance", at.shown()), hint)
        })
}

/// An impact by its word; nothing for `maintenance`.
pub fn impact(at: &At<'_>) -> Result<Option<Impact>, ImportError> {
    let word = at.text()?;
    if word == "maintenance" {
        return Ok(None);
    }
    let found = [Impact::None, Impact::Minor, Impact::Major, Impact::Critical];
    let found = found.into_iter().find(|impact| impact.as_str() == word);
    found.map(Some).ok_or_else(|| {
        at.error(format!("{} is no impact", at.shown()), "there are none, minor, major, critical")
    })
}
