//! The door for models: the Model Context Protocol over HTTP, where nothing is kept between two requests.

mod door;
mod era;
mod message;
mod methods;
mod operator_tools;
mod operators;
mod resources;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod tools;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use http::header::{ALLOW, AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use serde_json::Value;
use utoipa::openapi::OpenApi;

use self::door::Turnstile;
use self::era::Era;
use self::message::{Fault, Message, answered, noted, whole};
use self::methods::Desk;
use self::operators::{Bearer, OperatorTools};
use self::source::Source;
use super::Services;
use super::api::access::{bearer, peer};
use super::api::extract;
use super::api::problem::Problem;
use crate::limits::MCP_BATCH_MAX;

/// Where it is.
const PATH: &str = "/mcp";

/// What stands behind the door.
struct Door {
    turnstile: Turnstile,
    operators: OperatorTools,
}

/// The door, with the API behind it.
pub fn router(
    api: &Router<Arc<Services>>,
    document: &OpenApi,
    services: &Arc<Services>,
) -> Router<Arc<Services>> {
    let operators = OperatorTools::new(api, document, services);
    let door = Arc::new(Door { turnstile: Turnstile::default(), operators });
    Router::new().route(PATH, any(enter)).layer(Extension(door))
}

/// Answers a message. There is no stream to be opened and no session to be ended.
async fn enter(
    state: State<Arc<Services>>,
    Extension(door): Extension<Arc<Door>>,
    request: Request,
) -> Response {
    if state.pages.snapshot().page.presentation.is_mcp_off {
        let (parts, _) = request.into_parts();
        return super::page::not_found(state, parts.uri, parts.headers).await;
    }
    if request.method() != Method::POST {
        let why = "send messages by POST: there are no streams here".to_owned();
        let refused = Fault::Refused(StatusCode::METHOD_NOT_ALLOWED, why);
        let mut response = refused.respond(None, Era::Stateless);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    answer(&state.0, &door, request).await
}

async fn answer(services: &Arc<Services>, door: &Door, request: Request) -> Response {
    let (headers, address) = (request.headers().clone(), peer(&request));
    let snapshot = services.pages.snapshot();
    let admitted = door::admits(&headers, &snapshot.page.presentation);
    let entered = admitted.and_then(|()| door.turnstile.enter(address));
    let _place = match entered {
        Ok(place) => place,
        Err(fault) => return refused(&fault),
    };
    let bearer = match known(services, &headers, address).await {
        Ok(bearer) => bearer,
        Err(problem) => return refused(&Fault::Denied(Box::new(problem))),
    };
    let body = match extract::bytes(request).await {
        Ok(body) => body,
        Err(problem) => return refused(&Fault::Denied(Box::new(problem))),
    };
    let said = message::read(&body);
    if let Ok(Value::Array(messages)) = &said
        && let Err(fault) = door.turnstile.count(address, messages.len())
    {
        return refused(&fault);
    }
    let source = Source::of(services);
    let desk = Desk { source: &source, operators: &door.operators, bearer: bearer.as_ref() };
    spoken(&desk, &headers, said).await
}

/// The answer to a body, whoever sent it.
async fn spoken(desk: &Desk<'_>, headers: &HeaderMap, said: Result<Value, Fault>) -> Response {
    let answer = match said {
        Ok(Value::Array(messages)) if era::takes_batches(headers) => {
            return batch(desk, headers, messages).await;
        }
        Ok(message) => told(desk, headers, message).await,
        Err(fault) => Err((fault, None, Era::Stateless)),
    };
    match answer {
        Ok(Some(answer)) => whole(&answer),
        Ok(None) => noted(),
        Err((fault, id, era)) => fault.respond(id.as_ref(), era),
    }
}

/// The answer to several messages: one to each request among them, in their order.
async fn batch(desk: &Desk<'_>, headers: &HeaderMap, messages: Vec<Value>) -> Response {
    if !(1..=MCP_BATCH_MAX).contains(&messages.len()) {
        return refused(&Fault::Invalid("a batch holds one message to eight"));
    }
    let mut answers = Vec::new();
    for message in messages {
        if message.is_array() {
            answers.push(Fault::Invalid("a batch holds no batch").told(None, Era::Stateless));
            continue;
        }
        match told(desk, headers, message).await {
            Ok(answer) => answers.extend(answer),
            Err((fault, id, era)) => answers.push(fault.told(id.as_ref(), era)),
        }
    }
    if answers.is_empty() { noted() } else { whole(&Value::from(answers)) }
}

/// What is wrong, with the request that is known by this, by that revision.
type Wrong = (Fault, Option<Value>, Era);

/// The answer to a message; `None` to what only is to be taken note of.
async fn told(desk: &Desk<'_>, headers: &HeaderMap, message: Value) -> Result<Option<Value>, Wrong> {
    let request = match Message::of(message) {
        Ok(Message::Request(request)) => request,
        Ok(Message::Notification) => {
            return era::admits(headers).map(|()| None).map_err(|fault| (fault, None, Era::Stateless));
        }
        Err(fault) => return Err((fault, None, Era::Stateless)),
    };
    let id = request.id.clone();
    let era = match Era::of(&request, headers) {
        Ok(era) => era,
        // Whoever names a revision is told in the newest that there are others.
        Err(fault) => return Err((fault, Some(id), Era::Stateless)),
    };
    match desk.answer(request, era).await {
        Ok(result) => Ok(Some(answered(&id, &result))),
        Err(fault) => Err((fault, Some(id), era)),
    }
}

/// A refusal before it is known what is asked for.
fn refused(fault: &Fault) -> Response {
    let mut response = fault.respond(None, Era::Stateless);
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// Who shows a token. A browser that is signed in is not looked at: no page may have it speak for its user here.
async fn known(services: &Services, headers: &HeaderMap, address: IpAddr) -> Result<Option<Bearer>, Problem> {
    let Some(authorization) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let wrong = || {
        let hint = "send a token as `Authorization: Bearer pharos_…`, or none";
        Problem::new("unauthenticated", "the token is not good: it was never, or is no more").hint(hint)
    };
    let token = authorization.to_str().ok().and_then(bearer).ok_or_else(wrong)?;
    let principal = services.accounts.of_token(token).await?.ok_or_else(wrong)?;
    Ok(Some(Bearer { principal, authorization: authorization.clone(), address }))
}
