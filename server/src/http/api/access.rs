//! Who may call what. One table for every route; what is not in it is closed.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, ORIGIN};
use http::{Method, StatusCode};

use super::problem::Problem;
use crate::accounts::{Principal, Scope, Secret, Via};
use crate::http::admin::cookies;
use crate::http::{Peer, Services};
use crate::operators::Author;

/// What each route asks for. A method that reads asks for no more than to read, unless it stands here.
const TABLE: &[(&str, Scope)] = &[
    ("/me", Scope::Read),
    ("/preview", Scope::Read),
    ("/page", Scope::Read),
    ("/reminders", Scope::Read),
    ("/components", Scope::Configuration),
    ("/components/{id}", Scope::Configuration),
    ("/export", Scope::Configuration),
    ("/apply", Scope::Configuration),
    ("/components/{id}/statement", Scope::Components),
    ("/failovers", Scope::Components),
    ("/error-budgets", Scope::Components),
    ("/nodes", Scope::Components),
    ("/archive", Scope::Configuration),
    ("/drills", Scope::Configuration),
    ("/checks", Scope::Checks),
    ("/checks/{id}", Scope::Checks),
    ("/checks/{id}/observations", Scope::Checks),
    ("/checks/{id}/pause", Scope::Checks),
    ("/checks/{id}/resume", Scope::Checks),
    ("/checks/{id}/run", Scope::Checks),
    ("/exports/incidents", Scope::Read),
    ("/exports/components/{id}/spans", Scope::Read),
    ("/exports/checks/{id}/samples", Scope::Read),
    ("/incidents", Scope::Incidents),
    ("/incidents/{id}", Scope::Incidents),
    ("/incidents/{id}/merge", Scope::Incidents),
    ("/incidents/{id}/updates", Scope::Incidents),
    ("/incidents/{id}/updates/{number}", Scope::Incidents),
    ("/incidents/{id}/updates/{number}/revisions", Scope::Incidents),
    ("/maintenances", Scope::Maintenances),
    ("/maintenances/{id}", Scope::Maintenances),
    ("/maintenances/{id}/updates", Scope::Maintenances),
    ("/series", Scope::Maintenances),
    ("/series/{id}", Scope::Maintenances),
    ("/announcements", Scope::Announcements),
    ("/announcements/{id}", Scope::Announcements),
    ("/templates", Scope::Incidents),
    ("/templates/{id}", Scope::Incidents),
    ("/templates/{id}/filled", Scope::Read),
    ("/drafts", Scope::Incidents),
    ("/drafts/{id}", Scope::Incidents),
    ("/drafts/{id}/publish", Scope::Incidents),
    ("/users", Scope::Accounts),
    ("/users/{name}", Scope::Accounts),
    ("/tokens", Scope::Accounts),
    ("/tokens/{id}", Scope::Accounts),
    ("/audit", Scope::Accounts),
];

/// Routes below which reading asks for the same as changing.
const CLOSED: [&str; 4] = ["/users", "/tokens", "/audit", "/export"];

/// What a route asks for; `None` for one that is not in the table.
pub fn needed(method: &Method, path: &str) -> Option<Scope> {
    let path = path.strip_prefix(super::ROOT).unwrap_or(path);
    let (_, scope) = TABLE.iter().find(|(known, _)| *known == path)?;
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_closed = CLOSED.iter().any(|closed| path == *closed || path.starts_with(&format!("{closed}/")));
    Some(if reads && !is_closed { Scope::Read } else { *scope })
}

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// From where.
    pub address: IpAddr,
}

impl Caller {
    /// As the audit log names them.
    pub fn author(&self) -> Author {
        Author { actor: self.principal.actor(), address: self.address.to_string() }
    }

    /// The session that must outlive a change of its own user.
    pub fn session(&self) -> Option<[u8; 32]> {
        match &self.principal.via {
            Via::Session { hash, .. } => Some(*hash),
            Via::Token { .. } => None,
        }
    }
}

/// Lets in who may do what they ask for.
pub async fn guard(State(services): State<Arc<Services>>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let Some(scope) = path.and_then(|path| needed(request.method(), &path)) else {
        return Problem::new("not_found", "there is nothing at this address").into_response();
    };
    let (address, method, headers) = (peer(&request), request.method().clone(), request.headers().clone());
    match admitted(&services, (&method, &headers), address, scope).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admitted(
    services: &Services,
    (method, headers): (&Method, &HeaderMap),
    address: IpAddr,
    scope: Scope,
) -> Result<Caller, Problem> {
    let principal = principal(services, headers).await?;
    if !principal.may(scope) {
        let detail =
            format!("this takes the scope \"{}\" and the role \"{}\"", scope.as_str(), scope.role().as_str());
        return Err(Problem::new("forbidden", detail).hint("ask an admin"));
    }
    if matches!(principal.via, Via::Session { .. }) && !is_own(method, headers) {
        return Err(Problem::new("cross_site", "the request was made by another site").hint("use a token"));
    }
    Ok(Caller { principal, address })
}

/// The address at the other end.
pub fn peer(request: &Request) -> IpAddr {
    request.extensions().get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0)
}

async fn principal(services: &Services, headers: &HeaderMap) -> Result<Principal, Problem> {
    let hint = "send a token as `Authorization: Bearer pharos_…`, or sign in at /admin";
    let nobody = || Problem::new("unauthenticated", "nobody is signed in").hint(hint);
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer);
        let token = token.ok_or_else(|| Problem::new("unauthenticated", "this is no token").hint(hint))?;
        let found = services.accounts.of_token(token).await?;
        let wrong = || {
            Problem::new("unauthenticated", "the token is not good: it was never, or is no more").hint(hint)
        };
        return found.ok_or_else(wrong);
    }
    let secret = session_secret(services, headers).ok_or_else(nobody)?;
    services.accounts.of_session(&secret).await?.ok_or_else(nobody)
}

/// The token of an `Authorization` header.
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The names of the cookie: over https the strictest one, which no other host of the domain can set; where the page is below a
/// path of its host, one that can be for that path alone; and on this machine.
pub const COOKIES: [&str; 3] = ["__Host-pharos", "__Secure-pharos", "pharos"];

/// What a browser shows that is signed in.
pub fn session_secret(services: &Services, headers: &HeaderMap) -> Option<Secret> {
    cookie(headers, cookies(services, headers).read(&COOKIES)).map(Secret::presented)
}

/// The first of these cookies that a browser sent.
pub fn cookie<'a>(headers: &'a HeaderMap, names: &[&str]) -> Option<&'a str> {
    let fields = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = fields.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found: Vec<(&str, &str)> = pairs.collect();
    let value = |name: &&str| found.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    names.iter().find_map(value)
}

/// Whether a request that changes something was made by our own pages, as the browser says.
pub fn is_own(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (origin, host) = (text(ORIGIN.as_str()), text(HOST.as_str()));
    let of_origin = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    of_origin.is_some() && of_origin == host
}

/// For what is not there: an answer in the API's own manner.
pub async fn not_found() -> (StatusCode, Problem) {
    (StatusCode::NOT_FOUND, Problem::new("not_found", "there is nothing at this address").hint("see /api/v1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_no_more_than_to_read_but_for_accounts() {
        for (method, path, scope) in [
            (Method::GET, "/api/v1/incidents", Some(Scope::Read)),
            (Method::POST, "/api/v1/incidents", Some(Scope::Incidents)),
            (Method::GET, "/api/v1/users", Some(Scope::Accounts)),
            (Method::GET, "/api/v1/users/{name}", Some(Scope::Accounts)),
            (Method::GET, "/api/v1/audit", Some(Scope::Accounts)),
            (Method::DELETE, "/api/v1/tokens/{id}", Some(Scope::Accounts)),
            (Method::GET, "/api/v1/elsewhere", None),
        ] {
            assert_eq!(needed(&method, path), scope, "{method} {path}");
        }
    }

    #[test]
    fn a_request_of_another_site_is_known_by_what_its_browser_says() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        for (pairs, own) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", "https://a.example"), ("host", "a.example")], true),
            (vec![("origin", "https://b.example"), ("host", "a.example")], false),
            (vec![("origin", "null"), ("host", "null")], false),
            (vec![("host", "a.example")], false),
            (vec![], false),
        ] {
            assert_eq!(is_own(&Method::POST, &headers(&pairs)), own, "{pairs:?}");
            assert!(is_own(&Method::GET, &headers(&pairs)));
        }
    }
}
