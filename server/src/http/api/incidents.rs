//! Incidents and what is said about them.
#![expect(unused_qualifications, reason = "what the macro writes for the parameters of a query")]

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue, LOCATION};
use pharos_engine::desk::{Command, IncidentEdit, NewIncident, NewUpdate, Subject, UpdateEdit};
use pharos_model::{Incident, IncidentId, IncidentSource, IncidentUpdate, Transition, UnixMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::act::act;
use super::audit::AuditLine;
use super::extract::{Asked, Body, Named, Seen, cursor, etag, limit, place};
use super::problem::{Problem, Problems};
use super::wire::{
    ComponentStatus, ImpactWord, IncidentStatusWord, Moment, StatusWord, TextValue, affected, components,
    incident_id, present,
};
use crate::http::Services;
use crate::limits::API_PAGE_MAX;
use crate::operators::prose;

/// Who opened an incident.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Pharos, from what its checks saw.
    Automatic,
    /// A person.
    Operator,
}

/// What became of a promised update.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// It is still to come.
    Pending,
    /// It came in time.
    Kept,
    /// It did not come in time.
    Missed,
}

/// One thing that was said about an incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UpdateView {
    /// Its place in the timeline, from 1.
    #[schema(minimum = 1)]
    pub number: usize,
    /// When it was said.
    pub at: Moment,
    /// The incident's status from here on.
    pub status: IncidentStatusWord,
    /// What Pharos noticed (`detected`, `changed`, `recovering`, `relapsed`, `resolved`, `withdrawn`, `merged`), or `written`.
    pub kind: &'static str,
    /// The component's status that was noticed, if any.
    pub found: Option<StatusWord>,
    /// What a person wrote, in Markdown.
    pub body: Option<TextValue>,
    /// The same as HTML that is safe to show.
    pub html: Option<String>,
    /// What the components were said to be in.
    pub components: Vec<ComponentStatus>,
    /// By when more was promised.
    pub next_update_by: Option<Moment>,
    /// What became of the promise.
    pub promise: Option<PromiseState>,
    /// When it was last edited.
    pub edited_at: Option<Moment>,
}

/// An incident.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// Its identifier, part of its permanent address.
    #[schema(example = "2026-11-26-checkout-is-slow")]
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// One line; for an incident that Pharos opened, in English and made of what its checks found.
    pub title: TextValue,
    /// Who opened it.
    pub source: Source,
    /// Where it stands.
    pub status: IncidentStatusWord,
    /// The worst it has been.
    pub impact: ImpactWord,
    /// Whether a person stated the impact; else it follows from the components.
    pub impact_stated: bool,
    /// The components it concerns.
    pub components: Vec<String>,
    /// When the trouble began.
    pub began_at: Moment,
    /// When it was resolved.
    pub resolved_at: Option<Moment>,
    /// Whether it stands above the others.
    pub pinned: bool,
    /// Whether a person leads it.
    pub taken_over: bool,
    /// In the order in which they were said.
    pub updates: Vec<UpdateView>,
}

fn update_view(number: usize, update: &IncidentUpdate, own: &str) -> UpdateView {
    let (kind, found) = match &update.transition {
        Transition::Detected(status) => ("detected", Some(*status)),
        Transition::Changed(status) => ("changed", Some(*status)),
        Transition::Recovering => ("recovering", None),
        Transition::Relapsed(status) => ("relapsed", Some(*status)),
        Transition::Resolved => ("resolved", None),
        Transition::Withdrawn => ("withdrawn", None),
        Transition::Merged(_) => ("merged", None),
        Transition::Written(_) => ("written", None),
    };
    let said = match &update.transition {
        Transition::Written(said) => Some(said),
        _ => None,
    };
    UpdateView {
        number,
        at: Moment(update.at),
        status: update.status.into(),
        kind,
        found: found.map(Into::into),
        body: said.map(|said| TextValue::of(&said.source, own)),
        html: said.map(|said| said.html.plain().to_owned()),
        components: update.components.iter().map(Into::into).collect(),
        next_update_by: update.next_update_by.map(Moment),
        promise: update.next_update_by.map(|_| match update.kept {
            None => PromiseState::Pending,
            Some(true) => PromiseState::Kept,
            Some(false) => PromiseState::Missed,
        }),
        edited_at: update.edited_at.map(Moment),
    }
}

impl IncidentView {
    /// Of an incident.
    pub fn of(services: &Services, incident: &Incident) -> Self {
        let board = services.pages.snapshot();
        let own = own_language(services);
        let title = if incident.title.is_empty() {
            TextValue::Plain(pharos_app::Words::english().incident_title(&board, incident))
        } else {
            TextValue::of(&incident.title, &own)
        };
        let update = |(index, update): (usize, &IncidentUpdate)| update_view(index + 1, update, &own);
        Self {
            id: incident.id.to_string(),
            revision: incident.revision,
            title,
            source: match incident.source {
                IncidentSource::Automatic => Source::Automatic,
                IncidentSource::Operator => Source::Operator,
            },
            status: incident.status.into(),
            impact: incident.impact.into(),
            impact_stated: incident.impact_stated,
            components: incident.components.iter().map(ToString::to_string).collect(),
            began_at: Moment(incident.began_at),
            resolved_at: incident.resolved_at.map(Moment),
            pinned: incident.pinned,
            taken_over: incident.taken_over,
            updates: incident.updates.iter().enumerate().map(update).collect(),
        }
    }
}

/// The language of texts without one.
pub fn own_language(services: &Services) -> String {
    pharos_app::Words::of_page(&services.pages.snapshot().page).tag().to_owned()
}

/// What is said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateInput {
    /// The incident's status from here on.
    pub status: IncidentStatusWord,
    /// What is said, in Markdown.
    pub body: TextValue,
    /// What components are in from here on.
    #[serde(default)]
    pub components: Vec<ComponentStatus>,
    /// By when more will be said.
    #[serde(default)]
    pub next_update_by: Option<Moment>,
    /// When it was said; now unless it is stated.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Whether it only annotates an incident that Pharos leads, instead of taking it over.
    #[serde(default)]
    pub annotate: bool,
}

impl UpdateInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_update(self, own: &str) -> Result<NewUpdate, Problem> {
        Ok(NewUpdate {
            status: self.status.into(),
            body: prose(self.body.into_text("body", own)?),
            components: affected("components", &self.components)?,
            next_update_by: self.next_update_by.map(|moment| moment.0),
            at: self.at.map(|moment| moment.0),
            annotates: self.annotate,
        })
    }
}

/// An incident to be opened, or one of the past to be written down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentInput {
    /// One line, as visitors read it.
    pub title: TextValue,
    /// What is said first, in Markdown.
    pub body: TextValue,
    /// Where it stands; `investigating` unless it is stated.
    #[serde(default)]
    pub status: Option<IncidentStatusWord>,
    /// How much it hurts; follows from the components unless it is stated.
    #[serde(default)]
    pub impact: Option<ImpactWord>,
    /// The components it concerns without saying what they are in.
    #[serde(default)]
    pub affects: Vec<String>,
    /// What components are in while the incident is open.
    #[serde(default)]
    pub components: Vec<ComponentStatus>,
    /// When the trouble began; now unless it is stated.
    #[serde(default)]
    pub began_at: Option<Moment>,
    /// When the first update was said, for one of the past.
    #[serde(default)]
    pub at: Option<Moment>,
    /// By when more will be said.
    #[serde(default)]
    pub next_update_by: Option<Moment>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: bool,
}

impl IncidentInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_incident(self, own: &str) -> Result<NewIncident, Problem> {
        Ok(NewIncident {
            title: self.title.into_text("title", own)?,
            components: components("affects", &self.affects)?,
            impact: self.impact.map(Into::into),
            began_at: self.began_at.map(|moment| moment.0),
            pinned: self.pinned,
            first: NewUpdate {
                status: self.status.unwrap_or(IncidentStatusWord::Investigating).into(),
                body: prose(self.body.into_text("body", own)?),
                components: affected("components", &self.components)?,
                next_update_by: self.next_update_by.map(|moment| moment.0),
                at: self.at.map(|moment| moment.0),
                annotates: false,
            },
        })
    }
}

/// What to change over an incident. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPatch {
    /// The title.
    #[serde(default)]
    pub title: Option<TextValue>,
    /// The impact; `null` lets it follow from the components.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<Option<ImpactWord>>,
    /// The components it concerns.
    #[serde(default)]
    pub affects: Option<Vec<String>>,
    /// When the trouble began.
    #[serde(default)]
    pub began_at: Option<Moment>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: Option<bool>,
    /// Whether a person leads it.
    #[serde(default)]
    pub taken_over: Option<bool>,
}

/// What to change of an update. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePatch {
    /// What was said, in Markdown.
    #[serde(default)]
    pub body: Option<TextValue>,
    /// When it was said.
    #[serde(default)]
    pub at: Option<Moment>,
    /// By when more is to be said; `null` takes the promise back.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Moment>)]
    pub next_update_by: Option<Option<Moment>>,
}

/// The incident that tells of another from here on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// Its identifier.
    pub into: String,
}

/// Incidents, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentPage {
    /// The incidents.
    pub incidents: Vec<IncidentView>,
    /// What to ask for to go on; `null` at the end.
    pub next_cursor: Option<String>,
}

/// Which incidents.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IncidentQuery {
    /// How many, 1 to 100; 50 unless it is stated.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Only open ones, or only those that are over.
    open: Option<bool>,
    /// Only those of this component.
    component: Option<String>,
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
        body: patch.body.map(|body| body.into_text("body", &own)).transpose()?.map(prose),
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
    responses((status = 200, body = Vec<AuditLine>, description = "Each edit with the incident before and after it, newest first"), Problems))]
pub async fn revisions(
    State(services): State<Arc<Services>>,
    Named((id, number)): Named<(String, u32)>,
) -> Result<Json<Vec<AuditLine>>, Problem> {
    let id = incident_id(&id)?;
    let incident = found(&services, &id).await?;
    if !(1..=incident.updates.len()).contains(&usize::try_from(number).unwrap_or(0)) {
        return Err(Problem::not_found("update"));
    }
    let target = Some(format!("incidents/{id}/updates/{number}"));
    let filter = pharos_store::AuditFilter { target, ..Default::default() };
    let entries = services.store.audit(&filter, API_PAGE_MAX).await?;
    Ok(Json(entries.into_iter().map(AuditLine::from).collect()))
}
