//! Signing in through another: on the way there, and back.

use std::sync::Arc;

use axum::extract::{Query, RawQuery, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{HOST, HeaderMap, HeaderValue, SET_COOKIE, USER_AGENT};
use pharos_admin::Section;
use pharos_admin::pages::sign_in;

use super::form::Form;
use super::sign_in::{Cookies, cookies, onward, remember};
use super::{gate, view};
use crate::accounts::{Answer, OidcError, Provider, Refused};
use crate::http::api::access::{cookie, peer};
use crate::http::{Services, headers};

/// Where the provider sends people back to.
const BACK: &str = "/admin/oidc/callback";
/// How long somebody may be away, in seconds.
const AWAY_S: u32 = 600;
/// The names of the cookie in which the browser keeps that it left: over https, there below a path, and on this machine.
const KEPT: [&str; 3] = ["__Host-pharos-oidc", "__Secure-pharos-oidc", "pharos-oidc"];

/// The provider, and the address of ours that it is told.
fn provider(services: &Services, fields: &HeaderMap) -> Option<(Arc<Provider>, String)> {
    let provider = services.provider.load_full()?;
    let presentation = &services.pages.snapshot().page.presentation;
    let host = match cookies(services, fields) {
        Cookies::Strict | Cookies::Below => presentation.url.clone(),
        Cookies::Local => ["http://", fields.get(HOST)?.to_str().ok()?].concat(),
        Cookies::None => return None,
    };
    Some((provider, [&host, &presentation.base_path, BACK].concat()))
}

/// What the browser keeps; an empty one is taken from it.
fn keep(services: &Services, fields: &HeaderMap, kept: &str) -> Option<HeaderValue> {
    let age = if kept.is_empty() { 0 } else { AWAY_S };
    // Lax: it must come back with a request that another site leads to.
    let base = &services.pages.snapshot().page.presentation.base_path;
    let (beginning, end) = cookies(services, fields).set(&KEPT, base);
    HeaderValue::from_str(&format!("{beginning}{kept}{end}; SameSite=Lax; Max-Age={age}")).ok()
}

fn nobody(services: &Services, status: StatusCode, text: &str) -> Response {
    let frame = view::frame(services, None, Section::Me, None);
    view::page(status, sign_in::nobody(&frame, text))
}

fn failed(services: &Services, error: &OidcError) -> Response {
    tracing::warn!(%error, "nobody was signed in through the provider");
    let status = match error {
        OidcError::Unreachable { .. } | OidcError::Random(_) => StatusCode::BAD_GATEWAY,
        OidcError::Unasked => StatusCode::BAD_REQUEST,
        OidcError::Refused { .. } | OidcError::Token(_) => StatusCode::UNAUTHORIZED,
    };
    let text = match error {
        // What stands in the way is for operators to read, not for everybody who finds this page.
        OidcError::Unreachable { name, .. } => {
            format!("{name} cannot be asked; the log of this page says why")
        }
        error => error.to_string(),
    };
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    nobody(services, status, &[&first, letters.as_str(), "."].concat())
}

/// Sends somebody to the provider.
pub async fn leave(
    State(services): State<Arc<Services>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (address, fields) = (peer(&request), request.headers().clone());
    let Some((provider, here)) = provider(&services, &fields) else {
        return nobody(&services, StatusCode::NOT_FOUND, "No provider is configured for this address.");
    };
    if !services.accounts.admits(address) {
        return nobody(
            &services,
            StatusCode::TOO_MANY_REQUESTS,
            "There were too many attempts; wait a minute.",
        );
    }
    let next = onward(&Form::parse(query.unwrap_or_default().as_bytes()).get("next"));
    match provider.leave(&here, &next).await {
        Ok(left) => {
            let mut response = Redirect::to(&left.location).into_response();
            headers::operator_page(response.headers_mut());
            if let Some(kept) = keep(&services, &fields, &left.kept) {
                response.headers_mut().append(SET_COOKIE, kept);
            }
            response
        }
        Err(error) => failed(&services, &error),
    }
}

/// Takes up somebody who comes back.
pub async fn arrive(
    State(services): State<Arc<Services>>,
    Query(answer): Query<Answer>,
    request: Request,
) -> Response {
    let (address, fields) = (peer(&request), request.headers().clone());
    let Some((provider, here)) = provider(&services, &fields) else {
        return nobody(&services, StatusCode::NOT_FOUND, "No provider is configured for this address.");
    };
    if !services.accounts.admits(address) {
        return nobody(
            &services,
            StatusCode::TOO_MANY_REQUESTS,
            "There were too many attempts; wait a minute.",
        );
    }
    let kept = cookie(&fields, cookies(&services, &fields).read(&KEPT)).unwrap_or_default();
    let mut response = match provider.arrive(&here, kept, &answer).await {
        Err(error) => failed(&services, &error),
        Ok((identity, next)) => match provider.roles().of(&identity.claims) {
            None => {
                tracing::warn!(
                    subject = identity.subject,
                    "no rule gives a role to somebody whom the provider let in"
                );
                let text = format!(
                    "{} knows you, and nothing there says that you may work on this page. Ask an admin.",
                    provider.name()
                );
                nobody(&services, StatusCode::FORBIDDEN, &text)
            }
            Some(role) => {
                let agent =
                    fields.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("a browser");
                let signed = services.accounts.sign_in_through(&identity, role, (address, agent)).await;
                match signed {
                    Ok(secret) => {
                        // A strict cookie does not travel with a request that another site led to: so a page leads on.
                        let frame = view::frame(&services, None, Section::Me, None);
                        let mut response =
                            view::page(StatusCode::OK, sign_in::onward(&frame, &onward(&next)));
                        remember(&services, &fields, &secret, response.headers_mut());
                        response
                    }
                    Err(Refused::Credentials) => {
                        nobody(&services, StatusCode::FORBIDDEN, "An admin has shut this user out.")
                    }
                    Err(error) => gate::unavailable(&error),
                }
            }
        },
    };
    if let Some(gone) = keep(&services, &fields, "") {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}
