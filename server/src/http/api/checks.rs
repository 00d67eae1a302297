//! Checks: what they look at, what they found, and whether they look at all.
#![expect(unused_qualifications, reason = "what the macro writes for the parameters of a query")]

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pharos_engine::CheckId;
use pharos_engine::desk::Command;
use pharos_store::Sample;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::act::act;
use super::extract::{Asked, Named, limit};
use super::problem::{Problem, Problems};
use super::wire::{Moment, StatusWord};
use crate::checks::CheckInfo;
use crate::http::Services;
use crate::known::Known;

/// A check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Its identifier: the component and a name. In an address its slash is written `%2F`.
    #[schema(example = "api/http")]
    pub id: String,
    /// The component it speaks for; `null` for a reference target.
    pub component: Option<String>,
    /// What kind of check it is.
    #[schema(example = "http")]
    pub kind: &'static str,
    /// What it looks at, without anything secret.
    #[schema(example = "https://api.example.com/health")]
    pub target: String,
    /// Milliseconds between two looks, or between two reports.
    pub interval_ms: u64,
    /// How many bad looks in a row are believed.
    pub down_after: u32,
    /// How many good looks in a row are believed.
    pub up_after: u32,
    /// Whether it is not looked at.
    pub paused: bool,
    /// What is held to be true of it.
    pub verdict: StatusWord,
    /// Since when.
    pub since: Option<Moment>,
    /// Why it is not operational.
    pub reason: Option<String>,
}

impl CheckView {
    /// Of a check.
    pub fn of(known: &Known, check: &CheckInfo) -> Self {
        let verdict = known.verdicts.get(&check.id);
        Self {
            id: check.id.to_string(),
            component: check.component.as_ref().map(ToString::to_string),
            kind: check.kind,
            target: check.target.clone(),
            interval_ms: check.interval_ms,
            down_after: check.down_after,
            up_after: check.up_after,
            paused: known.desk.paused.contains(&check.id),
            verdict: verdict.map_or(StatusWord::Unknown, |verdict| verdict.status.into()),
            since: verdict.map(|verdict| Moment(verdict.since)),
            reason: verdict.and_then(|verdict| verdict.reason.clone()),
        }
    }
}

/// What one look found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObservationView {
    /// When the look began.
    pub at: Moment,
    /// The slot of the schedule it belongs to.
    pub scheduled_at: Moment,
    /// What was seen.
    pub status: StatusWord,
    /// How long the whole took, in microseconds.
    pub latency_us: Option<u32>,
    /// How long the name look-up took, in microseconds.
    pub dns_us: Option<u32>,
    /// How long connecting took, in microseconds.
    pub connect_us: Option<u32>,
    /// How long TLS took, in microseconds.
    pub tls_us: Option<u32>,
    /// How long it waited for the first byte, in microseconds.
    pub first_byte_us: Option<u32>,
    /// How long the body took, in microseconds.
    pub body_us: Option<u32>,
    /// Why it was not operational.
    pub reason: Option<String>,
}

impl From<Sample> for ObservationView {
    fn from(sample: Sample) -> Self {
        let [dns_us, connect_us, tls_us, first_byte_us, body_us] = sample.stages_us;
        Self {
            at: Moment(sample.at),
            scheduled_at: Moment(sample.scheduled_at),
            status: sample.status.into(),
            latency_us: sample.latency_us,
            dns_us,
            connect_us,
            tls_us,
            first_byte_us,
            body_us,
            reason: sample.reason,
        }
    }
}

/// How many observations.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ObservationQuery {
    /// How many, 1 to 100; 50 unless it is stated.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Those in slots of the schedule before this one: `scheduled_at` of the last that was read.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Moment>,
}

fn shown(services: &Services, known: &Known, id: &str) -> Result<Json<CheckView>, Problem> {
    let configured = services.configured.load();
    let found = configured.checks.iter().find(|check| check.id.0 == id);
    Ok(Json(CheckView::of(known, found.ok_or_else(|| Problem::not_found("check"))?)))
}

async fn acted(
    services: &Arc<Services>,
    caller: &Caller,
    command: Command,
    id: &str,
) -> Result<Json<CheckView>, Problem> {
    let done = act(services, caller, command, None).await?;
    shown(services, &done.known, id)
}

/// List checks
#[utoipa::path(get, path = "/checks", tag = "checks", responses((status = 200, body = Vec<CheckView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<CheckView>> {
    let (known, configured) = (services.known.borrow().clone(), services.configured.load());
    Json(configured.checks.iter().map(|check| CheckView::of(&known, check)).collect())
}

/// Read a check
#[utoipa::path(get, path = "/checks/{id}", tag = "checks", params(("id" = String, Path)),
    responses((status = 200, body = CheckView), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Json<CheckView>, Problem> {
    shown(&services, &services.known.borrow().clone(), &id)
}

/// Read what a check found last, newest first
#[utoipa::path(get, path = "/checks/{id}/observations", tag = "checks", params(("id" = String, Path), ObservationQuery),
    responses((status = 200, body = Vec<ObservationView>), Problems))]
pub async fn observations(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
    Asked(query): Asked<ObservationQuery>,
) -> Result<Json<Vec<ObservationView>>, Problem> {
    let count = limit(query.limit)?;
    let _known = shown(&services, &services.known.borrow().clone(), &id)?;
    let before = query.before.map(|before| before.0);
    let found = services.store.observations_before(&CheckId(id), before, count).await?;
    Ok(Json(found.into_iter().map(Into::into).collect()))
}

/// Look at a check no more
///
/// Its component is unknown meanwhile, unless other checks speak for it.
#[utoipa::path(post, path = "/checks/{id}/pause", tag = "checks", params(("id" = String, Path)),
    responses((status = 200, body = CheckView), Problems))]
pub async fn pause(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Json<CheckView>, Problem> {
    let command = Command::PauseCheck { check: CheckId(id.clone()), paused: true };
    acted(&services, &caller, command, &id).await
}

/// Look at a check again
#[utoipa::path(post, path = "/checks/{id}/resume", tag = "checks", params(("id" = String, Path)),
    responses((status = 200, body = CheckView), Problems))]
pub async fn resume(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Json<CheckView>, Problem> {
    let command = Command::PauseCheck { check: CheckId(id.clone()), paused: false };
    acted(&services, &caller, command, &id).await
}

/// Look at a check now
///
/// The answer comes before the look does; its result is among the observations.
#[utoipa::path(post, path = "/checks/{id}/run", tag = "checks", params(("id" = String, Path)),
    responses((status = 200, body = CheckView), Problems))]
pub async fn run(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Json<CheckView>, Problem> {
    let command = Command::RunCheck { check: CheckId(id.clone()) };
    acted(&services, &caller, command, &id).await
}
