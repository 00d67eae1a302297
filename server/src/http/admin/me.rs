//! One's own account, and signing out.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use pharos_admin::pages::me;
use pharos_admin::{Frame, Section};

use super::form::Sent;
use super::sign_in;
use super::view::{self, Done};
use crate::accounts::Enrolment;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::problem::Problem;

/// The page.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Me, done.done.as_deref());
    shown(&services, &caller, (&frame, StatusCode::OK), (None, Vec::new())).await
}

async fn shown(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    (enrolment, codes): (Option<Enrolment>, Vec<String>),
) -> Response {
    let found = async {
        let user = services.accounts.user(&caller.principal.user).await?;
        let sessions = services.accounts.sessions_of(&caller.principal.user).await?;
        Ok::<_, Problem>((user, sessions))
    };
    match found.await {
        Ok((user, sessions)) => {
            let own = caller.session().unwrap_or_default();
            let enrolment = enrolment
                .map(|enrolment| me::Enrolment { secret: enrolment.secret, picture: enrolment.picture });
            view::page(status, me::me(frame, &user, (&sessions, own), enrolment, codes))
        }
        Err(problem) => view::problem(services, caller, &problem),
    }
}

/// Changes one's own account.
pub async fn act(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let frame = view::frame(&services, Some(&sent.caller), Section::Me, None);
    match acted(&services, &sent, &frame).await {
        Ok(response) => response,
        Err((problem, enrolment)) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            shown(&services, &sent.caller, (&frame, problem.status), (enrolment, Vec::new())).await
        }
    }
}

/// Whether the password that stands with the form is the user's own: a browser that was left open is not enough.
async fn proven(services: &Services, sent: &Sent) -> Result<(), Problem> {
    let (name, password) = (&sent.caller.principal.user, sent.form.0.get("current"));
    if services.accounts.is_password(name, password, sent.caller.address).await? {
        return Ok(());
    }
    Err(Problem::invalid("current", "is not your password", "type the one you have now"))
}

async fn acted(
    services: &Services,
    sent: &Sent,
    frame: &Frame,
) -> Result<Response, (Problem, Option<Enrolment>)> {
    let Sent { caller, form } = sent;
    let (accounts, author) = (&services.accounts, caller.author());
    let (name, by) = (caller.principal.user.as_str(), (&author, caller.session()));
    let plain = |problem: Problem| (problem, None);
    let refused = |refused: crate::accounts::Refused| (Problem::from(refused), None);
    match form.get("action").as_str() {
        "others" => {
            accounts.sign_out(&caller.principal, &author, true).await.map_err(refused)?;
            Ok(view::done("/admin/me", "others"))
        }
        "password" => {
            proven(services, sent).await.map_err(plain)?;
            accounts.change_password(name, form.0.get("password"), by).await.map_err(refused)?;
            Ok(view::done("/admin/me", "password"))
        }
        "second_factor" => {
            proven(services, sent).await.map_err(plain)?;
            let enrolment = Enrolment::draw(&frame.page, name).map_err(|error| refused(error.into()))?;
            Ok(shown(services, caller, (frame, StatusCode::OK), (Some(enrolment), Vec::new())).await)
        }
        "second_factor_on" => {
            let (secret, code) = (form.get("secret"), form.get("code"));
            let enrolment = Enrolment::of(secret.clone(), &frame.page, name);
            if let Err(problem) = proven(services, sent).await {
                return Err((problem, Some(enrolment)));
            }
            let codes = accounts.enrol(name, (secret, &code), by).await;
            let codes = codes.map_err(|refused| (Problem::from(refused), Some(enrolment)))?;
            Ok(shown(services, caller, (frame, StatusCode::OK), (None, codes)).await)
        }
        "second_factor_off" => {
            proven(services, sent).await.map_err(plain)?;
            accounts.disenrol(name, by).await.map_err(refused)?;
            Ok(view::done("/admin/me", "second_factor_off"))
        }
        _ => Err((Problem::new("malformed", "the form asks for nothing"), None)),
    }
}

/// Signs this browser out.
pub async fn sign_out(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let author = sent.caller.author();
    if let Err(error) = services.accounts.sign_out(&sent.caller.principal, &author, false).await {
        return view::problem(&services, &sent.caller, &error.into());
    }
    let mut response = Redirect::to("/admin/sign-in").into_response();
    sign_in::forget(&services, response.headers_mut());
    response
}
