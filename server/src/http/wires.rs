//! Documents for programs, from memory. Whoever asks is led to no other language.

use std::sync::Arc;

use axum::extract::State;
use axum::handler::Handler;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, WARNING,
};
use http::{StatusCode, Uri};
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Services, headers};
use crate::wires;

/// What may be asked of a document.
pub fn route() -> MethodRouter<Arc<Services>> {
    readable(document)
}

/// What may be asked of an address that every site may read, with headers of its own.
pub fn readable<T: 'static>(handler: impl Handler<T, Arc<Services>>) -> MethodRouter<Arc<Services>> {
    get(handler).options(asked_before)
}

/// The answer to a browser that asks whether a page of another site may ask with headers of its own.
async fn asked_before() -> Response {
    let mut response = read_by_all(StatusCode::NO_CONTENT.into_response());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// The document at an address.
async fn document(State(services): State<Arc<Services>>, uri: Uri, request: HeaderMap) -> Response {
    answer(&services, &uri, &request).await
}

/// The same, for routes that are shared with pages.
pub async fn answer(services: &Services, uri: &Uri, request: &HeaderMap) -> Response {
    match services.pages.document(uri.path(), uri.query()).await {
        Ok(Some(document)) => {
            let response = unchanged(document.respond(request).into_response(), request);
            if services.health.is_stale() { aged(response) } else { response }
        }
        Ok(None) => elsewhere(uri),
        Err(error) => {
            tracing::error!(%error, "a document could not be made");
            read_by_all(headers::unavailable(5, "This page's history cannot be read at the moment.\n"))
        }
    }
}

/// What may be out of date is sent all the same, and says so: formats of others have no place for it but the head. Nobody keeps it.
fn aged(mut response: Response) -> Response {
    let warning = HeaderValue::from_static("110 pharos \"what this says may be out of date\"");
    response.headers_mut().insert(WARNING, warning);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Who holds the document of that moment or of a later one is told so, where they do not name it by its tag.
fn unchanged(mut response: Response, request: &HeaderMap) -> Response {
    let since = request.get(IF_MODIFIED_SINCE).filter(|_| !request.contains_key(IF_NONE_MATCH));
    let changed = response.headers().get(LAST_MODIFIED);
    if since.zip(changed).is_some_and(|(since, changed)| is_since(since, changed)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

/// Whether one moment as HTTP has it is not before another. What is no moment is before all.
fn is_since(since: &HeaderValue, changed: &HeaderValue) -> bool {
    let moment = |value: &HeaderValue| DateTimeParser::new().parse_timestamp(value).ok();
    since == changed || moment(since).zip(moment(changed)).is_some_and(|(since, changed)| since >= changed)
}

/// Without its ending a document is led to; of everything else there is none.
fn elsewhere(uri: &Uri) -> Response {
    let with_ending = [uri.path(), ".json"].concat();
    if !uri.path().ends_with('/') && wires::find(&with_ending, None).is_some() {
        return led_to(&with_ending, uri);
    }
    missing()
}

/// Leads to another path, with what was asked of this one.
pub fn led_to(path: &str, asked: &Uri) -> Response {
    let to: &str = match asked.query() {
        Some(query) => &[path, "?", query].concat(),
        None => path,
    };
    read_by_all(Redirect::permanent(to).into_response())
}

fn missing() -> Response {
    read_by_all(headers::plain(StatusCode::NOT_FOUND, "There is no such document.\n"))
}

/// An answer that every site may read.
pub fn read_by_all(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is answered about a document that changed on the 23rd of November 2026 at 14:03:05 to who holds one of that moment.
    fn answered(since: &str) -> StatusCode {
        let mut response = Response::new(axum::body::Body::empty());
        let changed = HeaderValue::from_static("Mon, 23 Nov 2026 14:03:05 GMT");
        response.headers_mut().insert(LAST_MODIFIED, changed);
        let mut request = HeaderMap::new();
        request.insert(IF_MODIFIED_SINCE, HeaderValue::from_str(since).unwrap());
        unchanged(response, &request).status()
    }

    #[test]
    fn what_did_not_change_since_the_moment_that_is_named_is_not_sent_again() {
        for since in [
            "Mon, 23 Nov 2026 14:03:05 GMT",
            "Mon, 23 Nov 2026 14:03:06 GMT",
            "Tue, 01 Dec 2026 00:00:00 GMT",
            "Fri, 01 Jan 2027 00:00:00 GMT",
        ] {
            assert_eq!(answered(since), StatusCode::NOT_MODIFIED, "{since}");
        }
        for since in [
            "Mon, 23 Nov 2026 14:03:04 GMT",
            "Sat, 31 Oct 2026 23:59:59 GMT",
            "Wed, 31 Dec 2025 23:59:59 GMT",
        ] {
            assert_eq!(answered(since), StatusCode::OK, "{since}");
        }
    }

    #[test]
    fn a_moment_that_is_none_is_not_looked_at() {
        for since in ["", "now", "9", "Mon, 23 Xyz 2027 14:03:05 GMT", "Mon, 23 Nov zzzz 14:03:05 GMT"] {
            assert_eq!(answered(since), StatusCode::OK, "{since}");
        }
    }

    #[test]
    fn who_is_led_to_the_ending_of_a_document_keeps_what_they_asked_of_it() {
        let response = elsewhere(&Uri::from_static("/uptime/api?page=2"));
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(response.headers()[http::header::LOCATION], "/uptime/api.json?page=2");
    }
}
