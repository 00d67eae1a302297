//! The demo's pair of servers: one serves, the other follows, and takes over when the first is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio_util::sync::CancellationToken;

/// How often the follower asks after the one that serves.
const BEAT: Duration = Duration::from_millis(250);
/// So many unanswered questions, and it takes over.
const MISSED_MAX: u32 = 10;

/// The pair.
#[derive(Debug, Default)]
pub struct Pair {
    /// The first server is gone.
    pub north_down: AtomicBool,
    /// The second server is gone.
    pub south_down: AtomicBool,
    south_serves: AtomicBool,
    asked: AtomicU64,
}

impl Pair {
    fn is_down(&self, is_south: bool) -> bool {
        let down = if is_south { &self.south_down } else { &self.north_down };
        down.load(Ordering::Relaxed)
    }

    fn answer(&self, is_south: bool) -> Response {
        if self.is_down(is_south) {
            return (StatusCode::SERVICE_UNAVAILABLE, "Down for the demo").into_response();
        }
        let serves = self.south_serves.load(Ordering::Relaxed) == is_south;
        // A lag that wanders a little, as lags do.
        let lag_ms = self.asked.fetch_add(1, Ordering::Relaxed).wrapping_mul(37) % 300;
        let body = if serves {
            r#"{"status":"UP","role":"primary"}"#.to_owned()
        } else {
            format!(r#"{{"status":"UP","role":"standby","lag":0.{lag_ms:03}}}"#)
        };
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// What the first server says of itself.
pub async fn north(State(pair): State<Arc<Pair>>) -> Response {
    pair.answer(false)
}

/// What the second server says of itself.
pub async fn south(State(pair): State<Arc<Pair>>) -> Response {
    pair.answer(true)
}

/// Lets the follower take over whenever the one that serves is gone for too long, until shutdown.
pub async fn run(pair: Arc<Pair>, shutdown: CancellationToken) {
    let mut missed = 0;
    while !shutdown.is_cancelled() {
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(BEAT) => {}
        }
        let south_serves = pair.south_serves.load(Ordering::Relaxed);
        missed = if pair.is_down(south_serves) { missed + 1 } else { 0 };
        if missed >= MISSED_MAX && !pair.is_down(!south_serves) {
            pair.south_serves.store(!south_serves, Ordering::Relaxed);
            missed = 0;
        }
    }
}
