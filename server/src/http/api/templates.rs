//! Templates of incidents.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use pharos_engine::desk::{Command, Subject, Template, TemplateId, Unfilled};
use pharos_engine::limits::SOURCE_CHARS_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::act::{Acted, act};
use super::extract::{Body, Named, Seen, etag};
use super::problem::{Problem, Problems};
use super::wire::{ImpactWord, IncidentStatusWord, components};
use crate::http::Services;
use crate::known::Known;

/// A template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateView {
    /// Its identifier.
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// What operators call it.
    pub name: String,
    /// The title, with places for values as in `{{region}}`.
    pub title: String,
    /// What is said, in Markdown, with places for values.
    pub body: String,
    /// The names of the places.
    pub variables: Vec<String>,
    /// The incident's status.
    pub status: IncidentStatusWord,
    /// The impact, where it is stated.
    pub impact: Option<ImpactWord>,
    /// The components it concerns.
    pub affects: Vec<String>,
}

impl TemplateView {
    fn of(template: &Template) -> Self {
        Self {
            id: template.id.to_string(),
            revision: template.revision,
            name: template.name.clone(),
            title: template.title.clone(),
            body: template.body.clone(),
            variables: template.variables().into_iter().map(str::to_owned).collect(),
            status: template.status.into(),
            impact: template.impact.map(Into::into),
            affects: template.components.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A template to be kept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateInput {
    /// What operators call it.
    pub name: String,
    /// The title, with places for values as in `{{region}}`.
    pub title: String,
    /// What is said, in Markdown, with places for values.
    pub body: String,
    /// The incident's status; `investigating` unless it is stated.
    #[serde(default)]
    pub status: Option<IncidentStatusWord>,
    /// The impact, if it is to be stated.
    #[serde(default)]
    pub impact: Option<ImpactWord>,
    /// The components it concerns.
    #[serde(default)]
    pub affects: Vec<String>,
}

impl TemplateInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_template(self, id: TemplateId, revision: u32) -> Result<Template, Problem> {
        Ok(Template {
            id,
            name: self.name,
            title: self.title,
            body: self.body,
            status: self.status.unwrap_or(IncidentStatusWord::Investigating).into(),
            impact: self.impact.map(Into::into),
            components: components("affects", &self.affects)?,
            revision,
        })
    }
}

/// Values for the places of a template.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FillInput {
    /// By the names of the places.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// A template with values in its places: what to open an incident with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FilledView {
    /// The title.
    pub title: String,
    /// What is said, in Markdown.
    pub body: String,
    /// The incident's status.
    pub status: IncidentStatusWord,
    /// The impact, where it is stated.
    pub impact: Option<ImpactWord>,
    /// The components it concerns.
    pub affects: Vec<String>,
}

fn template_id(text: &str) -> Result<TemplateId, Problem> {
    TemplateId::new(text).map_err(|_| Problem::not_found("template"))
}

fn found<'a>(known: &'a Known, id: &TemplateId) -> Result<&'a Template, Problem> {
    known.desk.templates.get(id).ok_or_else(|| Problem::not_found("template"))
}

fn shown(status: StatusCode, known: &Known, id: &TemplateId) -> Result<Response, Problem> {
    let template = found(known, id)?;
    let mut response = (status, Json(TemplateView::of(template))).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag(template.revision)) {
        response.headers_mut().insert(ETAG, value);
    }
    Ok(response)
}

/// List templates
#[utoipa::path(get, path = "/templates", tag = "templates", responses((status = 200, body = Vec<TemplateView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<TemplateView>> {
    let desk = Arc::clone(&services.known.borrow().desk);
    Json(desk.templates.values().map(TemplateView::of).collect())
}

/// Keep a template
#[utoipa::path(post, path = "/templates", tag = "templates", request_body = TemplateInput,
    responses((status = 201, body = TemplateView, headers(("ETag" = String))), Problems))]
pub async fn add(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<TemplateInput>,
) -> Result<Response, Problem> {
    let template = body.value.into_template(TemplateId::default(), 0)?;
    let Acted { subject, known } =
        act(&services, &caller, Command::SaveTemplate(Box::new(template)), body.once).await?;
    let Subject::Template(id) = &subject else { return Err(Problem::not_found("template")) };
    shown(StatusCode::CREATED, &known, id)
}

/// Read a template
#[utoipa::path(get, path = "/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 200, body = TemplateView, headers(("ETag" = String))), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let known = services.known.borrow().clone();
    shown(StatusCode::OK, &known, &template_id(&id)?)
}

/// Change a template
#[utoipa::path(put, path = "/templates/{id}", tag = "templates", request_body = TemplateInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = TemplateView, headers(("ETag" = String))), Problems))]
pub async fn save(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<TemplateInput>,
) -> Result<Response, Problem> {
    let id = template_id(&id)?;
    let current = found(&services.known.borrow(), &id)?.revision;
    let template = body.value.into_template(id.clone(), revision.unwrap_or(current))?;
    let done = act(&services, &caller, Command::SaveTemplate(Box::new(template)), body.once).await?;
    shown(StatusCode::OK, &done.known, &id)
}

/// Let a template go
#[utoipa::path(delete, path = "/templates/{id}", tag = "templates", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn remove(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    act(&services, &caller, Command::DropTemplate { id: template_id(&id)? }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a template was not filled, as a problem.
pub fn unfilled_problem(unfilled: &Unfilled) -> Problem {
    match unfilled {
        Unfilled::Missing(names) => {
            let why = format!("says nothing for {}", names.join(", "));
            Problem::invalid("variables", why, "give each a value")
        }
        Unfilled::TooLong => {
            let hint = format!("at most {SOURCE_CHARS_MAX} characters are kept");
            Problem::invalid("variables", "makes the text too long", hint)
        }
    }
}

/// Put values in the places of a template
///
/// Nothing is opened: the answer is what to open an incident with.
#[utoipa::path(post, path = "/templates/{id}/filled", tag = "templates", params(("id" = String, Path)),
    request_body = FillInput, responses((status = 200, body = FilledView), Problems))]
pub async fn fill(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
    body: Body<FillInput>,
) -> Result<Json<FilledView>, Problem> {
    let known = services.known.borrow().clone();
    let template = found(&known, &template_id(&id)?)?;
    let filled = template.filled(&body.value.variables);
    let (title, body) = filled.map_err(|unfilled| unfilled_problem(&unfilled))?;
    Ok(Json(FilledView {
        title,
        body,
        status: template.status.into(),
        impact: template.impact.map(Into::into),
        affects: template.components.iter().map(ToString::to_string).collect(),
    }))
}
