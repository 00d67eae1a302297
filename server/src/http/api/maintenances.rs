//! Maintenance, planned and in progress, and series of it.
#![expect(unused_qualifications, reason = "what the macro writes for the parameters of a query")]

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue, LOCATION};
use pharos_engine::desk::{Command, MaintenanceEdit, NewMaintenance, Subject};
use pharos_model::{Maintenance, MaintenanceId, MaintenanceSource, Prose, Text, UnixMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::act::{Acted, act};
use super::extract::{Asked, Body, Named, Seen, cursor, etag, limit, place};
use super::incidents::own_language;
use super::problem::{Problem, Problems};
use super::wire::{MaintenanceStatusWord, Moment, TextValue, components, maintenance_id};
use crate::http::Services;
use crate::known::Known;
use crate::operators::{OnceKey, prose};

/// Who planned maintenance.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlannedBy {
    /// It stands in the configuration file and is changed there.
    Configuration,
    /// A person.
    Operator,
}

/// Something said about maintenance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceUpdateView {
    /// When.
    pub at: Moment,
    /// Where the maintenance stood from then on.
    pub status: MaintenanceStatusWord,
    /// What was said, in Markdown.
    pub body: TextValue,
    /// The same as HTML that is safe to show.
    pub html: String,
}

/// Maintenance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenanceView {
    /// Its identifier.
    #[schema(example = "2026-11-28-database-upgrade")]
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// One line.
    pub title: TextValue,
    /// What is done and what to expect.
    pub description: TextValue,
    /// Who planned it.
    pub source: PlannedBy,
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
    /// When it was announced.
    pub announced_at: Option<Moment>,
    /// When anything of it last changed.
    pub changed_at: Option<Moment>,
    /// Whether it ends with a look whether all is well, instead of by itself at its time.
    pub verified_by_hand: bool,
    /// The series it belongs to.
    pub series: Option<String>,
    /// Oldest first.
    pub updates: Vec<MaintenanceUpdateView>,
}

impl MaintenanceView {
    /// Of maintenance.
    pub fn of(known: &Maintenance, own: &str) -> Self {
        let updates = known.updates.iter().map(|update| MaintenanceUpdateView {
            at: Moment(update.at),
            status: update.status.into(),
            body: TextValue::of(&update.body.source, own),
            html: update.body.html.plain().to_owned(),
        });
        Self {
            id: known.id.to_string(),
            revision: known.revision,
            title: TextValue::of(&known.title, own),
            description: TextValue::of(&known.description, own),
            source: match known.source {
                MaintenanceSource::Configuration => PlannedBy::Configuration,
                MaintenanceSource::Operator => PlannedBy::Operator,
            },
            status: known.status.into(),
            components: known.components.iter().map(ToString::to_string).collect(),
            scheduled_start: Moment(known.scheduled_start),
            scheduled_end: Moment(known.scheduled_end),
            started_at: known.started_at.map(Moment),
            ended_at: known.ended_at.map(Moment),
            announced_at: known.announced_at.map(Moment),
            changed_at: known.changed_at.map(Moment),
            verified_by_hand: known.verified_by_hand,
            series: known.series.as_ref().map(ToString::to_string),
            updates: updates.collect(),
        }
    }
}

/// Maintenance to be planned, or to begin at once.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceInput {
    /// One line, as visitors read it.
    pub title: TextValue,
    /// What is done and what to expect.
    #[serde(default)]
    pub description: Option<TextValue>,
    /// The components it concerns; at least one.
    pub components: Vec<String>,
    /// When it is to begin; now unless it is stated.
    #[serde(default)]
    pub scheduled_start: Option<Moment>,
    /// When it is to end.
    pub scheduled_end: Moment,
    /// Whether it ends with a look whether all is well, instead of by itself at its time.
    #[serde(default)]
    pub verified_by_hand: bool,
}

impl MaintenanceInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_maintenance(self, own: &str) -> Result<NewMaintenance, Problem> {
        Ok(NewMaintenance {
            title: self.title.into_text("title", own)?,
            description: text_or_empty("description", self.description, own)?,
            components: components("components", &self.components)?,
            scheduled_start: self.scheduled_start.map(|moment| moment.0),
            scheduled_end: self.scheduled_end.0,
            verified_by_hand: self.verified_by_hand,
        })
    }
}

/// A text that may be left out.
///
/// # Errors
/// When it is none.
pub fn text_or_empty(field: &'static str, value: Option<TextValue>, own: &str) -> Result<Text, Problem> {
    value.map_or_else(|| Ok(Text::default()), |value| value.into_text(field, own))
}

/// What to change of maintenance. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenancePatch {
    /// The title.
    #[serde(default)]
    pub title: Option<TextValue>,
    /// What is done and what to expect.
    #[serde(default)]
    pub description: Option<TextValue>,
    /// The components it concerns.
    #[serde(default)]
    pub components: Option<Vec<String>>,
    /// When it is to begin.
    #[serde(default)]
    pub scheduled_start: Option<Moment>,
    /// When it is to end: later prolongs it.
    #[serde(default)]
    pub scheduled_end: Option<Moment>,
    /// Whether it ends with a look whether all is well.
    #[serde(default)]
    pub verified_by_hand: Option<bool>,
}

/// Something to be said about maintenance.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceUpdateInput {
    /// Where it stands from here on: `in_progress` begins it early, `completed` ends it early, `cancelled` calls it off.
    #[serde(default)]
    pub status: Option<MaintenanceStatusWord>,
    /// What is said, in Markdown; may be left out when the status changes.
    #[serde(default)]
    pub body: Option<TextValue>,
}

impl MaintenanceUpdateInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_command(
        self,
        id: MaintenanceId,
        revision: Option<u32>,
        own: &str,
    ) -> Result<Command, Problem> {
        let text = text_or_empty("body", self.body, own)?;
        let body = if text.is_empty() { Prose::default() } else { prose("body", text)? };
        Ok(Command::UpdateMaintenance { id, revision, status: self.status.map(Into::into), body })
    }
}

/// Maintenances, the latest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaintenancePage {
    /// The maintenances.
    pub maintenances: Vec<MaintenanceView>,
    /// What to ask for to go on; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Which part of a list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// How many, 1 to 100; 50 unless it is stated.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

fn shown(services: &Services, status: StatusCode, known: &Maintenance) -> Response {
    let mut response = (status, Json(MaintenanceView::of(known, &own_language(services)))).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag(known.revision)) {
        response.headers_mut().insert(ETAG, value);
    }
    let address = format!("{}/maintenances/{}", super::ROOT, known.id);
    if let (StatusCode::CREATED, Ok(value)) = (status, HeaderValue::from_str(&address)) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

fn find<'a>(known: &'a Known, id: &MaintenanceId) -> Result<&'a Maintenance, Problem> {
    let found = known.board.maintenances.iter().find(|known| known.id == *id);
    found.ok_or_else(|| Problem::not_found("maintenance"))
}

async fn acted(
    services: &Arc<Services>,
    caller: &Caller,
    (command, once): (Command, Option<OnceKey>),
    status: StatusCode,
) -> Result<Response, Problem> {
    let Acted { subject, known } = act(services, caller, command, once).await?;
    let Subject::Maintenance(id) = &subject else { return Err(Problem::not_found("maintenance")) };
    Ok(shown(services, status, find(&known, id)?))
}

/// List maintenances, the latest first
#[utoipa::path(get, path = "/maintenances", tag = "maintenances", params(PartQuery),
    responses((status = 200, body = MaintenancePage), Problems))]
pub async fn list(
    State(services): State<Arc<Services>>,
    Asked(query): Asked<PartQuery>,
) -> Result<Json<MaintenancePage>, Problem> {
    let (count, place) = (limit(query.limit)?, place(query.cursor.as_deref())?);
    let before = place.map(|(at, id)| (UnixMs(at), id));
    let mut found = services.store.maintenances_page(before, count + 1).await?;
    let has_more = found.len() > count;
    found.truncate(count);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|known| cursor(known.scheduled_start.0, known.id.as_str()));
    let own = own_language(&services);
    let maintenances = found.iter().map(|known| MaintenanceView::of(known, &own)).collect();
    Ok(Json(MaintenancePage { maintenances, next_cursor }))
}

/// Plan maintenance, or begin it
#[utoipa::path(post, path = "/maintenances", tag = "maintenances", request_body = MaintenanceInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own: the same request with it is done once")),
    responses((status = 201, body = MaintenanceView, headers(("ETag" = String), ("Location" = String))), Problems))]
pub async fn plan(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<MaintenanceInput>,
) -> Result<Response, Problem> {
    let new = body.value.into_maintenance(&own_language(&services))?;
    let command = Command::PlanMaintenance(Box::new(new));
    acted(&services, &caller, (command, body.once), StatusCode::CREATED).await
}

/// Read maintenance
#[utoipa::path(get, path = "/maintenances/{id}", tag = "maintenances", params(("id" = String, Path)),
    responses((status = 200, body = MaintenanceView, headers(("ETag" = String))), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let known = services.known.borrow().clone();
    Ok(shown(&services, StatusCode::OK, find(&known, &maintenance_id(&id)?)?))
}

/// Change maintenance: its words, its components, its time
#[utoipa::path(patch, path = "/maintenances/{id}", tag = "maintenances", request_body = MaintenancePatch,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = MaintenanceView, headers(("ETag" = String))), Problems))]
pub async fn edit(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<MaintenancePatch>,
) -> Result<Response, Problem> {
    let (own, patch) = (own_language(&services), body.value);
    let edit = Box::new(MaintenanceEdit {
        title: patch.title.map(|title| title.into_text("title", &own)).transpose()?,
        description: patch.description.map(|text| text.into_text("description", &own)).transpose()?,
        components: patch.components.map(|ids| components("components", &ids)).transpose()?,
        scheduled_start: patch.scheduled_start.map(|moment| moment.0),
        scheduled_end: patch.scheduled_end.map(|moment| moment.0),
        verified_by_hand: patch.verified_by_hand,
    });
    let command = Command::EditMaintenance { id: maintenance_id(&id)?, revision, edit };
    acted(&services, &caller, (command, body.once), StatusCode::OK).await
}

/// Say something about maintenance, begin it, end it, or call it off
#[utoipa::path(post, path = "/maintenances/{id}/updates", tag = "maintenances", request_body = MaintenanceUpdateInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own: the same request with it is done once")),
    responses((status = 201, body = MaintenanceView, headers(("ETag" = String), ("Location" = String))), Problems))]
pub async fn update(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<MaintenanceUpdateInput>,
) -> Result<Response, Problem> {
    let command = body.value.into_command(maintenance_id(&id)?, revision, &own_language(&services))?;
    acted(&services, &caller, (command, body.once), StatusCode::CREATED).await
}
