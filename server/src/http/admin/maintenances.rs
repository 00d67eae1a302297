//! Maintenance: what is planned, the forms that plan, and one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, maintenances};
use pharos_admin::{Frame, Section};
use pharos_engine::desk::{Command, MaintenanceEdit, NewMaintenance, Series};
use pharos_model::{MaintenanceId, MaintenanceStatus, Prose};

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::clock;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::act::act as carry_out;
use crate::http::api::extract::Named;
use crate::http::api::problem::Problem;
use crate::http::api::wire::maintenance_id;
use crate::operators::prose;

/// Past maintenances that are shown.
const PAST: usize = 20;

/// The page.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Maintenances, done.done.as_deref());
    listed(&services, &caller, (&frame, StatusCode::OK), &Typed::default()).await
}

async fn listed(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    typed: &Typed,
) -> Response {
    match services.store.maintenances_page(None, PAST).await {
        Ok(past) => {
            let known = services.known.borrow().clone();
            let page = maintenances::list(frame, &known.board, &known.desk, (&past, clock::wall()), typed);
            view::page(status, page)
        }
        Err(error) => view::problem(services, caller, &error.into()),
    }
}

/// Plans maintenance, or a series of it.
pub async fn plan(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Maintenances, None);
    match planned(&services, &caller, &form, &frame).await {
        Ok(response) => response,
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            listed(&services, &caller, (&frame, problem.status), &form.0).await
        }
    }
}

async fn planned(
    services: &Arc<Services>,
    caller: &Caller,
    form: &Form,
    frame: &Frame,
) -> Result<Response, Problem> {
    let (command, word) = match form.get("action").as_str() {
        "plan" => {
            let end = form.moment("scheduled_end", &frame.zone)?;
            let end =
                end.ok_or_else(|| Problem::invalid("scheduled_end", "is missing", "say when it ends"))?;
            let new = NewMaintenance {
                title: form.get("title").into(),
                description: form.text("description").into(),
                components: form.components(),
                scheduled_start: form.moment("scheduled_start", &frame.zone)?,
                scheduled_end: end,
                verified_by_hand: form.on("verified_by_hand"),
            };
            (Command::PlanMaintenance(Box::new(new)), "planned")
        }
        "save_series" => (Command::SaveSeries(Box::new(series(form, frame)?)), "saved"),
        "drop_series" => (Command::DropSeries { id: maintenance_id(&form.get("id"))? }, "removed"),
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    };
    let done = carry_out(services, caller, command, None).await?;
    Ok(view::done(&view::address(&done.subject), word))
}

fn series(form: &Form, frame: &Frame) -> Result<Series, Problem> {
    let id = form.get("id");
    let minutes = form.number("minutes")?;
    let minutes =
        minutes.ok_or_else(|| Problem::invalid("minutes", "is missing", "say how long it takes"))?;
    Ok(Series {
        id: if id.is_empty() { MaintenanceId::default() } else { maintenance_id(&id)? },
        title: form.get("title").into(),
        description: form.text("description").into(),
        components: form.components(),
        cron: form.get("cron"),
        duration_ms: minutes.saturating_mul(60_000),
        from: None,
        until: form.moment("until", &frame.zone)?,
        verified_by_hand: form.on("verified_by_hand"),
        skipped: BTreeSet::new(),
        revision: form.revision().unwrap_or(0),
    })
}

/// One maintenance.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Maintenances, done.done.as_deref());
    shown(&services, &caller, (&frame, StatusCode::OK), &id, &Typed::default())
}

fn shown(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    id: &str,
    typed: &Typed,
) -> Response {
    let board = services.known.borrow().board.clone();
    match board.maintenances.iter().find(|known| known.id.as_str() == id) {
        Some(known) => view::page(status, maintenances::one(frame, &board, known, typed)),
        None => view::problem(services, caller, &Problem::not_found("maintenance")),
    }
}

/// Does something with maintenance.
pub async fn act(State(services): State<Arc<Services>>, Named(id): Named<String>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Maintenances, None);
    let done = async {
        let command = command(maintenance_id(&id)?, &form, &frame)?;
        let done = carry_out(&services, &caller, command, None).await?;
        Ok::<_, Problem>(view::done(&view::address(&done.subject), "saved"))
    };
    match done.await {
        Ok(response) => response,
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            shown(&services, &caller, (&frame, problem.status), &id, &form.0)
        }
    }
}

fn command(id: MaintenanceId, form: &Form, frame: &Frame) -> Result<Command, Problem> {
    use MaintenanceStatus::{Cancelled, Completed, InProgress, Scheduled, Verifying};
    let revision = form.revision();
    Ok(match form.get("action").as_str() {
        "update" => {
            let word = form.get("status");
            let all = [Scheduled, InProgress, Verifying, Completed, Cancelled];
            let status = all.into_iter().find(|status| status.as_str() == word);
            let text = form.text("body");
            let body = if text.is_empty() { Prose::default() } else { prose("body", text.into())? };
            Command::UpdateMaintenance { id, revision, status, body }
        }
        "edit" => {
            let edit = Box::new(MaintenanceEdit {
                title: Some(form.get("title").into()),
                description: Some(form.text("description").into()),
                components: Some(form.components()),
                scheduled_start: changed(form, frame, "scheduled_start")?,
                scheduled_end: changed(form, frame, "scheduled_end")?,
                verified_by_hand: Some(form.on("verified_by_hand")),
            });
            Command::EditMaintenance { id, revision, edit }
        }
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    })
}

/// A moment that is another than the one the form was made with.
fn changed(form: &Form, frame: &Frame, name: &'static str) -> Result<Option<pharos_model::UnixMs>, Problem> {
    if form.get(name) == form.get(&format!("{name}.was")) {
        return Ok(None);
    }
    form.moment(name, &frame.zone)
}
