//! Maintenances of an import in the form of the model, as they stood at each moment at which something changed.

use anyhow::Context;
use jiff::tz::TimeZone;
use pharos_engine::day_at;
use pharos_import::slug;
use pharos_model::limits::MAINTENANCE_UPDATES_MAX;
use pharos_model::{
    Maintenance, MaintenanceId, MaintenanceSource, MaintenanceStatus, MaintenanceUpdate, UnixMs,
};

use super::update::{Taken, shown};

/// A maintenance that is told step by step.
pub struct Planned {
    source: pharos_import::Maintenance,
    id: MaintenanceId,
    /// When something changed, ascending.
    moments: Vec<UnixMs>,
}

impl Planned {
    /// A maintenance, under a name that no other has.
    ///
    /// # Errors
    /// When it can be given none.
    pub fn new(
        source: pharos_import::Maintenance,
        zone: &TimeZone,
        taken: &mut Taken,
    ) -> anyhow::Result<Self> {
        let id = if let Some(id) = &source.id {
            taken.note(id.as_str());
            id.clone()
        } else {
            let date = day_at(zone, source.scheduled_start).date;
            let words = slug(source.title.plain());
            let words = if words.is_empty() { "maintenance".to_owned() } else { words };
            let text = taken.free(&format!("{date}-{words}"));
            MaintenanceId::new(&text).with_context(|| format!("`{text}` is no name for maintenance"))?
        };
        let said = source.said.iter().map(|said| said.at);
        let mut moments: Vec<UnixMs> = [Some(source.announced_at), source.started_at, source.ended_at]
            .into_iter()
            .flatten()
            .chain(said)
            .collect();
        moments.sort_unstable();
        moments.dedup();
        Ok(Self { source, id, moments })
    }

    /// What it is about, in the page's own language.
    pub fn title(&self) -> &str {
        self.source.title.plain()
    }

    /// When something changed, ascending.
    pub fn moments(&self) -> &[UnixMs] {
        &self.moments
    }

    /// As it stood at one of these moments.
    ///
    /// # Errors
    /// When something that was said cannot be shown.
    pub fn step(&self, index: usize) -> anyhow::Result<Maintenance> {
        let source = &self.source;
        let is_last = index + 1 >= self.moments.len();
        let at = self.moments.get(index).copied().unwrap_or(source.announced_at);
        let by_then = |moment: Option<UnixMs>| moment.filter(|moment| *moment <= at);
        let said: Vec<_> = source.said.iter().filter(|said| said.at <= at).collect();
        let told = said.last().map_or(MaintenanceStatus::Scheduled, |said| said.status);
        let status = match (by_then(source.ended_at), by_then(source.started_at)) {
            _ if is_last => source.status,
            (Some(_), _) => source.status,
            (None, Some(_)) if told == MaintenanceStatus::Scheduled => MaintenanceStatus::InProgress,
            _ => told,
        };
        let surplus = said.len().saturating_sub(MAINTENANCE_UPDATES_MAX);
        let mut updates = Vec::new();
        for said in said.into_iter().skip(surplus) {
            updates.push(MaintenanceUpdate { at: said.at, status: said.status, body: shown(&said.body)? });
        }
        let revision = u32::try_from(index).unwrap_or(u32::MAX);
        Ok(Maintenance {
            id: self.id.clone(),
            title: source.title.clone(),
            description: source.description.clone(),
            source: if source.is_configured {
                MaintenanceSource::Configuration
            } else {
                MaintenanceSource::Operator
            },
            components: source.components.clone(),
            scheduled_start: source.scheduled_start,
            scheduled_end: source.scheduled_end,
            status,
            started_at: by_then(source.started_at),
            ended_at: by_then(source.ended_at),
            updates,
            series: None,
            verified_by_hand: source.verified_by_hand,
            revision: if is_last { source.revision.unwrap_or(revision) } else { revision },
            announced_at: Some(source.announced_at),
            changed_at: source.changed_at.filter(|_| is_last).or(Some(at)),
        })
    }
}
