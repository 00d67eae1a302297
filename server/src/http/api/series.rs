//! Maintenance that comes again and again.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use pharos_engine::desk::{Command, Series, Subject};
use pharos_model::MaintenanceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::act::act;
use super::extract::{Body, Named, Seen, etag};
use super::incidents::own_language;
use super::maintenances::text_or_empty;
use super::problem::{Problem, Problems};
use super::wire::{Moment, TextValue, components, maintenance_id};
use crate::http::Services;
use crate::known::Known;

/// Maintenance that comes again and again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// Its identifier.
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// One line.
    pub title: TextValue,
    /// What is done and what to expect.
    pub description: TextValue,
    /// The components it concerns.
    pub components: Vec<String>,
    /// When it begins: minute, hour, day of the month, month, day of the week, in the page's time zone.
    #[schema(example = "0 2 * * TUE")]
    pub cron: String,
    /// How many minutes it takes.
    pub minutes: u64,
    /// Nothing begins before.
    pub from: Option<Moment>,
    /// Nothing begins after.
    pub until: Option<Moment>,
    /// Whether each ends with a look whether all is well.
    pub verified_by_hand: bool,
}

impl SeriesView {
    fn of(series: &Series, own: &str) -> Self {
        Self {
            id: series.id.to_string(),
            revision: series.revision,
            title: TextValue::of(&series.title, own),
            description: TextValue::of(&series.description, own),
            components: series.components.iter().map(ToString::to_string).collect(),
            cron: series.cron.clone(),
            minutes: series.duration_ms / 60_000,
            from: series.from.map(Moment),
            until: series.until.map(Moment),
            verified_by_hand: series.verified_by_hand,
        }
    }
}

/// Maintenance that is to come again and again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesInput {
    /// One line, as visitors read it.
    pub title: TextValue,
    /// What is done and what to expect.
    #[serde(default)]
    pub description: Option<TextValue>,
    /// The components it concerns; at least one.
    pub components: Vec<String>,
    /// When it begins: minute, hour, day of the month, month, day of the week, in the page's time zone.
    #[schema(example = "0 2 * * TUE")]
    pub cron: String,
    /// How many minutes it takes.
    #[schema(minimum = 1, maximum = 43200)]
    pub minutes: u64,
    /// Nothing begins before.
    #[serde(default)]
    pub from: Option<Moment>,
    /// Nothing begins after.
    #[serde(default)]
    pub until: Option<Moment>,
    /// Whether each ends with a look whether all is well.
    #[serde(default)]
    pub verified_by_hand: bool,
}

impl SeriesInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_series(self, id: MaintenanceId, revision: u32, own: &str) -> Result<Series, Problem> {
        Ok(Series {
            id,
            title: self.title.into_text("title", own)?,
            description: text_or_empty("description", self.description, own)?,
            components: components("components", &self.components)?,
            cron: self.cron,
            duration_ms: self.minutes.saturating_mul(60_000),
            from: self.from.map(|moment| moment.0),
            until: self.until.map(|moment| moment.0),
            verified_by_hand: self.verified_by_hand,
            skipped: BTreeSet::new(),
            revision,
        })
    }
}

fn series_shown(
    services: &Services,
    status: StatusCode,
    known: &Known,
    id: &MaintenanceId,
) -> Result<Response, Problem> {
    let series = known.desk.series.get(id).ok_or_else(|| Problem::not_found("series"))?;
    let mut response = (status, Json(SeriesView::of(series, &own_language(services)))).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag(series.revision)) {
        response.headers_mut().insert(ETAG, value);
    }
    Ok(response)
}

/// List series of maintenance
#[utoipa::path(get, path = "/series", tag = "maintenances", responses((status = 200, body = Vec<SeriesView>), Problems))]
pub async fn list_series(State(services): State<Arc<Services>>) -> Json<Vec<SeriesView>> {
    let (desk, own) = (Arc::clone(&services.known.borrow().desk), own_language(&services));
    Json(desk.series.values().map(|series| SeriesView::of(series, &own)).collect())
}

/// Plan maintenance that comes again and again
#[utoipa::path(post, path = "/series", tag = "maintenances", request_body = SeriesInput,
    responses((status = 201, body = SeriesView, headers(("ETag" = String))), Problems))]
pub async fn add_series(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<SeriesInput>,
) -> Result<Response, Problem> {
    let series = body.value.into_series(MaintenanceId::default(), 0, &own_language(&services))?;
    let done = act(&services, &caller, Command::SaveSeries(Box::new(series)), body.once).await?;
    let Subject::Series(id) = &done.subject else { return Err(Problem::not_found("series")) };
    series_shown(&services, StatusCode::CREATED, &done.known, id)
}

/// Read a series of maintenance
#[utoipa::path(get, path = "/series/{id}", tag = "maintenances", params(("id" = String, Path)),
    responses((status = 200, body = SeriesView, headers(("ETag" = String))), Problems))]
pub async fn read_series(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let known = services.known.borrow().clone();
    series_shown(&services, StatusCode::OK, &known, &maintenance_id(&id)?)
}

/// Change a series of maintenance
///
/// What is announced and was not changed by a person follows.
#[utoipa::path(put, path = "/series/{id}", tag = "maintenances", request_body = SeriesInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = SeriesView, headers(("ETag" = String))), Problems))]
pub async fn save_series(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<SeriesInput>,
) -> Result<Response, Problem> {
    let id = maintenance_id(&id)?;
    let current = services.known.borrow().desk.series.get(&id).map(|series| series.revision);
    let current = current.ok_or_else(|| Problem::not_found("series"))?;
    let series = body.value.into_series(id.clone(), revision.unwrap_or(current), &own_language(&services))?;
    let done = act(&services, &caller, Command::SaveSeries(Box::new(series)), body.once).await?;
    series_shown(&services, StatusCode::OK, &done.known, &id)
}

/// Plan a series no more
///
/// What is announced and has not begun is called off.
#[utoipa::path(delete, path = "/series/{id}", tag = "maintenances", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn drop_series(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    act(&services, &caller, Command::DropSeries { id: maintenance_id(&id)? }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
