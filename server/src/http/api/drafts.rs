//! Drafts: what is kept for later, and published by a person or at its time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pharos_engine::desk::{Command, Draft, DraftId, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::act::{Acted, act};
use super::announcements::AnnouncementInput;
use super::extract::{Body, Named};
use super::incident_shapes::{IncidentInput, UpdateInput};
use super::incidents::own_language;
use super::maintenances::{MaintenanceInput, MaintenanceUpdateInput};
use super::problem::{Problem, Problems};
use super::wire::{Moment, incident_id, maintenance_id};
use crate::accounts::Scope;
use crate::http::Services;
use crate::known::Known;
use crate::operators;

/// What is kept for later.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftContent {
    /// An incident to be opened.
    Incident(Box<IncidentInput>),
    /// Something to be said about an incident.
    IncidentUpdate {
        /// Which incident.
        incident: String,
        /// What is said.
        update: Box<UpdateInput>,
    },
    /// Maintenance to be planned.
    Maintenance(Box<MaintenanceInput>),
    /// Something to be said about maintenance.
    MaintenanceUpdate {
        /// Which maintenance.
        maintenance: String,
        /// What is said.
        update: Box<MaintenanceUpdateInput>,
    },
    /// An announcement to be made.
    Announcement(Box<AnnouncementInput>),
}

impl DraftContent {
    fn into_command(self, own: &str) -> Result<Command, Problem> {
        Ok(match self {
            Self::Incident(incident) => Command::OpenIncident(Box::new(incident.into_incident(own)?)),
            Self::IncidentUpdate { incident, update } => Command::UpdateIncident {
                id: incident_id(&incident)?,
                revision: None,
                update: Box::new(update.into_update(own)?),
            },
            Self::Maintenance(planned) => Command::PlanMaintenance(Box::new(planned.into_maintenance(own)?)),
            Self::MaintenanceUpdate { maintenance, update } => {
                update.into_command(maintenance_id(&maintenance)?, None, own)?
            }
            Self::Announcement(announcement) => {
                Command::Announce(Box::new(announcement.into_announcement(own)?))
            }
        })
    }
}

/// A draft to be kept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftInput {
    /// What is kept.
    pub content: DraftContent,
    /// When to publish it; by hand unless it is stated.
    #[serde(default)]
    pub publish_at: Option<Moment>,
}

/// A draft.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// Its identifier.
    pub id: String,
    /// How often it was changed.
    pub revision: u32,
    /// What it does when it is published, as the audit log names it.
    #[schema(example = "incident.open")]
    pub action: &'static str,
    /// What it says first: a title, or the beginning of what is said.
    pub summary: String,
    /// When it is published by itself.
    pub publish_at: Option<Moment>,
    /// Why it could not be published at its time.
    pub failed: Option<String>,
}

impl DraftView {
    /// Of a draft.
    pub fn of(draft: &Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            revision: draft.revision,
            action: operators::action(&draft.command),
            summary: summary(&draft.command),
            publish_at: draft.publish_at.map(Moment),
            failed: draft.failed.clone(),
        }
    }
}

fn summary(command: &Command) -> String {
    const CHARS_MAX: usize = 120;
    let text = match command {
        Command::OpenIncident(new) => new.title.plain(),
        Command::UpdateIncident { update, .. } => update.body.source.plain(),
        Command::PlanMaintenance(new) => new.title.plain(),
        Command::UpdateMaintenance { body, .. } => body.source.plain(),
        Command::Announce(new) => new.title.plain(),
        _ => "",
    };
    text.chars().take(CHARS_MAX).collect()
}

/// What the draft's own command takes: who may not do it now may not have it done later.
fn scope(command: &Command) -> Scope {
    match command {
        Command::PlanMaintenance(_) | Command::UpdateMaintenance { .. } => Scope::Maintenances,
        Command::Announce(_) => Scope::Announcements,
        _ => Scope::Incidents,
    }
}

fn allowed(caller: &Caller, command: &Command) -> Result<(), Problem> {
    let scope = scope(command);
    if caller.principal.may(scope) {
        return Ok(());
    }
    Err(Problem::new("forbidden", format!("this takes the scope \"{}\"", scope.as_str()))
        .hint("ask an admin"))
}

fn draft_id(text: &str) -> Result<DraftId, Problem> {
    DraftId::new(text).map_err(|_| Problem::not_found("draft"))
}

fn found<'a>(known: &'a Known, id: &DraftId) -> Result<&'a Draft, Problem> {
    known.desk.drafts.get(id).ok_or_else(|| Problem::not_found("draft"))
}

/// List drafts
#[utoipa::path(get, path = "/drafts", tag = "drafts", responses((status = 200, body = Vec<DraftView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<DraftView>> {
    let desk = Arc::clone(&services.known.borrow().desk);
    Json(desk.drafts.values().map(DraftView::of).collect())
}

/// Keep something for later
#[utoipa::path(post, path = "/drafts", tag = "drafts", request_body = DraftInput,
    responses((status = 201, body = DraftView), Problems))]
pub async fn add(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<DraftInput>,
) -> Result<Response, Problem> {
    let command = body.value.content.into_command(&own_language(&services))?;
    allowed(&caller, &command)?;
    let publish_at = body.value.publish_at.map(|moment| moment.0);
    let draft = Draft { id: DraftId::default(), command, publish_at, failed: None, revision: 0 };
    let Acted { subject, known } =
        act(&services, &caller, Command::SaveDraft(Box::new(draft)), body.once).await?;
    let Subject::Draft(id) = &subject else { return Err(Problem::not_found("draft")) };
    Ok((StatusCode::CREATED, Json(DraftView::of(found(&known, id)?))).into_response())
}

/// Read a draft
#[utoipa::path(get, path = "/drafts/{id}", tag = "drafts", params(("id" = String, Path)),
    responses((status = 200, body = DraftView), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Json<DraftView>, Problem> {
    Ok(Json(DraftView::of(found(&services.known.borrow(), &draft_id(&id)?)?)))
}

/// Let a draft go
#[utoipa::path(delete, path = "/drafts/{id}", tag = "drafts", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn remove(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    act(&services, &caller, Command::DropDraft { id: draft_id(&id)? }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What publishing a draft made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Published {
    /// Its address below the API.
    #[schema(example = "/api/v1/incidents/2026-11-26-checkout-is-slow")]
    pub made: String,
}

/// Publish a draft now
#[utoipa::path(post, path = "/drafts/{id}/publish", tag = "drafts", params(("id" = String, Path)),
    responses((status = 200, body = Published), Problems))]
pub async fn publish(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Json<Published>, Problem> {
    let id = draft_id(&id)?;
    allowed(&caller, &found(&services.known.borrow(), &id)?.command)?;
    let done = act(&services, &caller, Command::PublishDraft { id }, None).await?;
    let base = &services.pages.snapshot().page.presentation.base_path;
    Ok(Json(Published { made: format!("{base}{}/{}", super::ROOT, operators::target(&done.subject)) }))
}
