//! Users and tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pharos_store::{Role, Token, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Caller;
use super::extract::{Body, Named};
use super::problem::{Problem, Problems};
use super::wire::Moment;
use crate::accounts::{SCOPES, Scope, Via};
use crate::http::Services;

/// What a user may do. Each may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    /// Sees everything, changes nothing.
    Viewer,
    /// Speaks: incidents, maintenance, announcements, statements, checks.
    Responder,
    /// Manages components, users and tokens too.
    Admin,
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Responder => Self::Responder,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Responder => Self::Responder,
            RoleWord::Admin => Self::Admin,
        }
    }
}

/// Who asks, and what they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The user's name.
    pub user: String,
    /// What the user may do.
    pub role: RoleWord,
    /// What may be done with what was shown: the token's scopes, or all of the role's.
    pub scopes: Vec<&'static str>,
    /// The token that was shown, if it was one.
    pub token: Option<String>,
}

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserView {
    /// By which they sign in.
    #[schema(example = "anna")]
    pub name: String,
    /// What they may do.
    pub role: RoleWord,
    /// Whether they have a password here.
    pub has_password: bool,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// Since when there is this user.
    pub created_at: Moment,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            role: user.role.into(),
            has_password: user.password.is_some(),
            has_second_factor: user.totp.is_some(),
            disabled: user.disabled,
            created_at: Moment(user.created_at),
        }
    }
}

/// A user to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserInput {
    /// By which they sign in: 1 to 64 of a-z, 0-9, `.`, `_`, `-`, `@`.
    pub name: String,
    /// What they may do.
    pub role: RoleWord,
    /// Their first password, 10 to 256 characters; without one they can only sign in elsewhere.
    #[serde(default)]
    pub password: Option<String>,
}

/// What to change of a user. All of their sessions end.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// What they may do.
    #[serde(default)]
    pub role: Option<RoleWord>,
    /// Whether they may not sign in.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// A new password.
    #[serde(default)]
    pub password: Option<String>,
    /// `false` takes the second factor away, for one who lost it.
    #[serde(default)]
    pub second_factor: Option<bool>,
}

/// A token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Its identifier.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Whose it is: it may do no more than they may.
    pub user: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Since when there is this token.
    pub created_at: Moment,
    /// Until when it is good.
    pub expires_at: Option<Moment>,
    /// When it was last used, to the minute.
    pub used_at: Option<Moment>,
}

impl From<&Token> for TokenView {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            user: token.user.clone(),
            scopes: token.scopes.clone(),
            created_at: Moment(token.created_at),
            expires_at: token.expires_at.map(Moment),
            used_at: token.used_at.map(Moment),
        }
    }
}

/// A token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenInput {
    /// What it is for.
    pub name: String,
    /// What it may do: `read`, `incidents`, `maintenances`, `announcements`, `components`, `checks`, `configuration`, `accounts`.
    pub scopes: Vec<String>,
    /// Until when it is good.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// Whose it is; one's own unless it is stated. It may do no more than they may.
    #[serde(default)]
    pub user: Option<String>,
}

/// A token that was just made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FreshTokenView {
    /// What is kept of it.
    #[serde(flatten)]
    pub token: TokenView,
    /// What its holder sends. It is shown now and never again.
    #[schema(example = "pharos_…")]
    pub secret: String,
}

/// Scopes by their words.
///
/// # Errors
/// When there is no such scope.
pub fn scopes(words: &[String]) -> Result<Vec<Scope>, Problem> {
    let known: Vec<&str> = SCOPES.into_iter().map(Scope::as_str).collect();
    let scope = |word: &String| {
        let word_short: String = word.chars().take(40).collect();
        let wrong = || {
            Problem::invalid(
                "scopes",
                format!("names \"{word_short}\""),
                format!("there are {}", known.join(", ")),
            )
        };
        Scope::parse(word).ok_or_else(wrong)
    };
    words.iter().map(scope).collect()
}

/// Whether whoever asks may do all that a user of this role may. A token that may not must not bring such a user about, nor a
/// way to sign in as one: it would reach more than it was given.
fn reaches(caller: &Caller, role: Role) -> Result<(), Problem> {
    let beyond = |scope: &Scope| scope.role() <= role && !caller.principal.may(*scope);
    let Some(scope) = SCOPES.into_iter().find(beyond) else { return Ok(()) };
    let (role, scope) = (role.as_str(), scope.as_str());
    let detail = format!("a {role} may do more than this token, whose scopes lack \"{scope}\"");
    let hint = format!("sign in, or use a token with all scopes of a {role}");
    Err(Problem::new("forbidden", detail).hint(hint))
}

/// Tell who asks
#[utoipa::path(get, path = "/me", tag = "accounts", responses((status = 200, body = MeView), Problems))]
pub async fn me(caller: Caller) -> Json<MeView> {
    let principal = &caller.principal;
    let may = SCOPES.into_iter().filter(|scope| principal.may(*scope)).map(Scope::as_str);
    let token = match &principal.via {
        Via::Token { id, .. } => Some(id.clone()),
        Via::Session { .. } => None,
    };
    Json(MeView { user: principal.user.clone(), role: principal.role.into(), scopes: may.collect(), token })
}

/// List users
#[utoipa::path(get, path = "/users", tag = "accounts", responses((status = 200, body = Vec<UserView>), Problems))]
pub async fn users(State(services): State<Arc<Services>>) -> Result<Json<Vec<UserView>>, Problem> {
    Ok(Json(services.accounts.users().await?.iter().map(Into::into).collect()))
}

/// Make a user
#[utoipa::path(post, path = "/users", tag = "accounts", request_body = UserInput,
    responses((status = 201, body = UserView), Problems))]
pub async fn add_user(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<UserInput>,
) -> Result<Response, Problem> {
    let UserInput { name, role, password } = body.value;
    reaches(&caller, role.into())?;
    let user = services.accounts.add_user(&name, role.into(), (password, None), &caller.author()).await?;
    Ok((StatusCode::CREATED, Json(UserView::from(&user))).into_response())
}

/// Read a user
#[utoipa::path(get, path = "/users/{name}", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = UserView), Problems))]
pub async fn user(
    State(services): State<Arc<Services>>,
    Named(name): Named<String>,
) -> Result<Json<UserView>, Problem> {
    Ok(Json(UserView::from(&services.accounts.user(&name).await?)))
}

/// Change a user
///
/// All of their sessions end, but for the one that asks.
#[utoipa::path(patch, path = "/users/{name}", tag = "accounts", request_body = UserPatch, params(("name" = String, Path)),
    responses((status = 200, body = UserView), Problems))]
pub async fn change_user(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(name): Named<String>,
    body: Body<UserPatch>,
) -> Result<Json<UserView>, Problem> {
    let (patch, author) = (body.value, caller.author());
    let by = (&author, caller.session());
    let accounts = &services.accounts;
    if let Some(true) = patch.second_factor {
        let hint = "its user turns it on in the admin";
        return Err(Problem::invalid("second_factor", "can only be taken away here", hint));
    }
    let lets_in = patch.password.is_some() || patch.second_factor.is_some() || patch.disabled == Some(false);
    if lets_in {
        reaches(&caller, accounts.user(&name).await?.role)?;
    }
    if let Some(role) = patch.role {
        reaches(&caller, role.into())?;
    }
    if let Some(password) = patch.password {
        accounts.change_password(&name, password, by).await?;
    }
    if patch.second_factor == Some(false) {
        accounts.disenrol(&name, by).await?;
    }
    let user = if patch.role.is_some() || patch.disabled.is_some() {
        accounts.change_user(&name, (patch.role.map(Into::into), patch.disabled), by).await?
    } else {
        accounts.user(&name).await?
    };
    Ok(Json(UserView::from(&user)))
}

/// Remove a user with their sessions and tokens
#[utoipa::path(delete, path = "/users/{name}", tag = "accounts", params(("name" = String, Path)),
    responses((status = 204), Problems))]
pub async fn remove_user(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(name): Named<String>,
) -> Result<StatusCode, Problem> {
    services.accounts.drop_user(&name, &caller.author()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List tokens
#[utoipa::path(get, path = "/tokens", tag = "accounts", responses((status = 200, body = Vec<TokenView>), Problems))]
pub async fn tokens(State(services): State<Arc<Services>>) -> Result<Json<Vec<TokenView>>, Problem> {
    Ok(Json(services.accounts.tokens().await?.iter().map(Into::into).collect()))
}

/// Make a token, for oneself or another user
///
/// Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "accounts", request_body = TokenInput,
    responses((status = 201, body = FreshTokenView), Problems))]
pub async fn add_token(
    State(services): State<Arc<Services>>,
    caller: Caller,
    body: Body<TokenInput>,
) -> Result<Response, Problem> {
    let TokenInput { name, scopes: words, expires_at, user } = body.value;
    let scopes = scopes(&words)?;
    // A token that makes tokens hands on no more than it may do itself.
    if let Some(beyond) = scopes.iter().find(|scope| !caller.principal.may(**scope)) {
        let detail = format!("you may not hand on \"{}\"", beyond.as_str());
        return Err(Problem::new("forbidden", detail).hint("ask an admin"));
    }
    let wanted = (name.as_str(), scopes, expires_at.map(|moment| moment.0));
    let user = user.unwrap_or_else(|| caller.principal.user.clone());
    let fresh = services.accounts.add_token(&user, wanted, &caller.author()).await?;
    let view = FreshTokenView { token: TokenView::from(&fresh.token), secret: fresh.secret };
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// Take a token back
#[utoipa::path(delete, path = "/tokens/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204), Problems))]
pub async fn remove_token(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    services.accounts.drop_token(&id, &caller.author()).await?;
    Ok(StatusCode::NO_CONTENT)
}
