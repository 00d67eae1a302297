//! What goes wrong, as RFC 9457 has it: `application/problem+json` with the field, what is wrong, and what to do.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use pharos_engine::desk::Refusal;
use pharos_store::StoreError;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::accounts::Refused;
use crate::http::headers;
use crate::operators::Failure;

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Problem {
    /// A word for this kind of problem, the same for ever.
    #[serde(rename = "type")]
    #[schema(example = "invalid")]
    pub kind: &'static str,
    /// The same in a few words.
    #[schema(example = "A value is not good")]
    pub title: &'static str,
    /// The status of the answer.
    #[schema(value_type = u16, example = 422)]
    #[serde(serialize_with = "number")]
    pub status: StatusCode,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// Which field of the request is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The revision that the thing has now, where it was changed meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it writes by reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// The kinds, each with its status and title.
const KINDS: [(&str, StatusCode, &str); 14] = [
    ("malformed", StatusCode::BAD_REQUEST, "The request cannot be read"),
    ("unauthenticated", StatusCode::UNAUTHORIZED, "Nobody is signed in"),
    ("forbidden", StatusCode::FORBIDDEN, "This is not allowed to you"),
    ("cross_site", StatusCode::FORBIDDEN, "The request comes from another site"),
    ("not_found", StatusCode::NOT_FOUND, "There is no such thing"),
    ("not_allowed", StatusCode::CONFLICT, "This cannot be done as things are"),
    ("key_in_use", StatusCode::CONFLICT, "A request with this key is under way or was another one"),
    ("changed", StatusCode::PRECONDITION_FAILED, "It was changed meanwhile"),
    ("too_large", StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
    ("invalid", StatusCode::UNPROCESSABLE_ENTITY, "A value is not good"),
    ("full", StatusCode::CONFLICT, "There is no room for more"),
    ("throttled", StatusCode::TOO_MANY_REQUESTS, "There were too many attempts"),
    ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "This cannot be done at the moment"),
    ("unsupported", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The request is of another media type"),
];

impl Problem {
    /// A problem of one of the kinds.
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        let found = KINDS.iter().find(|(known, ..)| *known == kind);
        let (kind, status, title) = found.copied().unwrap_or(KINDS[12]);
        Self { kind, title, status, detail: detail.into(), field: None, hint: None, revision: None }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A value that is not good.
    pub fn invalid(field: &str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        let why = why.into();
        let problem = Self::new("invalid", format!("`{field}` {why}")).hint(hint);
        Self { field: Some(field.to_owned()), ..problem }
    }

    /// What is named in the address is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new("not_found", format!("there is no {what} of this name"))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } => Self::new("not_found", detail),
            Refusal::Changed { current, .. } => {
                let hint = "read it again, see what changed, and send your change with the new revision";
                Self { revision: Some(current), ..Self::new("changed", detail).hint(hint) }
            }
            Refusal::Invalid { field, why, hint } => Self::invalid(&field, why, hint),
            Refusal::NotAllowed { why, hint } => Self::new("not_allowed", why).hint(hint),
            Refusal::Full { .. } => Self::new("full", detail).hint("end or remove what is no longer needed"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            busy @ Failure::Busy(_) => {
                Self::new("unavailable", busy.to_string()).hint("try again in a moment")
            }
            used @ Failure::KeyInUse => {
                Self::new("key_in_use", used.to_string()).hint("draw a new key for each request")
            }
            late @ Failure::Late => {
                let hint = "with an Idempotency-Key it can be repeated safely";
                Self::new("unavailable", late.to_string()).hint(hint)
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::new("changed", what).hint("read it again"),
            StoreError::Page { part } => {
                let what = format!("a page of the database that holds {part} was damaged on the disk");
                Self::new("unavailable", what)
                    .hint("whoever runs the server must mend it: see \"Damage on the disk\" in its guide")
            }
            error => {
                tracing::error!(%error, "an operator's request failed");
                Self::new("unavailable", "the database does not answer").hint("try again in a moment")
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let detail = refused.to_string();
        match refused {
            Refused::Credentials => Self::new("unauthenticated", detail),
            Refused::Throttled => Self::new("throttled", detail),
            Refused::Invalid { field, why } => {
                Self { field: Some(field.to_owned()), ..Self::new("invalid", format!("`{field}` {why}")) }
            }
            Refused::LastAdmin => Self::new("not_allowed", detail),
            Refused::NotFound(_) => Self::new("not_found", detail),
            Refused::Store(error) => error.into(),
            refused if refused.is_busy() => Self::new("unavailable", detail).hint("try again in a moment"),
            Refused::Password(_) | Refused::Random(_) => {
                tracing::error!(error = %detail, "an operator's request failed");
                Self::new("unavailable", "this cannot be done at the moment")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = headers::json(self.status, "application/problem+json", body);
        match self.kind {
            "throttled" => _ = response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30")),
            "unavailable" => _ = response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("3")),
            "unauthenticated" => {
                let challenge = HeaderValue::from_static("Bearer realm=\"pharos\"");
                response.headers_mut().insert(http::header::WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response
    }
}

/// What may go wrong with every request.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "read by the macro, which makes the document from it")]
pub enum Problems {
    /// The request cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(Problem),
    /// Nobody is signed in, or the token is not good.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The user or the token may not do this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// It cannot be done as things are.
    #[response(status = 409, content_type = "application/problem+json")]
    NotAllowed(Problem),
    /// It was changed since the revision in `If-Match`.
    #[response(status = 412, content_type = "application/problem+json")]
    Changed(Problem),
    /// The request is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is of another media type.
    #[response(status = 415, content_type = "application/problem+json")]
    Unsupported(Problem),
    /// A value is not good: `field` says which.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// There were too many attempts.
    #[response(status = 429, content_type = "application/problem+json")]
    Throttled(Problem),
    /// It cannot be done at the moment; try again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
