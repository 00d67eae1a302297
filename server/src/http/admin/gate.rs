//! Who may see and do what on the operators' pages. What is not in the table is closed.

use std::sync::Arc;

use axum::extract::{MatchedPath, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode};

use super::view;
use crate::accounts::{Refused, Scope};
use crate::http::api::access::{Caller, is_own, peer, session_secret};
use crate::http::{Services, headers};

/// What seeing a page takes, and what sending its forms takes.
const TABLE: &[(&str, Scope, Scope)] = &[
    ("/", Scope::Read, Scope::Read),
    ("/incidents", Scope::Read, Scope::Incidents),
    ("/incidents/new", Scope::Incidents, Scope::Incidents),
    ("/incidents/{id}", Scope::Read, Scope::Incidents),
    ("/maintenances", Scope::Read, Scope::Maintenances),
    ("/maintenances/{id}", Scope::Read, Scope::Maintenances),
    ("/announcements", Scope::Read, Scope::Announcements),
    ("/components", Scope::Read, Scope::Components),
    ("/components/{id}", Scope::Read, Scope::Components),
    ("/checks/{id}", Scope::Read, Scope::Checks),
    ("/templates", Scope::Read, Scope::Incidents),
    ("/users", Scope::Accounts, Scope::Accounts),
    ("/tokens", Scope::Accounts, Scope::Accounts),
    ("/hooks", Scope::Read, Scope::Configuration),
    ("/nodes", Scope::Read, Scope::Configuration),
    ("/audit", Scope::Accounts, Scope::Accounts),
    ("/me", Scope::Read, Scope::Read),
    ("/sign-out", Scope::Read, Scope::Read),
];

/// What a request takes; `None` for a page that is not in the table.
fn needed(method: &Method, path: &str) -> Option<Scope> {
    let path = path.strip_prefix(super::ROOT).unwrap_or(path);
    let path = if path.is_empty() { "/" } else { path };
    let (_, see, act) = TABLE.iter().find(|(known, ..)| *known == path)?;
    Some(if matches!(*method, Method::GET | Method::HEAD) { *see } else { *act })
}

/// Lets in who may do what they ask for; others are led to where they can sign in.
pub async fn gate(State(services): State<Arc<Services>>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let scope = path.and_then(|path| needed(request.method(), path.as_str()));
    let Some(scope) = scope else { return not_found(State(services)).await };
    let (address, method, fields) = (peer(&request), request.method().clone(), request.headers().clone());
    let principal = match session_secret(&services, &fields) {
        None => Ok(None),
        Some(secret) => services.accounts.of_session(&secret).await,
    };
    let principal = match principal {
        Ok(Some(principal)) => principal,
        Ok(None) => return to_sign_in(&request),
        Err(error) => return unavailable(&error),
    };
    let caller = Caller { principal, address };
    if !caller.principal.may(scope) {
        let text = "Your role does not allow this. Ask an admin.";
        return view::message(&services, Some(&caller), StatusCode::FORBIDDEN, "Not allowed", text);
    }
    if !is_own(&method, &fields) {
        let text = "The form was sent by another site, and nothing was done.";
        return view::message(&services, Some(&caller), StatusCode::FORBIDDEN, "Not from here", text);
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    headers::operator_page(response.headers_mut());
    response
}

fn to_sign_in(request: &Request) -> Response {
    // As it was asked for: routes below see it without its beginning.
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let path = uri.path_and_query().map_or(super::ROOT, |path| path.as_str());
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let next = if is_page { path } else { super::ROOT };
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response = Redirect::to(&format!("/admin/sign-in?next={next}")).into_response();
    headers::operator_page(response.headers_mut());
    response
}

/// The store does not answer, or too many ask at once: nobody is let in.
pub fn unavailable(error: &Refused) -> Response {
    if error.is_busy() {
        return headers::unavailable(3, "Many sign in at this moment. Try again in a few seconds.\n");
    }
    tracing::error!(%error, "an operator could not be let in");
    headers::unavailable(3, "Operators cannot be let in at the moment: the database does not answer.\n")
}

/// A page that is not there.
pub async fn not_found(State(services): State<Arc<Services>>) -> Response {
    view::message(
        &services,
        None,
        StatusCode::NOT_FOUND,
        "There is no such page",
        "The address may be mistyped.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_is_closed() {
        assert_eq!(needed(&Method::GET, "/admin"), Some(Scope::Read));
        assert_eq!(needed(&Method::POST, "/admin/incidents/{id}"), Some(Scope::Incidents));
        assert_eq!(needed(&Method::GET, "/admin/users"), Some(Scope::Accounts));
        assert_eq!(needed(&Method::GET, "/admin/elsewhere"), None);
    }
}
