//! Signing in, and making the first user.

use crate::html::Inert;
use leptos::prelude::*;

use crate::Frame;
use crate::fields::Typed;

/// What stands beside the fields of the sign-in page.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// Where to go then.
    pub next: String,
    /// The name of another that signs people in here; empty when there is none.
    pub provider: String,
    /// Present where nobody can sign in over this connection: why.
    pub blocked: Option<String>,
}

/// The sign-in page.
pub fn sign_in(frame: &Frame, data: SignIn, typed: &Typed) -> String {
    let provider = (!data.provider.is_empty()).then(|| {
        let address = format!("/admin/oidc?next={}", data.next);
        view! {
            <p class="provider">
                <a class="button" href=address>{format!("Sign in with {}", data.provider)}</a>
                <span class="soft">"or with a password"</span>
            </p>
        }
    });
    let form = match data.blocked {
        Some(why) => view! { <p class="notice refused">{why}</p> }.inert(),
        None => view! {
            {provider}
            <form method="post" action="/admin/sign-in">
                <input type="hidden" name="next" value=data.next/>
                <label class="field"><span>"Name"</span><input type="text" name="name" value=typed.get("name") required autocomplete="username" autocapitalize="none" spellcheck="false"/></label>
                <label class="field"><span>"Password"</span><input name="password" type="password" required autocomplete="current-password"/></label>
                <label class="field">
                    <span>"Code"</span>
                    <input type="text" name="code" inputmode="text" autocomplete="one-time-code" autocapitalize="none"/>
                    <small>"Of your second factor, if you have one; or a recovery code."</small>
                </label>
                <button type="submit">"Sign in"</button>
            </form>
        }
        .inert(),
    };
    let inside = view! { <section class="card narrow"><h1>"Sign in"</h1>{form}</section> };
    frame.document("Sign in", inside.inert())
}

/// The page on which the first user is made.
pub fn setup(frame: &Frame, code: String, typed: &Typed) -> String {
    let inside = view! {
        <section class="card narrow">
            <h1>"The first operator"</h1>
            <p>"There is no operator yet. Who is made here is an admin and can make others. The link that led here works once."</p>
            <form method="post" action="/admin/setup">
                <input type="hidden" name="code" value=code/>
                <label class="field"><span>"Name"</span><input type="text" name="name" value=typed.get("name") required autocomplete="username" autocapitalize="none" spellcheck="false"/></label>
                <label class="field"><span>"Password"</span><input name="password" type="password" required minlength="10" autocomplete="new-password"/><small>"10 characters at least; a few words are easiest."</small></label>
                <button type="submit">"Make this operator"</button>
            </form>
        </section>
    };
    frame.document("The first operator", inside.inert())
}

/// A page that says one thing.
pub fn message(frame: &Frame, title: &str, text: &str) -> String {
    let inside =
        view! { <section class="card narrow"><h1>{title.to_owned()}</h1><p>{text.to_owned()}</p></section> };
    frame.document(title, inside.inert())
}

/// A page that says why nobody was signed in, and leads back.
pub fn nobody(frame: &Frame, text: &str) -> String {
    let title = "Nobody was signed in";
    let inside = view! {
        <section class="card narrow">
            <h1>{title}</h1>
            <p>{text.to_owned()}</p>
            <p><a class="button" href="/admin/sign-in">"Back to signing in"</a></p>
        </section>
    };
    frame.document(title, inside.inert())
}

/// A page that leads on at once: the first request that carries a new cookie must come from this site.
pub fn onward(frame: &Frame, address: &str) -> String {
    let inside = view! {
        <section class="card narrow"><h1>"Signed in"</h1><p><a href=address.to_owned()>"Go on"</a></p></section>
    };
    let page = frame.document("Signed in", inside.inert());
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"0;url={}{address}\"></head>", frame.base);
    page.replacen("</head>", &refresh, 1)
}
