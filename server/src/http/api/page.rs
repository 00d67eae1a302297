//! The page as a whole, what operators were reminded of, and how Markdown will look.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pharos_engine::desk::Reminder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Body;
use super::incidents::own_language;
use super::problem::{Problem, Problems};
use super::wire::{Moment, TextValue};
use crate::http::Services;
use crate::operators::prose;

/// The page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PageView {
    /// Whose page it is.
    pub name: TextValue,
    /// Where the public finds it; empty when nobody said so.
    pub url: String,
    /// The zone in which its days begin.
    pub time_zone: String,
    /// The language of texts without one.
    pub language: String,
    /// The state of the whole: `none`, `maintenance`, `unknown`, `minor`, `major` or `critical`.
    pub indicator: &'static str,
    /// The place in the journal.
    pub seq: u64,
    /// As of when.
    pub at: Moment,
    /// How many incidents are open.
    pub open_incidents: usize,
    /// How many maintenances are in progress or to come.
    pub planned_maintenances: usize,
}

/// What operators were reminded of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReminderView {
    /// What it is: `update_due`, `update_missed`, `maintenance_tomorrow`, `maintenance_soon`, `verification_due` or
    /// `draft_failed`.
    pub kind: &'static str,
    /// What it is about, below the API.
    #[schema(example = "incidents/2026-11-26-checkout-is-slow")]
    pub target: String,
    /// The moment it is about.
    pub due: Moment,
}

impl ReminderView {
    /// Of a reminder.
    pub fn of((reminder, due): &(Reminder, pharos_model::UnixMs)) -> Self {
        let (kind, target) = match reminder {
            Reminder::UpdateDue(id) => ("update_due", format!("incidents/{id}")),
            Reminder::UpdateMissed(id) => ("update_missed", format!("incidents/{id}")),
            Reminder::MaintenanceTomorrow(id) => ("maintenance_tomorrow", format!("maintenances/{id}")),
            Reminder::MaintenanceSoon(id) => ("maintenance_soon", format!("maintenances/{id}")),
            Reminder::VerificationDue(id) => ("verification_due", format!("maintenances/{id}")),
            Reminder::DraftFailed(id) => ("draft_failed", format!("drafts/{id}")),
        };
        Self { kind, target, due: Moment(*due) }
    }
}

/// Markdown.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// What is written.
    pub body: TextValue,
}

/// How it will look.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewView {
    /// As HTML that is safe to show.
    pub html: String,
}

/// Read the state of the page
#[utoipa::path(get, path = "/page", tag = "page", responses((status = 200, body = PageView), Problems))]
pub async fn read(State(services): State<Arc<Services>>) -> Json<PageView> {
    let known = services.known.borrow().clone();
    let board = &known.board;
    let own = own_language(&services);
    Json(PageView {
        name: TextValue::of(&board.page.name, &own),
        url: board.page.presentation.address(),
        time_zone: board.page.time_zone.clone(),
        language: own,
        indicator: board.indicator().as_str(),
        seq: known.seq,
        at: Moment(board.at),
        open_incidents: board.open_incidents().count(),
        planned_maintenances: board.planned_maintenances().count(),
    })
}

/// Read what operators were reminded of, newest first
#[utoipa::path(get, path = "/reminders", tag = "page", responses((status = 200, body = Vec<ReminderView>), Problems))]
pub async fn reminders(State(services): State<Arc<Services>>) -> Json<Vec<ReminderView>> {
    let desk = Arc::clone(&services.known.borrow().desk);
    Json(desk.reminders.iter().rev().map(ReminderView::of).collect())
}

/// See how Markdown will look
#[utoipa::path(post, path = "/preview", tag = "page", request_body = PreviewInput,
    responses((status = 200, body = PreviewView), Problems))]
pub async fn preview(
    State(services): State<Arc<Services>>,
    body: Body<PreviewInput>,
) -> Result<Json<PreviewView>, Problem> {
    let text = body.value.body.into_text("body", &own_language(&services))?;
    Ok(Json(PreviewView { html: prose("body", text)?.html.plain().to_owned() }))
}
