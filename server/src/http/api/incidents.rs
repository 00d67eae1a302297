//! Incidents and what is said about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue, LOCATION};
use pharos_engine::desk::{Command, IncidentEdit, Subject, UpdateEdit};
use pharos_model::{Incident, IncidentId, UnixMs};

use super::access::Caller;
use super::act::act;
use super::extract::{Asked, Body, Named, Seen, cursor, etag, limit, place};
use super::incident_shapes::{
    IncidentInput, IncidentPage, IncidentPatch, IncidentQuery, IncidentView, MergeInput, UpdateInput,
    UpdatePatch,
};
use super::problem::{Problem, Problems};
use super::revisions::RevisionView;
use super::wire::{components, incident_id};
use crate::http::Services;
use crate::limits::API_PAGE_MAX;

/// The language of texts without one.
pub fn own_language(services: &Services) -> String {
    pharos_app::Words::of_page(&services.pages.snapshot().page).tag().to_owned()
}

/// An incident as an answer, with its revision.
fn shown(services: &Services, status: StatusCode, incident: &Incident) -> Response {
    let mut response = (status, Json(IncidentView::of(services, incident))).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag(incident.revision)) {
        response.headers_mut().insert(ETAG, value);
    }
    let address = format!("{}/incidents/{}", super::ROOT, incident.id);
    if let (StatusCode::CREATED, Ok(value)) = (status, HeaderValue::from_str(&address)) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// The incident, from memory or from the history.
///
/// # Errors
/// When there is none of this name.
pub async fn found(services: &Services, id: &IncidentId) -> Result<Incident, Problem> {
    if let Some(known) = services.known.borrow().board.incident(id) {
        return Ok(known.clone());
    }
    services.store.incident(id).await?.ok_or_else(|| Problem::not_found("incident"))
}

async fn acted(
    services: &Arc<Services>,
    caller: &Caller,
    (command, once): (Command, Option<crate::operators::OnceKey>),
    status: StatusCode,
) -> Result<Response, Problem> {
    let done = act(services, caller, command, once).await?;
    let Subject::Incident(id) = &done.subject else { return Err(Problem::not_found("incident")) };
    let incident = match done.known.board.incident(id) {
        Some(incident) => incident.clone(),
        None => found(services, id).await?,
    };
    Ok(shown(services, status, &incident))
}

/// List incidents, newest first
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(IncidentQuery),
    responses((status = 200, body = IncidentPage), Problems))]
pub async fn list(
    State(services): State<Arc<Services>>,
    Asked(query): Asked<IncidentQuery>,
) -> Result<Json<IncidentPage>, Problem> {
    let (count, place) = (limit(query.limit)?, place(query.cursor.as_deref())?);
    let before = match place {
        Some((at, id)) => Some((UnixMs(at), incident_id(&id)?)),
        None => None,
    };
    let component = query.component.map(|id| super::wire::component("component", &id)).transpose()?;
    let mut incidents = services.store.incidents_page(before, (component, query.open), count + 1).await?;
    let has_more = incidents.len() > count;
    incidents.truncate(count);
    let last = incidents.last().filter(|_| has_more);
    let next_cursor = last.map(|incident| cursor(incident.began_at.0, incident.id.as_str()));
    let incidents = incidents.iter().map(|incident| IncidentView::of(&services, incident)).collect();
    Ok(Json(IncidentPage { incidents, next_cursor }))
}

/// Open an incident
///
/// With `began_at` and `at` in the past it writes down one of the past.
#[utoipa::path(post, path = "/incidents", tag = "incidents", request_body = IncidentInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own: the same request with it is done once")),
    responses((status = 201, body = IncidentView, headers(("ETag" = String), ("Location" = String))), Problems))]
pub async fn open(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<IncidentInput>,
) -> Result<Response, Problem> {
    let new = body.value.into_incident(&own_language(&services))?;
    let command = Command::OpenIncident(Box::new(new));
    acted(&services, &caller, (command, body.once), StatusCode::CREATED).await
}

/// Read an incident
#[utoipa::path(get, path = "/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let incident = found(&services, &incident_id(&id)?).await?;
    Ok(shown(&services, StatusCode::OK, &incident))
}

/// Change what stands over an incident
#[utoipa::path(patch, path = "/incidents/{id}", tag = "incidents", request_body = IncidentPatch,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))), Problems))]
pub async fn edit(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<IncidentPatch>,
) -> Result<Response, Problem> {
    let (own, patch) = (own_language(&services), body.value);
    let edit = Box::new(IncidentEdit {
        title: patch.title.map(|title| title.into_text("title", &own)).transpose()?,
        impact: patch.impact.map(|impact| impact.map(Into::into)),
        components: patch.affects.map(|ids| components("affects", &ids)).transpose()?,
        began_at: patch.began_at.map(|moment| moment.0),
        pinned: patch.pinned,
        taken_over: patch.taken_over,
    });
    let command = Command::EditIncident { id: incident_id(&id)?, revision, edit };
    acted(&services, &caller, (command, body.once), StatusCode::OK).await
}

/// Tell of an incident no more
///
/// It leaves the page, the feeds and this API. The journal keeps it.
#[utoipa::path(delete, path = "/incidents/{id}", tag = "incidents",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 204), Problems))]
pub async fn hide(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
) -> Result<StatusCode, Problem> {
    act(&services, &caller, Command::HideIncident { id: incident_id(&id)?, revision }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tell of an incident within another
#[utoipa::path(post, path = "/incidents/{id}/merge", tag = "incidents", request_body = MergeInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))), Problems))]
pub async fn merge(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<MergeInput>,
) -> Result<Response, Problem> {
    let into = IncidentId::new(&body.value.into);
    let into = into.map_err(|error| Problem::invalid("into", error.to_string(), "name an open incident"))?;
    let command = Command::MergeIncident { id: incident_id(&id)?, revision, into };
    acted(&services, &caller, (command, body.once), StatusCode::OK).await
}

/// Say something about an incident
#[utoipa::path(post, path = "/incidents/{id}/updates", tag = "incidents", request_body = UpdateInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own: the same request with it is done once")),
    responses((status = 201, body = IncidentView, headers(("ETag" = String), ("Location" = String))), Problems))]
pub async fn update(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<UpdateInput>,
) -> Result<Response, Problem> {
    let update = Box::new(body.value.into_update(&own_language(&services))?);
    let command = Command::UpdateIncident { id: incident_id(&id)?, revision, update };
    acted(&services, &caller, (command, body.once), StatusCode::CREATED).await
}

/// Change what was said about an incident
///
/// Readers see that it was edited; what it said before stays in the journal and in its revisions.
#[utoipa::path(patch, path = "/incidents/{id}/updates/{number}", tag = "incidents", request_body = UpdatePatch,
    params(("id" = String, Path), ("number" = u32, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))), Problems))]
pub async fn edit_update(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named((id, number)): Named<(String, u32)>,
    Seen(revision): Seen,
    body: Body<UpdatePatch>,
) -> Result<Response, Problem> {
    let (own, patch) = (own_language(&services), body.value);
    let edit = Box::new(UpdateEdit {
        body: patch.body.map(|body| body.into_prose("body", &own)).transpose()?,
        at: patch.at.map(|moment| moment.0),
        next_update_by: patch.next_update_by.map(|next| next.map(|moment| moment.0)),
    });
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let command = Command::EditUpdate { id: incident_id(&id)?, number, revision, edit };
    acted(&services, &caller, (command, body.once), StatusCode::OK).await
}

/// Read what an update said before it was edited
#[utoipa::path(get, path = "/incidents/{id}/updates/{number}/revisions", tag = "incidents",
    params(("id" = String, Path), ("number" = u32, Path)),
    responses((status = 200, body = Vec<RevisionView>, description = "What each edit changed, newest first"), Problems))]
pub async fn revisions(
    State(services): State<Arc<Services>>,
    Named((id, number)): Named<(String, u32)>,
) -> Result<Json<Vec<RevisionView>>, Problem> {
    let id = incident_id(&id)?;
    let incident = found(&services, &id).await?;
    let place = usize::try_from(number).unwrap_or(0);
    if !(1..=incident.updates.len()).contains(&place) {
        return Err(Problem::not_found("update"));
    }
    let target = Some(format!("incidents/{id}/updates/{number}"));
    let filter = pharos_store::AuditFilter { target, ..Default::default() };
    let entries = services.store.audit(&filter, API_PAGE_MAX).await?;
    let own = own_language(&services);
    Ok(Json(entries.iter().filter_map(|entry| RevisionView::of(entry, place, &own)).collect()))
}
