//! Users and tokens.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use pharos_admin::pages::{Typed, people};
use pharos_admin::{Frame, Section};
use pharos_store::Role;

use super::form::{Form, Sent};
use super::view::{self, Done};
use crate::accounts::{SCOPES, Scope};
use crate::clock;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::problem::Problem;

/// The users.
pub async fn users(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Users, done.done.as_deref());
    users_listed(&services, &caller, (&frame, StatusCode::OK), &Typed::default()).await
}

async fn users_listed(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    typed: &Typed,
) -> Response {
    match services.accounts.users().await {
        Ok(users) => view::page(status, people::users(frame, &users, typed)),
        Err(error) => view::problem(services, caller, &error.into()),
    }
}

/// Adds, changes or removes a user.
pub async fn act_on_user(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    match user_changed(&services, &caller, &form).await {
        Ok(word) => view::done("/admin/users", word),
        Err(problem) => {
            let frame = view::frame(&services, Some(&caller), Section::Users, None);
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            users_listed(&services, &caller, (&frame, problem.status), &form.0).await
        }
    }
}

fn role(form: &Form) -> Result<Role, Problem> {
    let word = form.get("role");
    let found = Role::ALL.into_iter().find(|role| role.as_str() == word);
    found.ok_or_else(|| Problem::invalid("role", "is none", "choose one"))
}

async fn user_changed(
    services: &Arc<Services>,
    caller: &Caller,
    form: &Form,
) -> Result<&'static str, Problem> {
    let (accounts, author) = (&services.accounts, caller.author());
    let (name, by) = (form.get("name"), (&author, caller.session()));
    let password = form.0.get("password");
    match form.get("action").as_str() {
        "add" => {
            let password = (!password.is_empty()).then_some(password);
            accounts.add_user(&name, role(form)?, (password, None), &author).await?;
        }
        "role" => _ = accounts.change_user(&name, (Some(role(form)?), None), by).await?,
        "disable" => _ = accounts.change_user(&name, (None, Some(true)), by).await?,
        "enable" => _ = accounts.change_user(&name, (None, Some(false)), by).await?,
        "password" => _ = accounts.change_password(&name, password, by).await?,
        "second_factor_off" => _ = accounts.disenrol(&name, by).await?,
        "drop" if form.on("sure") => {
            accounts.drop_user(&name, &author).await?;
            return Ok("removed");
        }
        _ => return Err(Problem::new("malformed", "the form asks for nothing")),
    }
    Ok("saved")
}

/// The tokens.
pub async fn tokens(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(done): Query<Done>,
) -> Response {
    let frame = view::frame(&services, Some(&caller), Section::Tokens, done.done.as_deref());
    tokens_listed(&services, &caller, (&frame, StatusCode::OK), (&Typed::default(), None)).await
}

async fn tokens_listed(
    services: &Services,
    caller: &Caller,
    (frame, status): (&Frame, StatusCode),
    (typed, fresh): (&Typed, Option<String>),
) -> Response {
    let scopes = SCOPES.map(|scope| (scope.as_str(), caller.principal.may(scope)));
    match services.accounts.tokens().await {
        Ok(tokens) => {
            view::page(status, people::tokens(frame, (&tokens, clock::wall()), &scopes, fresh, typed))
        }
        Err(error) => view::problem(services, caller, &error.into()),
    }
}

/// Makes a token, which is shown in the answer and never again, or takes one back.
pub async fn act_on_token(State(services): State<Arc<Services>>, sent: Sent) -> Response {
    let Sent { caller, form } = sent;
    let frame = view::frame(&services, Some(&caller), Section::Tokens, None);
    match token_changed(&services, &caller, &form).await {
        Ok(Some(secret)) => {
            tokens_listed(&services, &caller, (&frame, StatusCode::OK), (&Typed::default(), Some(secret)))
                .await
        }
        Ok(None) => view::done("/admin/tokens", "removed"),
        Err(problem) => {
            let frame = Frame { notice: Some(view::refused(&problem)), ..frame };
            tokens_listed(&services, &caller, (&frame, problem.status), (&form.0, None)).await
        }
    }
}

async fn token_changed(
    services: &Arc<Services>,
    caller: &Caller,
    form: &Form,
) -> Result<Option<String>, Problem> {
    const DAYS_MAX: u64 = 3_650;
    let (accounts, author) = (&services.accounts, caller.author());
    match form.get("action").as_str() {
        "add" => {
            let wanted =
                |scope: &Scope| form.on(&format!("scope.{}", scope.as_str())) && caller.principal.may(*scope);
            let scopes: Vec<Scope> = SCOPES.into_iter().filter(wanted).collect();
            let days = form.number("days")?;
            let expires_at = days.map(|days| clock::wall().plus_ms(days.min(DAYS_MAX) * 86_400_000));
            let name = form.get("name");
            let user = form.get("user");
            let user = if user.is_empty() { caller.principal.user.clone() } else { user };
            let fresh = accounts.add_token(&user, (&name, scopes, expires_at), &author).await?;
            Ok(Some(fresh.secret))
        }
        "drop" => {
            accounts.drop_token(&form.get("id"), &author).await?;
            Ok(None)
        }
        _ => Err(Problem::new("malformed", "the form asks for nothing")),
    }
}
