//! One's own account: password, second factor, browsers.

use crate::html::{Html, Inert};
use leptos::prelude::*;

use pharos_store::{Session, User};

use crate::Frame;
use crate::moment::moment;

/// A second factor that is being set up.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret, as it is typed.
    pub secret: String,
    /// The same as a picture.
    pub picture: String,
}

/// The page. `enrolment` is present while a second factor is being set up, `codes` once after it was.
pub fn me(
    frame: &Frame,
    user: &User,
    (sessions, own): (&[Session], [u8; 32]),
    enrolment: Option<Enrolment>,
    codes: Vec<String>,
) -> String {
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| {
            let is_own = session.hash == own;
            view! {
                <li class="entry">
                    {session.agent.clone()} " " {is_own.then(|| view! { <span class="tag">"this one"</span> })} " "
                    <span class="soft">"from " {session.address.clone()} ", signed in " {moment(&frame.zone, session.created_at)} ", last seen " {moment(&frame.zone, session.seen_at)}</span>
                </li>
            }
        })
        .collect();
    let codes: Vec<_> = codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect();
    let fresh = (!codes.is_empty()).then(|| {
        view! {
            <section class="card fresh">
                <h2>"Recovery codes"</h2>
                <p>"Each lets you in once without your device. Keep them where you will find them: they are not shown again."</p>
                <ul class="codes">{codes}</ul>
            </section>
        }
    });
    let password = user.password.is_some().then(|| {
        view! {
            <section class="card">
                <h2>"Password"</h2>
                <form method="post" action="/admin/me">
                    {frame.token()}
                    {own_password("Your password now")}
                    <label class="field"><span>"New password"</span><input name="password" type="password" required minlength="10" autocomplete="new-password"/></label>
                    <button type="submit" name="action" value="password">"Change it"</button>
                </form>
            </section>
        }
    });
    let inside = view! {
        <h1>{user.name.clone()}</h1>
        <p><span class="tag">{user.role.as_str()}</span></p>
        {fresh}
        {second_factor(frame, user, enrolment)}
        {password}
        <section class="card">
            <h2>"Where you are signed in"</h2>
            <ul class="entries">{rows}</ul>
            <form method="post" action="/admin/me">{frame.token()}<button type="submit" name="action" value="others" class="danger">"Sign out everywhere else"</button></form>
        </section>
    };
    frame.document("My account", inside.inert())
}

fn own_password(label: &'static str) -> Html {
    view! { <label class="field"><span>{label}</span><input name="current" type="password" required autocomplete="current-password"/></label> }
        .inert()
}

fn second_factor(frame: &Frame, user: &User, enrolment: Option<Enrolment>) -> Html {
    let inside = match (user.totp.is_some(), enrolment) {
        (true, _) => {
            let left = user.recovery.len();
            view! {
                <p>{format!("It is on. {left} recovery codes are left.")}</p>
                <form method="post" action="/admin/me">
                    {frame.token()}
                    {own_password("Your password")}
                    <button type="submit" name="action" value="second_factor_off" class="danger">"Turn it off"</button>
                </form>
            }
            .inert()
        }
        (false, Some(enrolment)) => view! {
            <p>"Read the picture with your device, or type the secret. Then type the code that it shows."</p>
            <div class="qr" inner_html=enrolment.picture></div>
            <p><code>{enrolment.secret.clone()}</code></p>
            <form method="post" action="/admin/me">
                {frame.token()}
                <input type="hidden" name="secret" value=enrolment.secret/>
                {own_password("Your password")}
                <label class="field"><span>"Code"</span><input type="text" name="code" required inputmode="numeric" autocomplete="one-time-code"/></label>
                <button type="submit" name="action" value="second_factor_on">"Turn it on"</button>
            </form>
        }
        .inert(),
        (false, None) => view! {
            <p class="soft">"A code of your device beside the password: whoever learns the password alone stays outside."</p>
            <form method="post" action="/admin/me">
                {frame.token()}
                {own_password("Your password")}
                <button type="submit" name="action" value="second_factor">"Set it up"</button>
            </form>
        }
        .inert(),
    };
    view! { <section class="card"><h2>"Second factor"</h2>{inside}</section> }.inert()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Section, Zone};
    use pharos_model::UnixMs;
    use pharos_store::Role;

    #[test]
    fn a_secret_is_only_shown_while_it_is_set_up() {
        let frame = Frame {
            page: "P".into(),
            base: String::new(),
            zone: Zone::named("UTC"),
            who: None,
            section: Section::Me,
            notice: None,
        };
        let user = User {
            name: "anna".into(),
            role: Role::Viewer,
            password: Some("hash".into()),
            subject: None,
            totp: Some("SECRET".into()),
            totp_step: 0,
            recovery: vec!["hash".into()],
            disabled: false,
            created_at: UnixMs(0),
            revision: 0,
        };
        let page = me(&frame, &user, (&[], [0; 32]), None, Vec::new());
        assert!(!page.contains("SECRET") && page.contains("1 recovery codes are left"), "{page}");
    }
}
