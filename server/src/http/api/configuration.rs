//! Components that are kept beside those of the file, the whole as a file, and a plan that makes what is kept like a file.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pharos_engine::desk::{Command, KeptComponent};
use pharos_model::ComponentId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::access::Caller;
use super::act::act;
use super::components::shown;
use super::extract::{Body, Named, Seen};
use super::problem::{Problem, Problems};
use crate::config::read_kept;
use crate::http::Services;
use crate::known::Known;
use crate::limits::APPLIED_COMPONENTS_MAX;

/// The definition of a component, with the keys that it would have in the configuration file.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(value_type = Object, example = json!({ "id": "api", "name": "Public API", "checks": [{ "http": { "url": "https://api.example.com/" } }] }))]
pub struct Definition(pub serde_json::Map<String, Value>);

impl Definition {
    fn id(&self) -> Result<ComponentId, Problem> {
        let id = self.0.get("id").and_then(Value::as_str).unwrap_or_default();
        ComponentId::new(id)
            .map_err(|error| Problem::invalid("id", error.to_string(), "give it an identifier"))
    }
}

/// The definition as it is kept, if it is good.
///
/// # Errors
/// With everything that is wrong with it.
pub fn checked(services: &Services, text: &str) -> Result<(ComponentId, String), Problem> {
    let groups = services.known.borrow().board.groups.clone();
    let read = read_kept(text, &groups).map_err(|error| {
        let hint = "see the reference of the configuration file for what a component takes";
        Problem {
            field: Some("definition".to_owned()),
            ..Problem::new("invalid", error.to_string()).hint(hint)
        }
    })?;
    let definition = read.engine.definition.components.first();
    let id = definition.map(|definition| definition.id.clone());
    let id =
        id.ok_or_else(|| Problem::invalid("definition", "names no component", "give it an id and a name"))?;
    Ok((id, text.to_owned()))
}

fn keep(services: &Services, definition: &Definition, revision: Option<u32>) -> Result<Command, Problem> {
    let text = serde_json::to_string_pretty(&definition.0).unwrap_or_default();
    let (id, definition) = checked(services, &text)?;
    Ok(Command::KeepComponent { id, definition, revision })
}

/// Keep a component beside those of the file
#[utoipa::path(post, path = "/components", tag = "components", request_body = Definition,
    responses((status = 201, body = super::components::ComponentView), Problems))]
pub async fn add(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<Definition>,
) -> Result<Response, Problem> {
    let id = body.value.id()?;
    if services.known.borrow().desk.components.contains_key(&id) {
        let problem = Problem::new("not_allowed", format!("there is a component \"{id}\" already"));
        return Err(problem.hint("change it with PUT"));
    }
    let command = keep(&services, &body.value, None)?;
    let done = act(&services, &caller, command, body.once).await?;
    Ok((StatusCode::CREATED, shown(&services, &done.known, id.as_str())?).into_response())
}

/// Change a component that is kept beside the file
#[utoipa::path(put, path = "/components/{id}", tag = "components", request_body = Definition,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The revision that was read, as in \"r3\"")),
    responses((status = 200, body = super::components::ComponentView), Problems))]
pub async fn change(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<Definition>,
) -> Result<Response, Problem> {
    if body.value.id()?.as_str() != id {
        return Err(Problem::invalid(
            "id",
            "is not the one in the address",
            "a component keeps its identifier",
        ));
    }
    let command = keep(&services, &body.value, revision)?;
    let done = act(&services, &caller, command, body.once).await?;
    Ok(shown(&services, &done.known, &id)?.into_response())
}

/// Let a component go that is kept beside the file
#[utoipa::path(delete, path = "/components/{id}", tag = "components", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn remove(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = ComponentId::new(&id).map_err(|_| Problem::not_found("component"))?;
    act(&services, &caller, Command::DropComponent { id }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The whole configuration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// The configuration file as it is, with the names of variables instead of their values.
    pub file: String,
    /// The components that are kept beside it, with the keys that they would have in the file.
    #[schema(value_type = Vec<Object>)]
    pub components: Vec<Value>,
}

fn definition(kept: &KeptComponent) -> Value {
    serde_saphyr::from_str(&kept.definition).unwrap_or(Value::Null)
}

/// Read the whole configuration
#[utoipa::path(get, path = "/export", tag = "components", responses((status = 200, body = ExportView), Problems))]
pub async fn export(State(services): State<Arc<Services>>) -> Json<ExportView> {
    let desk = Arc::clone(&services.known.borrow().desk);
    let file = services.source.load().to_string();
    Json(ExportView { file, components: desk.components.values().map(definition).collect() })
}

/// What is to be kept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyInput {
    /// The components, with the keys that they have in the file.
    pub components: Vec<Definition>,
    /// Let those go that are kept and not named here.
    #[serde(default)]
    pub prune: bool,
    /// Only tell what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What is done with one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is kept from now on.
    Create,
    /// It is another from now on.
    Update,
    /// It is let go.
    Delete,
    /// It is so already.
    Unchanged,
    /// It stands in the configuration file and is left to it.
    InFile,
}

/// A step of a plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlannedStep {
    /// Which component.
    pub component: String,
    /// What is done.
    pub step: Step,
}

/// A plan, carried out unless it was only asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// In the order in which they are done.
    pub steps: Vec<PlannedStep>,
    /// Whether it was carried out.
    pub applied: bool,
}

fn step(known: &Known, id: &ComponentId, wanted: &Definition) -> Step {
    match known.desk.components.get(id) {
        Some(kept) if definition(kept) == Value::Object(wanted.0.clone()) => Step::Unchanged,
        Some(_) => Step::Update,
        None if known.board.component(id).is_some() => Step::InFile,
        None => Step::Create,
    }
}

/// Make what is kept like a list
///
/// Everything is checked before anything is done. With `dry_run` the plan is told and nothing is done.
#[utoipa::path(post, path = "/apply", tag = "components", request_body = ApplyInput,
    responses((status = 200, body = PlanView), Problems))]
pub async fn apply(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<ApplyInput>,
) -> Result<Json<PlanView>, Problem> {
    let ApplyInput { components, prune, dry_run } = body.value;
    if components.len() > APPLIED_COMPONENTS_MAX {
        let problem =
            Problem::new("too_large", format!("{} components are too many at once", components.len()));
        return Err(problem.hint(format!("apply at most {APPLIED_COMPONENTS_MAX}")));
    }
    let known = services.known.borrow().clone();
    let mut plan: Vec<(ComponentId, Step, Option<Command>)> = Vec::new();
    for wanted in &components {
        let id = wanted.id()?;
        if plan.iter().any(|(known, ..)| *known == id) {
            return Err(Problem::invalid("components", format!("names \"{id}\" twice"), "name it once"));
        }
        let step = step(&known, &id, wanted);
        let command = match step {
            Step::Create | Step::Update => Some(keep(&services, wanted, None)?),
            _ => None,
        };
        plan.push((id, step, command));
    }
    if prune {
        let gone = known.desk.components.keys().filter(|id| !plan.iter().any(|(named, ..)| named == *id));
        let gone: Vec<ComponentId> = gone.cloned().collect();
        plan.extend(
            gone.into_iter().map(|id| (id.clone(), Step::Delete, Some(Command::DropComponent { id }))),
        );
    }
    let steps =
        plan.iter().map(|(id, step, _)| PlannedStep { component: id.to_string(), step: *step }).collect();
    if !dry_run {
        for command in plan.into_iter().filter_map(|(_, _, command)| command) {
            act(&services, &caller, command, None).await?;
        }
    }
    Ok(Json(PlanView { steps, applied: !dry_run }))
}
