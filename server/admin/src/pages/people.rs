//! Users and tokens.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_model::UnixMs;
use pharos_store::{Role, Token, User};

use crate::Frame;
use crate::fields::{Typed, choice, input, line as text_line};
use crate::moment::moment;

fn roles(chosen: Role) -> Html {
    let options = [
        (Role::Viewer, "Viewer: sees everything"),
        (Role::Responder, "Responder: speaks"),
        (Role::Admin, "Admin: manages"),
    ];
    let options = options.map(|(role, text)| (role.as_str().to_owned(), text));
    choice("role", "Role", options.to_vec(), chosen.as_str())
}

/// The users.
pub fn users(frame: &Frame, users: &[User], typed: &Typed) -> String {
    let rows: Vec<_> = users.iter().map(|user| user_entry(frame, user)).collect();
    let inside = view! {
        <h1>"Users"</h1>
        <section class="card"><ul class="entries">{rows}</ul></section>
        <section class="card">
            <h2>"Add a user"</h2>
            <form method="post" action="/admin/users">
                {frame.token()}
                {text_line("name", "Name", typed.get("name"), true)}
                {roles(Role::Responder)}
                <label class="field"><span>"First password"</span><input name="password" type="password" minlength="10" autocomplete="new-password"/><small>"10 characters at least. Without one they can only sign in with your single sign-on."</small></label>
                <button type="submit" name="action" value="add">"Add"</button>
            </form>
        </section>
    };
    frame.document("Users", inside.inert())
}

fn user_entry(frame: &Frame, user: &User) -> Html {
    let hidden =
        || view! { {frame.token()} <input type="hidden" name="name" value=user.name.clone()/> }.inert();
    let (value, text) = if user.disabled { ("enable", "Let in again") } else { ("disable", "Lock out") };
    view! {
        <li class="entry">
            <b>{user.name.clone()}</b> " " <span class="tag">{user.role.as_str()}</span> " "
            {user.disabled.then(|| view! { <span class="tag">"locked out"</span> })} " "
            <span class="soft">{if user.totp.is_some() { "with second factor" } else { "without second factor" }} ", since " {moment(&frame.zone, user.created_at)}</span>
            <details>
                <summary>"Change"</summary>
                <form method="post" action="/admin/users">{hidden()}{roles(user.role)}<button type="submit" name="action" value="role">"Change the role"</button></form>
                <form method="post" action="/admin/users">
                    {hidden()}
                    <label class="field"><span>"New password"</span><input name="password" type="password" minlength="10" required autocomplete="new-password"/></label>
                    <button type="submit" name="action" value="password">"Set it"</button>
                </form>
                <form method="post" action="/admin/users" class="actions">
                    {hidden()}
                    <button type="submit" name="action" value=value class="quiet">{text}</button>
                    {user.totp.is_some().then(|| view! { <button type="submit" name="action" value="second_factor_off" class="quiet">"Take the second factor away"</button> })}
                </form>
                <form method="post" action="/admin/users">
                    {hidden()}
                    <label class="row"><input type="checkbox" name="sure" value="on" required/> <span>"Yes, remove this user with all tokens"</span></label>
                    <button type="submit" name="action" value="drop" class="danger">"Remove"</button>
                </form>
                <p class="soft">"Whatever is changed, the user is signed out everywhere."</p>
            </details>
        </li>
    }
    .inert()
}

/// The tokens; `fresh` is the secret of one that was just made.
pub fn tokens(
    frame: &Frame,
    (tokens, now): (&[Token], UnixMs),
    scopes: &[(&'static str, bool)],
    fresh: Option<String>,
    typed: &Typed,
) -> String {
    let rows: Vec<_> = tokens.iter().map(|token| token_entry(frame, token, now)).collect();
    let none = rows.is_empty();
    let scopes: Vec<_> = scopes
        .iter()
        .map(|(scope, allowed)| {
            let field = format!("scope.{scope}");
            let checked = if typed.is_empty() { *scope == "read" } else { !typed.get(&field).is_empty() };
            view! { <label class="row"><input type="checkbox" name=field value="on" checked=checked disabled=!allowed/> <span>{*scope}</span></label> }
        })
        .collect();
    let inside = view! {
        <h1>"Tokens"</h1>
        {fresh.map(|secret| view! {
            <section class="card fresh"><h2>"The new token"</h2><p>"Copy it now: it is not shown again."</p><p><code>{secret}</code></p></section>
        })}
        <section class="card">
            {none.then(|| view! { <p class="soft">"None."</p> })}
            <ul class="entries">{rows}</ul>
        </section>
        <section class="card">
            <h2>"Make a token"</h2>
            <form method="post" action="/admin/tokens">
                {frame.token()}
                {text_line("name", "What it is for", typed.get("name"), true)}
                {input("user", "Whose it is", "text", typed.get("user"), "Your own, unless another user is named. It may do no more than they may.")}
                <fieldset class="affected"><legend>"What it may do"</legend>{scopes}</fieldset>
                {input("days", "Good for, in days", "number", typed.or("days", "365"), "For ever when this is empty.")}
                <button type="submit" name="action" value="add">"Make it"</button>
            </form>
        </section>
    };
    frame.document("Tokens", inside.inert())
}

fn token_entry(frame: &Frame, token: &Token, now: UnixMs) -> Html {
    let is_over = token.expires_at.is_some_and(|end| end <= now);
    view! {
        <li class="entry">
            <b>{token.name.clone()}</b> " " <code>{token.id.clone()}</code> " "
            {is_over.then(|| view! { <span class="tag">"expired"</span> })} " "
            <span class="soft">{token.user.clone()} ": " {token.scopes.join(", ")}
                {token.expires_at.map(|at| view! { ", until " {moment(&frame.zone, at)} })}
                {match token.used_at { Some(at) => view! { ", last used " {moment(&frame.zone, at)} }.inert(), None => view! { ", never used" }.inert() }}
            </span>
            <form method="post" action="/admin/tokens">
                {frame.token()}
                <input type="hidden" name="id" value=token.id.clone()/>
                <button type="submit" name="action" value="drop" class="danger">"Take it back"</button>
            </form>
        </li>
    }
    .inert()
}
