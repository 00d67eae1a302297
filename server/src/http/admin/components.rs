//! Components and checks.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, components};
use pharos_admin::{Frame, Section};
use pharos_engine::CheckId;
use pharos_engine::desk::{Command, NewStatement};
use pharos_model::{ComponentId, Status};

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::accounts::Scope;
use crate::checks::CheckInfo;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::act::act as carry_out;
use crate::http::api::configuration::checked;
use crate::http::api::extract::Named;
use crate::http::api::problem::Problem;
use crate::known::Known;

/// Observations on one page.
const OBSERVATIONS: usize = 50;

/// The list.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Components, done.done.as_deref());
    let known = services.known.borrow().clone();
    view::page(StatusCode::OK, components::list(&frame, &known.board, &known.desk, &Typed::default()))
}

/// Adds a component.
pub async fn add(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    match defined(&services, &caller, &form).await {
        Ok(response) => response,
        Err(problem) => {
            let frame = view::frame(&services, Some(&caller), Section::Components, None);
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            let known = services.known.borrow().clone();
            view::page(problem.status, components::list(&frame, &known.board, &known.desk, &form.0))
        }
    }
}

/// Keeps what a form defines. It takes more than speaking does.
async fn defined(services: &Arc<Services>, caller: &Caller, form: &Form) -> Result<Response, Problem> {
    if !caller.principal.may(Scope::Configuration) {
        return Err(Problem::new("forbidden", "your role does not allow this").hint("ask an admin"));
    }
    let (id, definition) = checked(services, &form.text("definition"))?;
    let command = Command::KeepComponent { id, definition, revision: form.revision() };
    let done = carry_out(services, caller, command, None).await?;
    Ok(view::done(&view::address(&done.subject), "saved"))
}

fn check_view(known: &Known, check: &CheckInfo) -> components::Check {
    components::Check {
        id: check.id.to_string(),
        address: format!("/admin/checks/{}", view::encoded(&check.id.0)),
        kind: check.kind,
        target: check.target.clone(),
        interval_ms: check.interval_ms,
        down_after: check.down_after,
        up_after: check.up_after,
        paused: known.desk.paused.contains(&check.id),
        verdict: known.verdicts.get(&check.id).cloned(),
    }
}

/// One component.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Components, done.done.as_deref());
    shown(&services, &caller, (&frame, StatusCode::OK), &id, &Typed::default())
}

fn shown(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    id: &str,
    typed: &Typed,
) -> Response {
    let (known, configured) = (services.known.borrow().clone(), services.configured.load());
    let found = known.board.components.iter().find(|component| component.definition.id.as_str() == id);
    let Some(component) = found else {
        return view::problem(services, caller, &Problem::not_found("component"));
    };
    let of_component =
        configured.checks.iter().filter(|check| check.component.as_ref() == Some(&component.definition.id));
    let checks = of_component.map(|check| check_view(&known, check)).collect();
    view::page(status, components::one(frame, component, &known.desk, checks, typed))
}

/// States a component's status, or lets its checks count again.
pub async fn act(State(services): State<Arc<Services>>, Named(id): Named<String>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Components, None);
    match stated(&services, &caller, (&id, &form), &frame).await {
        Ok(response) => response,
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            shown(&services, &caller, (&frame, problem.status), &id, &form.0)
        }
    }
}

async fn stated(
    services: &Arc<Services>,
    caller: &Caller,
    (id, form): (&str, &Form),
    frame: &Frame,
) -> Result<Response, Problem> {
    let component = ComponentId::new(id).map_err(|_| Problem::not_found("component"))?;
    match form.get("action").as_str() {
        "define" => return defined(services, caller, form).await,
        "remove" if form.on("sure") && caller.principal.may(Scope::Configuration) => {
            carry_out(services, caller, Command::DropComponent { id: component }, None).await?;
            return Ok(view::done("/admin/components", "removed"));
        }
        _ => {}
    }
    let (statement, word) = match form.get("action").as_str() {
        "state" => {
            let word = form.get("status");
            let status = Status::ALL.into_iter().find(|status| status.as_str() == word);
            let status = status.ok_or_else(|| Problem::invalid("status", "is none", "choose one"))?;
            let until = form.moment("until", &frame.zone)?;
            (Some(Box::new(NewStatement { status, reason: form.get("reason").into(), until })), "stated")
        }
        "unstate" => (None, "unstated"),
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    };
    let done = carry_out(services, caller, Command::State { component, statement }, None).await?;
    Ok(view::done(&view::address(&done.subject), word))
}

/// One check.
pub async fn check(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Components, done.done.as_deref());
    let (known, configured) = (services.known.borrow().clone(), services.configured.load());
    let Some(check) = configured.checks.iter().find(|check| check.id.0 == id) else {
        return view::problem(&services, &caller, &Problem::not_found("check"));
    };
    match services.store.observations(&check.id, OBSERVATIONS).await {
        Ok(samples) => {
            view::page(StatusCode::OK, components::check(&frame, check_view(&known, check), &samples))
        }
        Err(error) => view::problem(&services, &caller, &error.into()),
    }
}

/// Pauses, resumes or runs a check.
pub async fn act_on_check(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
    sent: Sent,
) -> Response {
    let Sent { caller, form } = sent;
    let check = CheckId(id);
    let (command, word) = match form.get("action").as_str() {
        "run" => (Command::RunCheck { check }, "running"),
        "pause" => (Command::PauseCheck { check, paused: true }, "paused"),
        _ => (Command::PauseCheck { check, paused: false }, "resumed"),
    };
    match carry_out(&services, &caller, command, None).await {
        Ok(done) => view::done(&view::address(&done.subject), word),
        Err(problem) => view::problem(&services, &caller, &problem),
    }
}
