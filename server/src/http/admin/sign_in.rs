//! Signing in, and making the first user.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::{HOST, HeaderMap, HeaderValue, SET_COOKIE, USER_AGENT};
use pharos_admin::pages::{Typed, sign_in};
use pharos_admin::{Frame, Notice, Section};
use pharos_store::Role;

use super::form::Form;
use super::gate;
use super::view;
use crate::accounts::{Attempt, Refused, Secret};
use crate::http::api::access::{COOKIES, is_own, peer};
use crate::http::api::extract::bytes;
use crate::http::{Services, headers};
use crate::operators::Author;

/// How a browser may be signed in over this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// The public finds the page over https: the cookie is for that alone.
    Strict,
    /// The same below a path: the cookie is for that path alone, so that what else is on the host is not told of it.
    Below,
    /// The browser is on this machine.
    Local,
    /// Neither: what is typed here could be read on the way.
    None,
}

impl Cookies {
    /// Of a cookie's names, those that are read: where a stricter one is set, no other host of the domain may bring in a
    /// cookie of its own under another.
    pub fn read<'a>(self, names: &'a [&'a str; 3]) -> &'a [&'a str] {
        match self {
            Self::Strict => &names[..1],
            Self::Below => &names[1..2],
            Self::Local | Self::None => names,
        }
    }

    /// The beginning and the end of a cookie with one of these names for a page below `base`: what it holds stands between.
    pub fn set(self, names: &[&str; 3], base: &str) -> (String, String) {
        let [strict, below, local] = names;
        let path = if base.is_empty() { "/" } else { base };
        match self {
            Self::Strict => (format!("{strict}="), "; Path=/; Secure; HttpOnly".to_owned()),
            Self::Below => (format!("{below}="), format!("; Path={path}; Secure; HttpOnly")),
            Self::Local | Self::None => (format!("{local}="), format!("; Path={path}; HttpOnly")),
        }
    }
}

/// How a browser may be signed in that sent these fields.
pub fn cookies(services: &Services, fields: &HeaderMap) -> Cookies {
    let presentation = &services.pages.snapshot().page.presentation;
    if presentation.url.starts_with("https://") {
        return if presentation.base_path.is_empty() { Cookies::Strict } else { Cookies::Below };
    }
    let host = fields.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_local = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if is_local { Cookies::Local } else { Cookies::None }
}

const BLOCKED: &str = "Signing in takes https, or a browser on this machine: a password typed here could be read on the \
                       way. Put a proxy with https in front, and say so with page.url in the configuration.";

/// Keeps a session in the browser.
pub fn remember(services: &Services, fields: &HeaderMap, secret: &Secret, response: &mut HeaderMap) {
    let base = &services.pages.snapshot().page.presentation.base_path;
    let (beginning, end) = cookies(services, fields).set(&COOKIES, base);
    let cookie = [&*beginning, secret.expose(), &*end, "; SameSite=Strict"].concat();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.insert(SET_COOKIE, value);
    }
}

/// Takes every session's cookie from the browser.
pub fn forget(services: &Services, response: &mut HeaderMap) {
    let base = &services.pages.snapshot().page.presentation.base_path;
    for kind in [Cookies::Strict, Cookies::Below, Cookies::Local] {
        let (beginning, end) = kind.set(&COOKIES, base);
        let cookie = [&*beginning, &*end, "; SameSite=Strict; Max-Age=0"].concat();
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.append(SET_COOKIE, value);
        }
    }
}

/// Where to go after signing in: only below the admin, and nowhere that a browser would read as another host.
pub fn onward(next: &str) -> String {
    let is_ours = next == "/admin" || next.starts_with("/admin/") || next.starts_with("/admin?");
    let is_plain = next.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\' && byte != b'"');
    if is_ours && is_plain && !next.contains("//") { next.to_owned() } else { "/admin".to_owned() }
}

fn beside(services: &Services, fields: &HeaderMap, next: &str) -> sign_in::SignIn {
    let provider = services.provider.load().as_ref().map(|provider| provider.name().to_owned());
    let provider = provider.unwrap_or_default();
    let blocked = (cookies(services, fields) == Cookies::None).then(|| BLOCKED.to_owned());
    sign_in::SignIn { next: onward(next), provider, blocked }
}

/// The sign-in page.
pub async fn show(
    State(services): State<Arc<Services>>,
    fields: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let frame = view::frame(&services, None, Section::Me, None);
    let data = beside(&services, &fields, &form.get("next"));
    view::page(StatusCode::OK, sign_in::sign_in(&frame, data, &Typed::default()))
}

/// What came with a form before anybody is signed in.
struct Outside {
    form: Form,
    fields: HeaderMap,
    address: IpAddr,
    agent: String,
}

async fn outside(services: &Services, request: Request) -> Result<Outside, Response> {
    let (address, fields) = (peer(&request), request.headers().clone());
    if !is_own(request.method(), &fields) {
        let text = "The form was sent by another site, and nothing was done.";
        return Err(view::message(services, None, StatusCode::FORBIDDEN, "Not from here", text));
    }
    if cookies(services, &fields) == Cookies::None {
        return Err(view::message(
            services,
            None,
            StatusCode::FORBIDDEN,
            "Not over this connection",
            BLOCKED,
        ));
    }
    let body = bytes(request).await;
    let body = body.map_err(|problem| {
        view::message(services, None, problem.status, "Nothing was done", &problem.detail)
    })?;
    let agent =
        fields.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("a browser").to_owned();
    Ok(Outside { form: Form::parse(&body), fields, address, agent })
}

/// Signs in.
pub async fn act(State(services): State<Arc<Services>>, request: Request) -> Response {
    let Outside { form, fields, address, agent } = match outside(&services, request).await {
        Ok(outside) => outside,
        Err(response) => return response,
    };
    let attempt = Attempt {
        name: form.get("name"),
        password: form.0.get("password"),
        code: form.get("code"),
        address,
        agent,
    };
    match services.accounts.sign_in(attempt).await {
        Ok(secret) => {
            let mut response = Redirect::to(&onward(&form.get("next"))).into_response();
            headers::operator_page(response.headers_mut());
            remember(&services, &fields, &secret, response.headers_mut());
            response
        }
        Err(refused @ (Refused::Credentials | Refused::Throttled)) => {
            let status = match refused {
                Refused::Throttled => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNAUTHORIZED,
            };
            let text = format!("Nobody was signed in: {refused}.");
            let frame = view::frame(&services, None, Section::Me, None);
            let frame = Frame { notice: Some(Notice::Refused(text)), ..frame };
            let typed = Typed(vec![("name".to_owned(), form.get("name"))]);
            let data = beside(&services, &fields, &form.get("next"));
            view::page(status, sign_in::sign_in(&frame, data, &typed))
        }
        Err(error) => gate::unavailable(&error),
    }
}

/// The page on which the first user is made.
pub async fn setup(State(services): State<Arc<Services>>, RawQuery(query): RawQuery) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let code = form.get("code");
    if !services.accounts.awaits_first(&code).await {
        return closed(&services);
    }
    let frame = view::frame(&services, None, Section::Me, None);
    view::page(StatusCode::OK, sign_in::setup(&frame, code, &Typed::default()))
}

fn closed(services: &Services) -> Response {
    let text =
        "The link works once, and only while there is no operator. The log of this node has the newest one.";
    view::message(services, None, StatusCode::FORBIDDEN, "This link does not work", text)
}

/// Makes the first user, and signs them in.
pub async fn set_up(State(services): State<Arc<Services>>, request: Request) -> Response {
    let Outside { form, fields, address, agent } = match outside(&services, request).await {
        Ok(outside) => outside,
        Err(response) => return response,
    };
    let code = form.get("code");
    if !services.accounts.awaits_first(&code).await {
        return closed(&services);
    }
    let (name, password) = (form.get("name"), form.0.get("password"));
    let author = Author { actor: "setup".into(), address: address.to_string() };
    let made = async {
        let user = services.accounts.add_user(&name, Role::Admin, (Some(password), None), &author).await?;
        services.accounts.sign_in_proven(&user, (address, &agent)).await
    };
    match made.await {
        Ok(secret) => {
            let mut response = Redirect::to("/admin").into_response();
            headers::operator_page(response.headers_mut());
            remember(&services, &fields, &secret, response.headers_mut());
            response
        }
        Err(refused) => {
            let problem = crate::http::api::problem::Problem::from(refused);
            let frame = view::frame(&services, None, Section::Me, None);
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            let typed = Typed(vec![("name".to_owned(), name)]);
            view::page(problem.status, sign_in::setup(&frame, code, &typed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere_after_signing_in() {
        for (next, expected) in [
            ("/admin/incidents/x?done=y", "/admin/incidents/x?done=y"),
            ("/admin", "/admin"),
            ("", "/admin"),
            ("//evil.example", "/admin"),
            ("/admin//evil.example", "/admin"),
            ("/adminevil", "/admin"),
            ("https://evil.example", "/admin"),
            ("/admin/\\evil", "/admin"),
            ("/admin/\r\nSet-Cookie: x", "/admin"),
        ] {
            assert_eq!(onward(next), expected, "{next}");
        }
    }
}
