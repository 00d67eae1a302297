//! The operator's own files: what the configuration gives the page to show.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
};

use super::{Services, headers, page};

/// A picture that somebody opens by itself may have styles of its own, and nothing else: no script runs in it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
);

/// One file. Its name changes with its content.
pub async fn file(
    State(services): State<Arc<Services>>,
    Path(name): Path<String>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let brand = services.brand.load();
    let Some(file) = brand.find(&name) else {
        return page::not_found(State(services), uri, request).await;
    };
    let mut response = Response::new(Body::from(file.bytes.clone()));
    let fields = response.headers_mut();
    headers::secure(fields);
    fields.insert(CONTENT_SECURITY_POLICY, POLICY);
    fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}
