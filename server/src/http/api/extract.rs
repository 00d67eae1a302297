//! What handlers take from a request: a body, a place in a list, a revision, a key.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::access::Caller;
use super::problem::Problem;
use crate::http::Services;
use crate::limits::{API_PAGE_MAX, BODY_READ_TIMEOUT, OPERATOR_BODY_BYTES_MAX};
use crate::operators::OnceKey;

/// The longest key of a request.
const KEY_CHARS_MAX: usize = 255;

/// Reads a body within its bounds.
pub async fn bytes(request: Request) -> Result<bytes::Bytes, Problem> {
    let body = Limited::new(request.into_body(), OPERATOR_BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_READ_TIMEOUT, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Problem::new("too_large", "the body is larger than 1 MiB"))
        }
        Ok(Err(_)) => Err(Problem::new("malformed", "the body ended early")),
        Err(_) => Err(Problem::new("malformed", "the body took too long")),
    }
}

/// A body in JSON, with the key of its request.
pub struct Body<T> {
    /// What it holds.
    pub value: T,
    /// Present when the request must be done once.
    pub once: Option<OnceKey>,
}

impl<T: DeserializeOwned> FromRequest<Arc<Services>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Services>) -> Result<Self, Problem> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            let problem = Problem::new("unsupported", "the body is not said to be JSON");
            return Err(problem.hint("send `Content-Type: application/json`"));
        }
        let key = once_key(&request)?;
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let bytes = bytes(request).await?;
        let value = parse(&bytes)?;
        let once = key.map(|key| {
            let digest = Sha256::new().chain_update(method).chain_update([0]).chain_update(path);
            OnceKey { key, fingerprint: digest.chain_update([0]).chain_update(&bytes).finalize().into() }
        });
        Ok(Self { value, once })
    }
}

/// Reads JSON: what is no JSON at all is malformed, what is JSON of another shape is a value that is not good.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("the body is no JSON: {error}");
        Problem::new("malformed", detail)
    })?;
    // Texts with what no text can hold would be refused by the database alone.
    serde_json::from_value(value).map_err(|error| {
        let hint = "see /api/v1/ for what this takes";
        Problem::new("invalid", format!("the body does not fit: {error}")).hint(hint)
    })
}

fn once_key(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_CHARS_MAX);
    let wrong = || Problem::new("malformed", "the Idempotency-Key is empty, too long or no plain text");
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}

/// The revision in `If-Match`; `None` when there is none, or any will do.
pub struct Seen(pub Option<u32>);

impl FromRequestParts<Arc<Services>> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Services>) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let number = text.strip_prefix("\"r").and_then(|text| text.strip_suffix('"'));
        let revision = number.and_then(|number| number.parse().ok());
        let wrong = || {
            let problem = Problem::new("malformed", "`If-Match` holds no revision of ours");
            problem.hint("copy the ETag of what you read, as in \"r3\"")
        };
        revision.map(|revision| Self(Some(revision))).ok_or_else(wrong)
    }
}

/// The `ETag` of a revision.
pub fn etag(revision: u32) -> String {
    format!("\"r{revision}\"")
}

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Services>) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new("unauthenticated", "nobody is signed in"))
    }
}

/// A part of the address, as text.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Services>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, services).await;
        path.map(|path| Self(path.0))
            .map_err(|_| Problem::new("not_found", "there is nothing at this address"))
    }
}

/// The query of an address.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Services>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, services).await;
        query.map(|query| Self(query.0)).map_err(|error| Problem::new("malformed", error.body_text()))
    }
}

/// How many entries of a list are asked for.
///
/// # Errors
/// When it is none, or more than there may be.
pub fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    let asked = asked.map_or(50, |asked| usize::try_from(asked).unwrap_or(usize::MAX));
    if !(1..=API_PAGE_MAX).contains(&asked) {
        let hint = format!("ask for 1 to {API_PAGE_MAX}");
        return Err(Problem::new("malformed", "`limit` is out of range").hint(hint));
    }
    Ok(asked)
}

/// A place in a list, as text that is handed back as it was given.
pub fn cursor(at: i64, id: &str) -> String {
    format!("{at}.{id}")
}

/// Reads a place in a list.
///
/// # Errors
/// When it is none that we gave.
pub fn place(cursor: Option<&str>) -> Result<Option<(i64, String)>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    let place = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    let wrong = || {
        let problem = Problem::new("malformed", "`cursor` is none that this API gave");
        problem.hint("take `next_cursor` of the page before as it is")
    };
    place.map(Some).ok_or_else(wrong)
}
