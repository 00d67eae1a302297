//! Components: how they are, what is measured, what is stated.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use pharos_engine::desk::{Command, NewStatement};
use pharos_model::Component;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::act::act;
use super::extract::{Body, Named};
use super::incidents::own_language;
use super::problem::{Problem, Problems};
use super::resilience::RedundancyView;
use super::wire::{Moment, StatusWord, TextValue};
use crate::http::Services;
use crate::known::Known;

/// What operators state of a component.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatementView {
    /// The status.
    pub status: StatusWord,
    /// Why, as visitors read it.
    pub reason: TextValue,
    /// Since when.
    pub since: Moment,
    /// Until when; `null` until it is taken back.
    pub until: Option<Moment>,
}

/// A component.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComponentView {
    /// Its identifier.
    #[schema(example = "api")]
    pub id: String,
    /// Its name.
    pub name: TextValue,
    /// One sentence about it.
    pub description: TextValue,
    /// The group it stands in.
    pub group: Option<String>,
    /// What is shown and counts in the uptime.
    pub status: StatusWord,
    /// Since when.
    pub since: Moment,
    /// What the checks find, where that is not what is shown.
    pub measured: Option<StatusWord>,
    /// What is stated by hand.
    pub statement: Option<StatementView>,
    /// What it is made of, where it is redundant.
    pub redundancy: Option<RedundancyView>,
    /// Whether it is a member of a redundant component.
    pub is_member: bool,
    /// The components that it needs to work.
    pub depends_on: Vec<String>,
    /// What was promised of it.
    pub objective: Option<ObjectiveView>,
    /// Its checks.
    pub checks: Vec<String>,
    /// Where it is defined: those of the file are changed there.
    pub managed_by: ManagedBy,
    /// How often its definition was changed, where it is kept beside the file: what `If-Match` compares.
    pub revision: Option<u32>,
}

/// What was promised of a component.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ObjectiveView {
    /// What share of 30 days it is to be available, in percent.
    #[schema(example = 99.9)]
    pub availability_percent: f64,
    /// Whether everybody sees it.
    pub public: bool,
}

/// Where a component is defined.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagedBy {
    /// In the configuration file.
    File,
    /// In the admin or by this API.
    Admin,
}

impl ComponentView {
    fn of(services: &Services, known: &Known, component: &Component) -> Self {
        let own = own_language(services);
        let definition = &component.definition;
        let statement = known.desk.statements.get(&definition.id);
        let private = || known.redundancies.get(&definition.id).map(|known| &**known);
        let redundancy = component.redundancy.as_deref().or_else(private);
        let configured = services.configured.load();
        let of_component =
            configured.checks.iter().filter(|check| check.component.as_ref() == Some(&definition.id));
        Self {
            id: definition.id.to_string(),
            name: TextValue::of(&definition.name, &own),
            description: TextValue::of(&definition.description, &own),
            group: definition.group.as_ref().map(ToString::to_string),
            status: component.status.into(),
            since: Moment(component.since),
            measured: component.stated.as_ref().map(|stated| stated.measured.into()),
            statement: statement.map(|statement| StatementView {
                status: statement.status.into(),
                reason: TextValue::of(&statement.reason, &own),
                since: Moment(statement.since),
                until: statement.until.map(Moment),
            }),
            redundancy: redundancy.map(RedundancyView::of),
            is_member: definition.is_member,
            depends_on: definition.depends_on.iter().map(ToString::to_string).collect(),
            objective: configured.objectives.get(&definition.id).map(|ppm| ObjectiveView {
                availability_percent: f64::from(*ppm) / 10_000.0,
                public: definition.objective_ppm.is_some(),
            }),
            checks: of_component.map(|check| check.id.to_string()).collect(),
            managed_by: match known.desk.components.get(&definition.id) {
                Some(_) => ManagedBy::Admin,
                None => ManagedBy::File,
            },
            revision: known.desk.components.get(&definition.id).map(|kept| kept.revision),
        }
    }
}

/// A status to be stated.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementInput {
    /// The status.
    pub status: StatusWord,
    /// Why, as visitors read it.
    pub reason: TextValue,
    /// Until when; a component that has checks needs an end.
    #[serde(default)]
    pub until: Option<Moment>,
}

pub(super) fn shown(services: &Services, known: &Known, id: &str) -> Result<Json<ComponentView>, Problem> {
    let found = known.board.components.iter().find(|component| component.definition.id.as_str() == id);
    let found = found.ok_or_else(|| Problem::not_found("component"))?;
    Ok(Json(ComponentView::of(services, known, found)))
}

/// List components, as they stand on the page
#[utoipa::path(get, path = "/components", tag = "components", responses((status = 200, body = Vec<ComponentView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<ComponentView>> {
    let known = services.known.borrow().clone();
    let view = |component| ComponentView::of(&services, &known, component);
    Json(known.board.components.iter().map(view).collect())
}

/// Read a component
#[utoipa::path(get, path = "/components/{id}", tag = "components", params(("id" = String, Path)),
    responses((status = 200, body = ComponentView), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Json<ComponentView>, Problem> {
    shown(&services, &services.known.borrow().clone(), &id)
}

/// State a component's status
///
/// It counts instead of what the checks find, and readers see both.
#[utoipa::path(put, path = "/components/{id}/statement", tag = "components", params(("id" = String, Path)),
    request_body = StatementInput, responses((status = 200, body = ComponentView), Problems))]
pub async fn state(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    body: Body<StatementInput>,
) -> Result<Json<ComponentView>, Problem> {
    let component = super::wire::component("id", &id).map_err(|_| Problem::not_found("component"))?;
    let statement = Some(Box::new(NewStatement {
        status: body.value.status.into(),
        reason: body.value.reason.into_text("reason", &own_language(&services))?,
        until: body.value.until.map(|moment| moment.0),
    }));
    let done = act(&services, &caller, Command::State { component, statement }, body.once).await?;
    shown(&services, &done.known, &id)
}

/// Let a component's checks count again
#[utoipa::path(delete, path = "/components/{id}/statement", tag = "components", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn unstate(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let component = super::wire::component("id", &id).map_err(|_| Problem::not_found("component"))?;
    act(&services, &caller, Command::State { component, statement: None }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
