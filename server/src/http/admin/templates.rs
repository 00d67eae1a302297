//! Templates and drafts.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, templates};
use pharos_admin::{Frame, Section};
use pharos_engine::desk::{Command, DraftId, Template, TemplateId};
use pharos_model::{Impact, IncidentStatus};

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::act::act as carry_out;
use crate::http::api::problem::Problem;

/// The page.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Templates, done.done.as_deref());
    listed(&services, (&frame, StatusCode::OK), &Typed::default())
}

fn listed(services: &Services, (frame, status): (&Frame, StatusCode), typed: &Typed) -> Response {
    let known = services.known.borrow().clone();
    view::page(status, templates::list(frame, &known.board, &known.desk, typed))
}

/// Keeps, changes, removes or publishes one.
pub async fn act(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    match acted(&services, &caller, &form).await {
        Ok(response) => response,
        Err(problem) => {
            let frame = view::frame(&services, Some(&caller), Section::Templates, None);
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            listed(&services, (&frame, problem.status), &form.0)
        }
    }
}

async fn acted(services: &Arc<Services>, caller: &Caller, form: &Form) -> Result<Response, Problem> {
    let draft = || DraftId::new(&form.get("id")).map_err(|_| Problem::not_found("draft"));
    let template = || TemplateId::new(&form.get("id")).map_err(|_| Problem::not_found("template"));
    let (command, word) = match form.get("action").as_str() {
        "save" => (Command::SaveTemplate(Box::new(filled(form)?)), "saved"),
        "drop" => (Command::DropTemplate { id: template()? }, "removed"),
        "publish" => (Command::PublishDraft { id: draft()? }, "published"),
        "drop_draft" => (Command::DropDraft { id: draft()? }, "removed"),
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    };
    let done = carry_out(services, caller, command, None).await?;
    let address =
        if word == "published" { view::address(&done.subject) } else { "/admin/templates".to_owned() };
    Ok(view::done(&address, word))
}

fn filled(form: &Form) -> Result<Template, Problem> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Resolved};
    let id = form.get("id");
    let word = form.get("status");
    let status =
        [Investigating, Identified, Monitoring, Resolved].into_iter().find(|status| status.as_str() == word);
    let word = form.get("impact");
    let impacts = [Impact::None, Impact::Minor, Impact::Major, Impact::Critical];
    Ok(Template {
        id: if id.is_empty() {
            TemplateId::default()
        } else {
            TemplateId::new(&id).map_err(|_| Problem::not_found("template"))?
        },
        name: form.get("name"),
        title: form.get("title"),
        body: form.text("body"),
        status: status.unwrap_or(Investigating),
        impact: impacts.into_iter().find(|impact| impact.as_str() == word),
        components: form.components(),
        revision: form.revision().unwrap_or(0),
    })
}
