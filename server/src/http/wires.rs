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

/// Who holds the document of that moment is told so, where they do not name it by its tag.
fn unchanged(mut response: Response, request: &HeaderMap) -> Response {
    let since = request.get(IF_MODIFIED_SINCE).filter(|_| !request.contains_key(IF_NONE_MATCH));
    if since.is_some() && since == response.headers().get(LAST_MODIFIED) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

/// Without its ending a document is led to; of everything else there is none.
fn elsewhere(uri: &Uri) -> Response {
    let with_ending = [uri.path(), ".json"].concat();
    if !uri.path().ends_with('/') && wires::find(&with_ending, None).is_some() {
        return read_by_all(Redirect::permanent(&with_ending).into_response());
    }
    missing()
}

fn missing() -> Response {
    read_by_all(headers::plain(StatusCode::NOT_FOUND, "There is no such document.\n"))
}

/// An answer that every site may read.
pub fn read_by_all(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
