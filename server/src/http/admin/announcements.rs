//! Announcements.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, announcements};
use pharos_admin::{Frame, Section};
use pharos_engine::desk::{AnnouncementEdit, Command, NewAnnouncement};
use pharos_model::{AnnouncementId, Prose};

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::act::act as carry_out;
use crate::http::api::problem::Problem;
use crate::operators::prose;

/// The page.
pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Announcements, done.done.as_deref());
    listed(&services, (&frame, StatusCode::OK), &Typed::default())
}

fn listed(services: &Services, (frame, status): (&Frame, StatusCode), typed: &Typed) -> Response {
    view::page(status, announcements::list(frame, &services.known.borrow().board, typed))
}

/// Makes, changes or takes down an announcement.
pub async fn act(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Announcements, None);
    match acted(&services, &caller, &form, &frame).await {
        Ok(response) => response,
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            listed(&services, (&frame, problem.status), &form.0)
        }
    }
}

async fn acted(
    services: &Arc<Services>,
    caller: &Caller,
    form: &Form,
    frame: &Frame,
) -> Result<Response, Problem> {
    let text = form.text("body");
    let body = if text.is_empty() { Prose::default() } else { prose("body", text.into())? };
    let id = || AnnouncementId::new(&form.get("id")).map_err(|_| Problem::not_found("announcement"));
    let until = form.moment("until", &frame.zone)?;
    let (command, word) = match form.get("action").as_str() {
        "make" => {
            let new = NewAnnouncement { title: form.get("title").into(), body, until };
            (Command::Announce(Box::new(new)), "announced")
        }
        "edit" => {
            let edit = Box::new(AnnouncementEdit {
                title: Some(form.get("title").into()),
                body: Some(body),
                until: Some(until),
            });
            (Command::EditAnnouncement { id: id()?, revision: form.revision(), edit }, "saved")
        }
        "end" => (Command::EndAnnouncement { id: id()? }, "removed"),
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    };
    carry_out(services, caller, command, None).await?;
    Ok(view::done("/admin/announcements", word))
}
