//! The spans of a component as a table for programs, so that anyone can reckon its uptime again.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use pharos_model::{ComponentId, Span, Status, UnixMs};
use pharos_store::{Store, StoreError};

use super::{Services, headers};
use crate::limits::SPANS_MAX;

/// What it is.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// As RFC 4180 and RFC 3339 have it: `from,until,status,measured`, oldest first; the newest when there are more than the
/// bound. `status` is what counts; `measured` is what the checks found where operators stated another, and else empty.
pub async fn csv(
    State(services): State<Arc<Services>>,
    Path(id): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let snapshot = services.pages.snapshot();
    let known = ComponentId::new(&id).ok().filter(|id| snapshot.component(id).is_some());
    let Some(id) = known else {
        return super::page::not_found(State(services), uri, request).await.into_response();
    };
    match told(&*services.store, &id, snapshot.at).await {
        Ok(table) => {
            let mut response = Response::new(Body::from(table));
            let fields = response.headers_mut();
            fields.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
            fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            let file = format!("attachment; filename=\"{id}-spans.csv\"");
            if let Ok(file) = HeaderValue::from_str(&file) {
                fields.insert(CONTENT_DISPOSITION, file);
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "spans could not be read");
            headers::plain(StatusCode::SERVICE_UNAVAILABLE, "The history cannot be read at the moment.\n")
        }
    }
}

/// The table of a component up to a moment.
///
/// # Errors
/// When the history cannot be read.
pub async fn told(store: &dyn Store, id: &ComponentId, at: UnixMs) -> Result<String, StoreError> {
    // The span that began with the newest change is among them.
    Ok(table(&store.spans(id, UnixMs(i64::MIN), at.plus_ms(1), SPANS_MAX).await?))
}

fn table(spans: &[Span]) -> String {
    let mut table = String::from("from,until,status,measured\r\n");
    for span in spans {
        let until = span.ends_at.map(moment).unwrap_or_default();
        // Writing to memory cannot fail.
        let measured = span.measured.map_or("", Status::as_str);
        let _written =
            write!(table, "{},{until},{},{measured}\r\n", moment(span.starts_at), span.status.as_str());
    }
    table
}

fn moment(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_lasts_has_no_end() {
        let span =
            |from, until, status| Span { starts_at: UnixMs(from), ends_at: until, status, measured: None };
        let spans = [
            span(0, Some(UnixMs(1_500)), Status::Unknown),
            Span { measured: Some(Status::MajorOutage), ..span(1_500, None, Status::Operational) },
        ];
        assert_eq!(
            table(&spans),
            "from,until,status,measured\r\n1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.500Z,unknown,\r\n1970-01-01T00:00:01.500Z,,operational,major_outage\r\n"
        );
    }
}
