//! How things look in the answers of tools: identifiers and words as in the API, moments after RFC 3339, texts in the page's own language.

use pharos_model::{
    ComponentId, Incident, IncidentUpdate, Maintenance, MaintenanceUpdate, Transition, Uptime,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::source::Source;
use crate::http::api::wire::{
    ComponentStatus, ImpactWord, IncidentStatusWord, MaintenanceStatusWord, Moment,
};

/// Who said something.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Pharos, of what its checks saw.
    Pharos,
    /// A person.
    Operator,
}

/// Something that was said about an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UpdateTold {
    /// When.
    pub at: Moment,
    /// Where the incident stood from then on.
    pub status: IncidentStatusWord,
    /// Who said it.
    pub by: Speaker,
    /// What was said, as plain text.
    pub text: String,
    /// What components were said to be in from then on.
    pub components: Vec<ComponentStatus>,
    /// By when more was promised.
    pub next_update_by: Option<Moment>,
    /// Whether that promise was kept; `null` where there was none, or nobody knows yet.
    pub promise_kept: Option<bool>,
    /// When it was last edited.
    pub edited_at: Option<Moment>,
}

impl UpdateTold {
    /// Of an update.
    pub fn of(source: &Source, incident: &Incident, update: &IncidentUpdate) -> Self {
        Self {
            at: Moment(update.at),
            status: update.status.into(),
            by: match update.transition {
                Transition::Written(_) => Speaker::Operator,
                _ => Speaker::Pharos,
            },
            text: source.view.said(incident, update).join("\n"),
            components: update.components.iter().map(Into::into).collect(),
            next_update_by: update.next_update_by.map(Moment),
            promise_kept: update.next_update_by.and(update.kept),
            edited_at: update.edited_at.map(Moment),
        }
    }
}

/// An incident in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentTold {
    /// What it is called by.
    pub id: String,
    /// One line.
    pub title: String,
    /// Whether it is open.
    pub open: bool,
    /// Where it stands.
    pub status: IncidentStatusWord,
    /// The worst it has been.
    pub impact: ImpactWord,
    /// The components it concerns.
    pub components: Vec<String>,
    /// When the trouble began.
    pub began_at: Moment,
    /// When it was resolved.
    pub resolved_at: Option<Moment>,
    /// What was said last.
    pub latest: Option<UpdateTold>,
    /// Its page.
    pub address: String,
}

impl IncidentTold {
    /// Of an incident.
    pub fn of(source: &Source, incident: &Incident) -> Self {
        let latest = incident.updates.last();
        Self {
            id: incident.id.to_string(),
            title: source.view.words.incident_title(source.snapshot(), incident),
            open: incident.is_open(),
            status: incident.status.into(),
            impact: incident.impact.into(),
            components: names(&incident.components),
            began_at: Moment(incident.began_at),
            resolved_at: incident.resolved_at.map(Moment),
            latest: latest.map(|update| UpdateTold::of(source, incident, update)),
            address: source.view.address(&["/incidents/", incident.id.as_str()].concat()),
        }
    }
}

/// Something that was said about maintenance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceUpdateTold {
    /// When.
    pub at: Moment,
    /// Where the maintenance stood from then on.
    pub status: MaintenanceStatusWord,
    /// What was said, in Markdown.
    pub text: String,
}

/// Maintenance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceTold {
    /// What it is called by.
    pub id: String,
    /// One line.
    pub title: String,
    /// What is done and what to expect.
    pub description: String,
    /// Where it stands.
    pub status: MaintenanceStatusWord,
    /// The components it concerns.
    pub components: Vec<String>,
    /// When it is to begin.
    pub scheduled_start: Moment,
    /// When it is to end.
    pub scheduled_end: Moment,
    /// When it began.
    pub started_at: Option<Moment>,
    /// When it was over.
    pub ended_at: Option<Moment>,
    /// What was said about it, oldest first.
    pub updates: Vec<MaintenanceUpdateTold>,
}

impl MaintenanceTold {
    /// Of maintenance.
    pub fn of(source: &Source, known: &Maintenance) -> Self {
        let update = |update: &MaintenanceUpdate| MaintenanceUpdateTold {
            at: Moment(update.at),
            status: update.status.into(),
            text: source.said(&update.body.source).to_owned(),
        };
        Self {
            id: known.id.to_string(),
            title: source.said(&known.title).to_owned(),
            description: source.said(&known.description).to_owned(),
            status: known.status.into(),
            components: names(&known.components),
            scheduled_start: Moment(known.scheduled_start),
            scheduled_end: Moment(known.scheduled_end),
            started_at: known.started_at.map(Moment),
            ended_at: known.ended_at.map(Moment),
            updates: known.updates.iter().map(update).collect(),
        }
    }
}

/// An uptime with what it rests on.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct UptimeTold {
    /// In percent of the time that was either good or bad, rounded down; `null` where there was none, which is neither 100 nor 0.
    pub percent: Option<f64>,
    /// In what share of the time somebody looked, in percent. Time in which nobody looked counts neither way.
    pub coverage_percent: f64,
    /// Whether that is enough for the figure to be shown without a warning.
    pub covered: bool,
}

impl From<Uptime> for UptimeTold {
    fn from(uptime: Uptime) -> Self {
        Self {
            percent: uptime.uptime_bp.map(percent),
            coverage_percent: percent(uptime.coverage_bp),
            covered: uptime.covered,
        }
    }
}

fn percent(basis_points: u32) -> f64 {
    f64::from(basis_points) / 100.0
}

/// Identifiers as texts.
pub fn names(ids: &[ComponentId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
