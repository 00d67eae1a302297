//! The archive: how far it reaches, and the drills that try it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use pharos_model::Drill;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::problem::{Problem, Problems};
use super::wire::Moment;
use crate::archiving::DrillError;
use crate::http::Services;
use crate::operators::Author;

/// How archiving is going.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArchiveView {
    /// Whether there is anything to be archived.
    pub configured: bool,
    /// Whether it is written; `null` where there is nothing to be archived.
    pub well: Option<bool>,
    /// What is wrong, if anything is.
    pub failure: Option<String>,
    /// The last entry of the journal that is in it.
    pub seq: Option<u64>,
    /// How many entries it is behind.
    pub behind: Option<u64>,
    /// Up to when it holds everything of the journal.
    pub covers: Option<Moment>,
    /// Up to when it holds raw observations.
    pub history_covers: Option<Moment>,
}

impl ArchiveView {
    /// As this node knows it.
    pub fn of(services: &Services) -> Self {
        let state = &services.health.archive;
        let known = state.known();
        let seq = known.as_ref().filter(|known| known.covers.is_some()).map(|known| known.seq);
        Self {
            configured: state.is_configured(),
            well: state.is_well(),
            failure: known.as_ref().and_then(|known| known.failure.clone()),
            seq,
            behind: seq.map(|seq| services.known.borrow().seq.saturating_sub(seq)),
            covers: known.as_ref().and_then(|known| known.covers).map(Moment),
            history_covers: known.as_ref().and_then(|known| known.history_covers).map(Moment),
        }
    }
}

/// A restore of the archive that was tried.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DrillView {
    /// When it began.
    pub began_at: Moment,
    /// Whether what was restored is what is here.
    pub passed: bool,
    /// How long it took, in milliseconds: the recovery time.
    pub took_ms: u64,
    /// How far the archive was behind when it began, in milliseconds: the data that would have been lost.
    pub at_risk_ms: Option<u64>,
    /// Entries of the journal that were restored.
    pub entries: u64,
    /// Raw observations that were restored.
    pub observations: u64,
    /// Whether it was done in the time that was promised; `null` where none was.
    pub met_rto: Option<bool>,
    /// Whether no more was at risk than was promised, which is never so in one that failed; `null` where nothing was, or it is not known.
    pub met_rpo: Option<bool>,
}

impl From<&Drill> for DrillView {
    fn from(drill: &Drill) -> Self {
        Self {
            began_at: Moment(drill.began_at),
            passed: drill.passed,
            took_ms: drill.took_ms,
            at_risk_ms: drill.at_risk_ms,
            entries: drill.entries,
            observations: drill.observations,
            met_rto: drill.met_rto(),
            met_rpo: drill.met_rpo(),
        }
    }
}

/// Drills.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DrillsView {
    /// The newest first.
    pub drills: Vec<DrillView>,
}

/// Read how archiving is going
#[utoipa::path(get, path = "/archive", tag = "archive", responses((status = 200, body = ArchiveView), Problems))]
pub async fn read(State(services): State<Arc<Services>>) -> Json<ArchiveView> {
    Json(ArchiveView::of(&services))
}

/// List the restores that were tried
#[utoipa::path(get, path = "/drills", tag = "archive", responses((status = 200, body = DrillsView), Problems))]
pub async fn drills(State(services): State<Arc<Services>>) -> Json<DrillsView> {
    let known = services.known.borrow();
    Json(DrillsView { drills: known.board.drills.iter().map(DrillView::from).collect() })
}

/// Try whether the archive can be restored
///
/// The answer comes when it was tried, which takes as long as a restore. One that is not passed is an answer, too.
#[utoipa::path(post, path = "/drills", tag = "archive", responses((status = 201, body = DrillView), Problems))]
pub async fn hold(
    State(services): State<Arc<Services>>,
    caller: Caller,
) -> Result<(StatusCode, Json<DrillView>), Problem> {
    let drill = held(&services, caller.author()).await?;
    Ok((StatusCode::CREATED, Json(DrillView::from(&drill))))
}

/// Holds a drill, to its end even where who asked is gone by then.
///
/// # Errors
/// When it could not be held.
pub async fn held(services: &Services, author: Author) -> Result<Drill, Problem> {
    let drills = services.drills.clone();
    let task = tokio::spawn(async move { drills.hold(author).await });
    let done = task.await.map_err(|_| Problem::new("unavailable", "the drill ended before its time"))?;
    done.map_err(|error| {
        let kind = match &error {
            DrillError::NotConfigured | DrillError::Sealed | DrillError::UnderWay => "not_allowed",
            _ => "unavailable",
        };
        Problem::new(kind, error.to_string())
    })
}
