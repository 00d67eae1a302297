//! The service worker: what a visitor's browser runs to show the page when nobody here answers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::{Services, headers};
use crate::pages::{Encoded, QUICK};

/// Stands in the script where the list of mirrors belongs.
const MIRRORS: &str = "__PHAROS_MIRRORS__";

/// The script, with these mirrors.
pub fn script(mirrors: &[String]) -> String {
    let list = serde_json::to_string(mirrors).unwrap_or_else(|_| "[]".to_owned());
    headers::squeezed(include_str!("../../../app/worker.js")).replace(MIRRORS, &list)
}

/// The script, with the mirrors that the operator names.
pub async fn worker(State(services): State<Arc<Services>>, request: HeaderMap) -> Response {
    let mirrors = services.pages.snapshot().page.presentation.mirrors.clone();
    let script = script(&mirrors);
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let policy = format!("default-src 'none'; connect-src {}", headers::reachable(&mirrors));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        fields.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Encoded::new(StatusCode::OK, &fields, &Bytes::from(script), QUICK).respond(&request).into_response()
}
