//! Webhooks in: other systems report. A delivery is acknowledged only when what it means is stored.

use std::fmt::Write as _;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Limited};
use pharos_engine::desk::{Command, Refusal};
use pharos_model::UnixMs;
use sha2::{Digest as _, Sha256};

use super::api::access::{bearer, peer};
use super::{Services, headers};
use crate::hooks::{Hook, Hooks, Last, Proof, Proven, Taken, proven, take};
use crate::limits::{BODY_READ_TIMEOUT, HOOK_BODY_BYTES_MAX, HOOK_DELIVERY_BYTES_MAX};
use crate::operators::{Author, Failure, OnceKey};

/// The hooks that there are.
pub type Ways = Arc<ArcSwap<Hooks>>;

/// Why a delivery is not taken.
struct Refused {
    status: StatusCode,
    text: String,
    /// Whether the same delivery may be taken later: its sender is told to come again.
    is_passing: bool,
}

impl Refused {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), is_passing: false }
    }

    fn passing(text: impl Into<String>) -> Self {
        Self { is_passing: true, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text) }
    }

    /// For all who do not show what they must, whether there is such a hook or not.
    fn stranger() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "There is no hook of this name, or what you show is not good for it.",
        )
    }
}

/// A delivery whose sender shows in a header who it is.
pub async fn deliver(
    State(services): State<Arc<Services>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let shown = shown(request.headers());
    answer(&services, &name, shown, request).await
}

/// A delivery whose sender shows a token at the end of the address.
pub async fn deliver_by_token(
    State(services): State<Arc<Services>>,
    Path((name, token)): Path<(String, String)>,
    request: Request,
) -> Response {
    answer(&services, &name, Some(token), request).await
}

/// The token in the header: as it is, or as the password of whoever it may be.
fn shown(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    if let Some(token) = bearer(value) {
        return Some(token.to_owned());
    }
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(password.to_owned())
}

async fn answer(services: &Services, name: &str, secret: Option<String>, request: Request) -> Response {
    let (now, address) = (crate::clock::wall(), peer(&request));
    let hooks = services.hooks.load_full();
    let figures = &services.metrics.hooks;
    let result = match hooks.find(name) {
        None => Err(Refused::stranger()),
        Some(hook) => {
            let author = Author { actor: format!("hook:{name}"), address: address.to_string() };
            handle(services, (hook, secret), request, (author, now)).await
        }
    };
    let refused = match result {
        Ok(taken) => {
            figures.met(name, &taken);
            figures.note(name, "taken", Last { at: now, said: said(&taken) });
            return headers::json(StatusCode::OK, "application/json", summary(&taken));
        }
        Err(refused) => refused,
    };
    if refused.status == StatusCode::UNAUTHORIZED {
        // Whoever tries is slowed down, and cannot fill the figures with names.
        if hooks.find(name).is_some() {
            figures.count(name, "stranger");
        }
        if !services.accounts.admits(address) {
            let text = "There were too many attempts.";
            return response(Refused {
                is_passing: true,
                ..Refused::new(StatusCode::TOO_MANY_REQUESTS, text)
            });
        }
        return response(refused);
    }
    let outcome = if refused.is_passing { "put_off" } else { "refused" };
    tracing::warn!(
        hook = name,
        status = refused.status.as_u16(),
        why = refused.text,
        "a webhook was not taken"
    );
    figures.note(name, outcome, Last { at: now, said: format!("not taken: {}", refused.text) });
    response(refused)
}

/// Reads a delivery of a hook that there is, and has what it means written down.
async fn handle(
    services: &Services,
    (hook, secret): (&Hook, Option<String>),
    request: Request,
    (author, now): (Author, UnixMs),
) -> Result<Taken, Refused> {
    let is_known = secret.is_some_and(|secret| hook.knows(&secret));
    if matches!(hook.proof, Proof::Token(_)) && !is_known {
        return Err(Refused::stranger());
    }
    let headers = request.headers().clone();
    let body = read(request).await?;
    let signed = match &hook.proof {
        Proof::Token(_) => None,
        Proof::Signature(secrets) => {
            Some(proven(secrets, (&headers, &body), now).ok_or_else(Refused::stranger)?)
        }
    };
    if !services.metrics.hooks.admits(&hook.name, now) {
        return Err(Refused::passing("There are too many deliveries in this minute."));
    }
    let invalid =
        |error: crate::hooks::Unread| Refused::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string());
    let reading = (hook.kind.read)(&body).map_err(invalid)?;
    if reading.left_out > 0 {
        tracing::warn!(
            hook = hook.name,
            left_out = reading.left_out,
            "a sender left alerts out of what it sent"
        );
    }
    let sent_at = signed.as_ref().map_or(now, |signed| signed.sent_at);
    let board = Arc::clone(&services.known.borrow().board);
    let taken = take(hook, &reading, sent_at, &|id| board.component(id).is_some()).map_err(invalid)?;
    store(services, &taken, author, signed.map(|signed| once(signed, &body))).await?;
    Ok(taken)
}

async fn read(request: Request) -> Result<Bytes, Refused> {
    let body = Limited::new(request.into_body(), HOOK_BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_READ_TIMEOUT, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => {
            let text = format!("The body is too long: {} KiB at most.", HOOK_BODY_BYTES_MAX / 1024);
            Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "The body took too long.")),
    }
}

/// A message is taken once, however often it is sent.
fn once(signed: Proven, body: &[u8]) -> OnceKey {
    OnceKey { key: signed.id, fingerprint: Sha256::digest(body).into() }
}

async fn store(
    services: &Services,
    taken: &Taken,
    author: Author,
    once: Option<OnceKey>,
) -> Result<(), Refused> {
    if taken.delivery.alerts.is_empty() {
        return Ok(());
    }
    let bytes = serde_json::to_vec(&taken.delivery).map_or(usize::MAX, |text| text.len());
    if bytes > HOOK_DELIVERY_BYTES_MAX {
        let text = format!("What it means is too long: {} KiB at most.", HOOK_DELIVERY_BYTES_MAX / 1024);
        return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    let command = Command::Deliver(Box::new(taken.delivery.clone()));
    let Err(failure) = services.operators.order(command, author, once).await else { return Ok(()) };
    Err(match failure {
        Failure::KeyInUse => Refused::new(StatusCode::CONFLICT, "Its id was used for another message."),
        Failure::Refused(refusal @ (Refusal::Full { .. } | Refusal::NotFound { .. })) => {
            Refused::passing(format!("It cannot be kept at the moment: {refusal}."))
        }
        Failure::Refused(refusal) => Refused::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()),
        failure @ (Failure::Busy(_) | Failure::Late) => {
            Refused::passing(format!("It cannot be kept: {failure}."))
        }
    })
}

fn response(refused: Refused) -> Response {
    let mut response =
        headers::json(refused.status, "text/plain; charset=utf-8", [&*refused.text, "\n"].concat());
    if refused.is_passing {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn summary(taken: &Taken) -> String {
    let counts = taken.counts().into_iter().map(|(met, count)| (met.as_str(), count));
    let met: serde_json::Map<_, _> = counts.map(|(met, count)| (met.to_owned(), count.into())).collect();
    serde_json::json!({ "alerts": taken.outcomes.len(), "left_out": taken.left_out, "met": met }).to_string()
}

/// The same for operators.
fn said(taken: &Taken) -> String {
    let count = taken.outcomes.len();
    let mut said = format!("taken: {count} {}", if count == 1 { "alert" } else { "alerts" });
    for (met, count) in taken.counts() {
        // Writing to memory cannot fail.
        _ = write!(said, ", {count} {}", met.in_words());
    }
    if taken.left_out > 0 {
        _ = write!(said, ", {} left out by the sender", taken.left_out);
    }
    said
}
