//! Heartbeats: a job says that it began, ended well, or failed. Acknowledged only when stored.

use arc_swap::ArcSwap;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use pharos_engine::CheckId;
use pharos_probe::push::Signal;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Services, headers};
use crate::config::Heartbeats;
use crate::limits::{BODY_READ_TIMEOUT, PUSH_BODY_BYTES_MAX, PUSH_TIMEOUT};

/// A signal on its way to the core.
#[derive(Debug)]
pub struct Heartbeat {
    /// Of which check.
    pub check: CheckId,
    /// What was said.
    pub signal: Signal,
    /// When it came in. While the store fails it may wait for long.
    pub received: Instant,
    /// Told when the signal is stored.
    pub stored: oneshot::Sender<()>,
}

/// The way to the core.
#[derive(Clone, Debug)]
pub struct HeartbeatSender {
    /// Who may report.
    pub tokens: Arc<ArcSwap<Heartbeats>>,
    /// To the core.
    pub sender: mpsc::Sender<Heartbeat>,
}

/// The job ended well.
pub async fn success(
    state: State<Arc<Services>>,
    token: Path<String>,
    body: axum::extract::Request,
) -> Response {
    report(state, token, Signal::Success, body).await
}

/// The job began.
pub async fn start(
    state: State<Arc<Services>>,
    token: Path<String>,
    body: axum::extract::Request,
) -> Response {
    report(state, token, Signal::Start, body).await
}

/// The job failed.
pub async fn fail(
    state: State<Arc<Services>>,
    token: Path<String>,
    body: axum::extract::Request,
) -> Response {
    report(state, token, Signal::Fail, body).await
}

async fn report(
    State(services): State<Arc<Services>>,
    Path(token): Path<String>,
    signal: Signal,
    request: axum::extract::Request,
) -> Response {
    // A body is taken so that any client can report, but nothing in it is kept.
    if let Err(response) = drain(request).await {
        return response;
    }
    let found = services.heartbeats.tokens.load().find(&token).map(|push| push.check.clone());
    let Some(check) = found else {
        return headers::plain(StatusCode::NOT_FOUND, "No check has this token.\n");
    };
    let (stored, done) = oneshot::channel();
    let heartbeat = Heartbeat { check, signal, received: Instant::now(), stored };
    if services.heartbeats.sender.try_send(heartbeat).is_err() {
        return headers::unavailable(5, "Heartbeats cannot be taken at the moment. Try again.\n");
    }
    match tokio::time::timeout(PUSH_TIMEOUT, done).await {
        Ok(Ok(())) => headers::plain(StatusCode::OK, "OK\n"),
        // It may be stored yet; a job that gives its sign twice does no harm.
        Ok(Err(_)) | Err(_) => headers::unavailable(5, "The heartbeat could not be stored. Try again.\n"),
    }
}

async fn drain(request: axum::extract::Request) -> Result<Bytes, Response> {
    let body = Limited::new(request.into_body(), PUSH_BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_READ_TIMEOUT, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => {
            Err(headers::plain(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long: 64 KiB at most.\n"))
        }
        Err(_) => Err(headers::plain(StatusCode::REQUEST_TIMEOUT, "The body took too long.\n")),
    }
}
