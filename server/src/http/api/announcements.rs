//! Announcements.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use pharos_engine::desk::{AnnouncementEdit, Command, NewAnnouncement, Subject};
use pharos_model::{Announcement, AnnouncementId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::act::{Acted, act};
use super::extract::{Body, Named, Seen, etag};
use super::incidents::own_language;
use super::problem::{Problem, Problems};
use super::wire::{Change, Moment, TextValue, present};
use crate::http::Services;
use crate::known::Known;
use crate::operators::OnceKey;

/// An announcement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnnouncementView {
    /// Its identifier.
    pub id: String,
    /// How often it was changed: what `If-Match` compares.
    pub revision: u32,
    /// One line.
    pub title: TextValue,
    /// The rest, in Markdown.
    pub body: TextValue,
    /// The same as HTML that is safe to show.
    pub html: String,
    /// Since when it is shown.
    pub published_at: Moment,
    /// Until when it is to be shown.
    pub until: Option<Moment>,
    /// When it was taken down.
    pub ended_at: Option<Moment>,
}

impl AnnouncementView {
    fn of(known: &Announcement, own: &str) -> Self {
        Self {
            id: known.id.to_string(),
            revision: known.revision,
            title: TextValue::of(&known.title, own),
            body: TextValue::of(&known.body.source, own),
            html: known.body.html.plain().to_owned(),
            published_at: Moment(known.published_at),
            until: known.until.map(Moment),
            ended_at: known.ended_at.map(Moment),
        }
    }
}

/// An announcement to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementInput {
    /// One line, as visitors read it.
    pub title: TextValue,
    /// The rest, in Markdown.
    #[serde(default)]
    pub body: Option<TextValue>,
    /// Until when it is to be shown.
    #[serde(default)]
    pub until: Option<Moment>,
}

impl AnnouncementInput {
    /// As the core takes it.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn into_announcement(self, own: &str) -> Result<NewAnnouncement, Problem> {
        let body = self.body.map(|body| body.into_prose("body", own)).transpose()?;
        Ok(NewAnnouncement {
            title: self.title.into_text("title", own)?,
            body: body.unwrap_or_default(),
            until: self.until.map(|moment| moment.0),
        })
    }
}

/// What to change of an announcement. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementPatch {
    /// The title.
    #[serde(default)]
    pub title: Option<TextValue>,
    /// The rest, in Markdown.
    #[serde(default)]
    pub body: Option<TextValue>,
    /// Until when it is to be shown; `null` until it is taken down.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Moment>)]
    pub until: Change<Moment>,
}

fn announcement_id(text: &str) -> Result<AnnouncementId, Problem> {
    AnnouncementId::new(text).map_err(|_| Problem::not_found("announcement"))
}

fn shown(
    services: &Services,
    status: StatusCode,
    known: &Known,
    id: &AnnouncementId,
) -> Result<Response, Problem> {
    let found = known.board.announcements.iter().find(|known| known.id == *id);
    let found = found.ok_or_else(|| Problem::not_found("announcement"))?;
    let mut response = (status, Json(AnnouncementView::of(found, &own_language(services)))).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag(found.revision)) {
        response.headers_mut().insert(ETAG, value);
    }
    Ok(response)
}

async fn acted(
    services: &Arc<Services>,
    caller: &Caller,
    (command, once): (Command, Option<OnceKey>),
    status: StatusCode,
) -> Result<Response, Problem> {
    let Acted { subject, known } = act(services, caller, command, once).await?;
    let Subject::Announcement(id) = &subject else { return Err(Problem::not_found("announcement")) };
    shown(services, status, &known, id)
}

/// List announcements of the last days, newest first
#[utoipa::path(get, path = "/announcements", tag = "announcements",
    responses((status = 200, body = Vec<AnnouncementView>), Problems))]
pub async fn list(State(services): State<Arc<Services>>) -> Json<Vec<AnnouncementView>> {
    let (board, own) = (Arc::clone(&services.known.borrow().board), own_language(&services));
    Json(board.announcements.iter().map(|known| AnnouncementView::of(known, &own)).collect())
}

/// Make an announcement
#[utoipa::path(post, path = "/announcements", tag = "announcements", request_body = AnnouncementInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own: the same request with it is done once")),
    responses((status = 201, body = AnnouncementView, headers(("ETag" = String))), Problems))]
pub async fn make(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<AnnouncementInput>,
) -> Result<Response, Problem> {
    let new = body.value.into_announcement(&own_language(&services))?;
    acted(&services, &caller, (Command::Announce(Box::new(new)), body.once), StatusCode::CREATED).await
}

/// Read an announcement
#[utoipa::path(get, path = "/announcements/{id}", tag = "announcements", params(("id" = String, Path)),
    responses((status = 200, body = AnnouncementView, headers(("ETag" = String))), Problems))]
pub async fn read(
    State(services): State<Arc<Services>>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let known = services.known.borrow().clone();
    shown(&services, StatusCode::OK, &known, &announcement_id(&id)?)
}

/// Change an announcement
#[utoipa::path(patch, path = "/announcements/{id}", tag = "announcements", request_body = AnnouncementPatch,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read")),
    responses((status = 200, body = AnnouncementView, headers(("ETag" = String))), Problems))]
pub async fn edit(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
    Seen(revision): Seen,
    body: Body<AnnouncementPatch>,
) -> Result<Response, Problem> {
    let (own, patch) = (own_language(&services), body.value);
    let edit = Box::new(AnnouncementEdit {
        title: patch.title.map(|title| title.into_text("title", &own)).transpose()?,
        body: patch.body.map(|body| body.into_prose("body", &own)).transpose()?,
        until: patch.until.map(|until| until.map(|moment| moment.0)),
    });
    let command = Command::EditAnnouncement { id: announcement_id(&id)?, revision, edit };
    acted(&services, &caller, (command, body.once), StatusCode::OK).await
}

/// Take an announcement down
#[utoipa::path(delete, path = "/announcements/{id}", tag = "announcements", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn end(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    act(&services, &caller, Command::EndAnnouncement { id: announcement_id(&id)? }, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
