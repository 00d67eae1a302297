//! Incidents and maintenances as the API of Pharos tells of them.

use pharos_model::{
    Impact, IncidentId, IncidentStatus, MaintenanceId, MaintenanceStatus, Transition, UnixMs,
};

use super::{Reader, id_of, status};
use crate::limits::INCIDENTS_MAX;
use crate::{At, Document, ImportError, Incident, Maintenance, MaintenanceSaid, Said};

/// The word among others of which each knows its own.
fn word<T: Copy>(at: &At<'_>, words: &[T], own: fn(T) -> &'static str) -> Result<T, ImportError> {
    let text = at.text()?;
    let found = words.iter().copied().find(|word| own(*word) == text);
    found.ok_or_else(|| {
        at.error(format!("{} is no word that is known here", at.shown()), "export it once more")
    })
}

fn incident_status(at: &At<'_>) -> Result<IncidentStatus, ImportError> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    word(at, &[Investigating, Identified, Monitoring, Resolved, Postmortem], IncidentStatus::as_str)
}

fn maintenance_status(at: &At<'_>) -> Result<MaintenanceStatus, ImportError> {
    use MaintenanceStatus::{Cancelled, Completed, InProgress, Scheduled, Verifying};
    word(at, &[Scheduled, InProgress, Verifying, Completed, Cancelled], MaintenanceStatus::as_str)
}

fn optional_moment(at: &At<'_>, key: &str) -> Result<Option<UnixMs>, ImportError> {
    at.get(key).map(|at| at.moment()).transpose()
}

fn optional_truth(at: &At<'_>, key: &str) -> Result<bool, ImportError> {
    Ok(at.get(key).map(|at| at.truth()).transpose()?.unwrap_or(false))
}

fn revision(at: &At<'_>) -> Result<Option<u32>, ImportError> {
    let number = at.get("revision").map(|at| at.number()).transpose()?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

impl Reader {
    pub(super) fn incidents(&mut self, document: &Document) -> Result<(), ImportError> {
        let root = document.json()?;
        let list = document.at(&root).items()?;
        if self.haul.incidents.len() + list.len() > INCIDENTS_MAX {
            return Err(document.at(&root).error("there are too many incidents", "restore a backup instead"));
        }
        for at in list {
            let incident = self.incident(&at)?;
            self.haul.incidents.push(incident);
        }
        Ok(())
    }

    fn incident(&mut self, at: &At<'_>) -> Result<Incident, ImportError> {
        let id_at = at.need("id")?;
        let id = IncidentId::new(id_at.text()?)
            .map_err(|_| id_at.error(format!("{} is no identifier", id_at.shown()), "export it once more"))?;
        let mut said = Vec::new();
        for update in at.need("updates")?.items()? {
            said.push(self.update(&update)?);
        }
        let is_automatic = at.need("source")?.text()? == "automatic";
        let opens_by_itself =
            said.first().is_some_and(|first| matches!(first.noticed, Some(Transition::Detected(_))));
        // The title of one that Pharos opened is made anew, in the language of each reader.
        let title = if is_automatic && opens_by_itself {
            String::new().into()
        } else {
            self.text(&at.need("title")?)?
        };
        let impact = word(
            &at.need("impact")?,
            &[Impact::None, Impact::Minor, Impact::Major, Impact::Critical],
            Impact::as_str,
        )?;
        let components = at.need("components")?.items()?.iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
        let last = said.last().map(|last| last.at);
        self.haul.covers = self.haul.covers.max(last);
        Ok(Incident {
            id: Some(id),
            impact: Some(impact),
            impact_stated: optional_truth(at, "impact_stated")?,
            components,
            resolved_at: optional_moment(at, "resolved_at")?,
            is_automatic,
            is_led_by_people: optional_truth(at, "taken_over")?,
            root: at.get("root").map(|at| id_of(&at)).transpose()?,
            is_pinned: optional_truth(at, "pinned")?,
            revision: revision(at)?,
            edited_at: optional_moment(at, "edited_at")?,
            ..Incident::new(title, at.need("began_at")?.moment()?, said)
        })
    }

    fn update(&mut self, at: &At<'_>) -> Result<Said, ImportError> {
        let found = at.get("found").map(|at| status(&at)).transpose()?;
        let kind = at.need("kind")?;
        let noticed = match (kind.text()?, found) {
            ("detected", Some(found)) => Some(Transition::Detected(found)),
            ("changed", Some(found)) => Some(Transition::Changed(found)),
            ("relapsed", Some(found)) => Some(Transition::Relapsed(found)),
            ("recovering", _) => Some(Transition::Recovering),
            ("resolved", _) => Some(Transition::Resolved),
            ("withdrawn", _) => Some(Transition::Withdrawn),
            ("written", _) => None,
            ("merged" | "joined", _) => {
                self.haul.leave(
                    at.spot(),
                    "with which incident it was put together",
                    "an export does not name it",
                );
                None
            }
            _ => {
                return Err(kind.error(
                    format!("{} is no word that is known here", kind.shown()),
                    "export it once more",
                ));
            }
        };
        let body = match at.get("body") {
            Some(body) => self.text(&body)?,
            None => String::new().into(),
        };
        let mut said = Said::new(at.need("at")?.moment()?, incident_status(&at.need("status")?)?, body);
        for affected in at.get("components").map(|at| at.items()).transpose()?.unwrap_or_default() {
            said.components.push((id_of(&affected.need("component")?)?, status(&affected.need("status")?)?));
        }
        said.noticed = noticed;
        said.next_update_by = optional_moment(at, "next_update_by")?;
        said.kept = match at.get("promise").map(|at| at.text()).transpose()? {
            Some("kept") => Some(true),
            Some("missed") => Some(false),
            _ => None,
        };
        said.edited_at = optional_moment(at, "edited_at")?;
        Ok(said)
    }

    pub(super) fn maintenances(&mut self, document: &Document) -> Result<(), ImportError> {
        let root = document.json()?;
        for at in document.at(&root).items()? {
            let maintenance = self.maintenance(&at)?;
            self.haul.maintenances.push(maintenance);
        }
        Ok(())
    }

    fn maintenance(&mut self, at: &At<'_>) -> Result<Maintenance, ImportError> {
        let id_at = at.need("id")?;
        let id = MaintenanceId::new(id_at.text()?)
            .map_err(|_| id_at.error(format!("{} is no identifier", id_at.shown()), "export it once more"))?;
        if let Some(series) = at.get("series") {
            self.haul.leave(
                series.spot(),
                format!("the series {}", series.shown()),
                "plan it anew in the admin",
            );
        }
        let mut said = Vec::new();
        for update in at.get("updates").map(|at| at.items()).transpose()?.unwrap_or_default() {
            said.push(MaintenanceSaid {
                at: update.need("at")?.moment()?,
                status: maintenance_status(&update.need("status")?)?,
                body: self.text(&update.need("body")?)?,
            });
        }
        let scheduled_start = at.need("scheduled_start")?.moment()?;
        let first = said.first().map(|said| said.at);
        let started_at = optional_moment(at, "started_at")?;
        let components = at.need("components")?.items()?.iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
        let guessed = [first, started_at].into_iter().flatten().fold(scheduled_start, UnixMs::min);
        let announced_at = optional_moment(at, "announced_at")?.unwrap_or(guessed);
        Ok(Maintenance {
            id: Some(id),
            title: self.text(&at.need("title")?)?,
            description: self.text(&at.need("description")?)?,
            components,
            announced_at,
            scheduled_start,
            scheduled_end: at.need("scheduled_end")?.moment()?,
            status: maintenance_status(&at.need("status")?)?,
            started_at,
            ended_at: optional_moment(at, "ended_at")?,
            said,
            verified_by_hand: optional_truth(at, "verified_by_hand")?,
            is_configured: at.need("source")?.text()? == "configuration",
            revision: revision(at)?,
            changed_at: optional_moment(at, "changed_at")?,
        })
    }
}
