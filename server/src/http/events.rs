//! The event stream.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, VARY,
};
use pharos_model::{Event, Origin};
use pharos_store::StoreError;
use serde::Deserialize;

use super::wires::read_by_all;
use super::{Peer, Services, headers};
use crate::limits::RESUME_ENTRIES_MAX;
use crate::live::{Coding, Frame, ResumePoint, frames};
use crate::pages::{Encoding, accepts};
use crate::pulse::greeting;

/// The shortest time after which a broken stream should be taken up again.
const RETRY_MIN_MS: u64 = 1_000;
/// By how much that time differs between streams, so that a restart does not bring everybody back at once.
const RETRY_SPREAD_MS: u64 = 3_000;

/// What a client may ask for.
#[derive(Debug, Deserialize)]
pub struct Since {
    /// The `id` of the last event it heard.
    since: Option<String>,
}

/// Opens an event stream: from where the client stopped, or from a reset.
pub async fn events(
    State(services): State<Arc<Services>>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<Since>,
    request: HeaderMap,
) -> Response {
    if services.shutdown.is_cancelled() {
        return read_by_all(headers::unavailable(2, "This node is shutting down.\n"));
    }
    let Some(place) = services.streams.enter(peer.0) else {
        let why = "There are too many event streams open. The page itself still works.\n";
        return read_by_all(headers::unavailable(30, why));
    };
    let named =
        request.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned).or(query.since);
    let resume = named.as_deref().and_then(ResumePoint::parse);
    let mut subscription = services.hub.subscribe(resume.as_ref());
    if let Some(after) = subscription.missing_after {
        let origin = resume.map(|point| point.origin).unwrap_or_default();
        // What the journal says is said of everything: a further page's own changes are in memory alone.
        let missed = if services.pages.is_further() {
            Ok(None)
        } else {
            from_journal(&services, &origin, after, subscription.seq).await
        };
        match missed {
            Ok(Some(missed)) => subscription.backlog = missed,
            Ok(None) => subscription = services.hub.subscribe(None),
            Err(error) => {
                tracing::warn!(%error, "the journal could not be read for one who resumes; sending a reset");
                subscription = services.hub.subscribe(None);
            }
        }
    }
    subscription.backlog.push(Frame::pulse(&greeting(&services.last_checked, &services.health)));
    let retry_ms = RETRY_MIN_MS + services.metrics.stream_opened() % RETRY_SPREAD_MS;
    let parts = (subscription.backlog, subscription.receiver, subscription.seq);
    let coding = if accepts(&request, Encoding::Gzip) { Coding::Gzip } else { Coding::Plain };
    let stream = frames(services.hub.clone(), parts, services.shutdown.clone(), (retry_ms, coding), place);
    let mut response = Response::new(Body::from_stream(stream));
    let fields = response.headers_mut();
    if coding == Coding::Gzip {
        fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    fields.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The public changes after one place up to another; `None` when there are more than a stream should begin with, or one of
/// them takes the place of what those before it say: that may be hidden, or worded otherwise now.
async fn from_journal(
    services: &Services,
    origin: &Origin,
    after: u64,
    until: u64,
) -> Result<Option<Vec<Frame>>, StoreError> {
    if until.saturating_sub(after) > u64::try_from(RESUME_ENTRIES_MAX).unwrap_or(u64::MAX) {
        return Ok(None);
    }
    let entries = services.store.entries_after(after, RESUME_ENTRIES_MAX).await?;
    let changes = entries.iter().filter(|entry| entry.seq <= until).filter_map(pharos_engine::Entry::event);
    let changes: Vec<Event> = changes.collect();
    if changes.iter().skip(1).any(|event| event.change.rewrites()) {
        return Ok(None);
    }
    Ok(Some(changes.iter().map(|change| Frame::change(origin, change)).collect()))
}
