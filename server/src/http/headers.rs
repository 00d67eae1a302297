//! Headers that every answer carries, and plain answers.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use pharos_model::Presentation;
use sha2::{Digest, Sha256};

/// What pages may do on which the operator changed nothing.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(&hash(pharos_app::stylesheet()), &[]));

/// What a page may do: run our own scripts and WebAssembly, use the styles it is given, talk to us. Nothing else.
fn policy(styles: &str, mirrors: &[String]) -> HeaderValue {
    let reachable = reachable(mirrors);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src {styles}; img-src 'self' data:; \
         connect-src {reachable}; frame-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn hash(style: &str) -> String {
    ["'sha256-", &base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style)), "'"].concat()
}

/// What pages may do that look as the operator chose.
pub fn page_policy(presentation: &Presentation) -> HeaderValue {
    let Presentation { accent, stylesheet, mirrors, .. } = presentation;
    if accent.is_empty() && stylesheet.is_empty() && mirrors.is_empty() {
        return POLICY.clone();
    }
    let accent = pharos_app::accent_style(presentation).map(|style| hash(&style));
    let own = (!stylesheet.is_empty()).then(|| "'self'".to_owned());
    let styles = [Some(hash(pharos_app::stylesheet())), accent, own];
    policy(&styles.into_iter().flatten().collect::<Vec<_>>().join(" "), mirrors)
}

/// Whom a page may ask: us, and the mirrors.
pub fn reachable(mirrors: &[String]) -> String {
    mirrors.iter().fold("'self'".to_owned(), |all, mirror| [&*all, " ", mirror].concat())
}

/// A script without indentation and comments that fill their lines.
pub fn squeezed(source: &str) -> String {
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What pages for operators may do: use our own style sheet and script, and send forms to us. Nobody keeps or frames them.
pub fn operator_page(headers: &mut HeaderMap) {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    secure(headers);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Adds what every answer carries.
pub fn secure(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

/// A short answer in plain text that nobody may keep.
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer that says that we cannot now, and when to try again.
pub fn unavailable(retry_after_s: u32, text: &'static str) -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, text);
    response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    response
}

/// A document in JSON that nobody may keep.
pub fn json(status: StatusCode, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
