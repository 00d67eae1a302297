//! Components and checks: how they are, why, and what is stated of them.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_engine::Verdict;
use pharos_engine::desk::Desk;
use pharos_model::{Component, Snapshot, Status};
use pharos_store::Sample;

use crate::fields::{STATED, Typed, choice, input, mark, state};
use crate::moment::moment;
use crate::{Frame, words};

/// A check, as operators see it.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub id: String,
    /// The address of its page.
    pub address: String,
    /// What kind it is.
    pub kind: &'static str,
    /// What it looks at.
    pub target: String,
    /// Milliseconds between two looks.
    pub interval_ms: u64,
    /// How many bad looks in a row are believed.
    pub down_after: u32,
    /// How many good looks in a row are believed.
    pub up_after: u32,
    /// Whether it is not looked at.
    pub paused: bool,
    /// What is held to be true of it; `None` before the first verdict.
    pub verdict: Option<Verdict>,
}

impl Check {
    fn status(&self) -> Status {
        self.verdict.as_ref().map_or(Status::Unknown, |verdict| verdict.status)
    }
}

/// The list of components.
pub fn list(frame: &Frame, board: &Snapshot, desk: &Desk, typed: &Typed) -> String {
    let rows: Vec<_> = board
        .components
        .iter()
        .map(|component| {
            let id = &component.definition.id;
            let address = format!("/admin/components/{id}");
            let stated = desk.statements.contains_key(id).then(|| view! { " " <span class="tag">"stated"</span> });
            let file = (!desk.components.contains_key(id)).then(|| view! { " " <span class="tag">"in the file"</span> });
            view! {
                <li class="entry">
                    <a href=address>{component.definition.name.plain().to_owned()}</a> " " {state(component)} {stated} {file} " "
                    <span class="soft">"since " {moment(&frame.zone, component.since)}</span>
                </li>
            }
        })
        .collect();
    let none = rows.is_empty();
    let inside = view! {
        <h1>"Components"</h1>
        <section class="card" data-live="components">
            {none.then(|| view! { <p class="soft">"None is configured."</p> })}
            <ul class="entries">{rows}</ul>
        </section>
        {frame.manages().then(|| view! {
            <section class="card">
                <h2>"Add a component"</h2>
                <p class="soft">"Written as in the configuration file. Those that stand in the file are changed there, and are marked so."</p>
                {definition_form(frame, "/admin/components", &typed.or("definition", EXAMPLE), None)}
            </section>
        })}
    };
    frame.document("Components", inside.inert())
}

const EXAMPLE: &str =
    "id: shop\nname: Shop\nchecks:\n  - http: { url: \"https://shop.example.com/\" }\n    interval: 30s\n";

/// The form for a definition; `revision` is that of one that is there already.
fn definition_form(frame: &Frame, action: &str, definition: &str, revision: Option<u32>) -> Html {
    // Leptos writes what is inside a text area as it is.
    let inside = definition.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    view! {
        <form method="post" action=action.to_owned()>
            {frame.token()}
            {revision.map(|revision| view! { <input type="hidden" name="revision" value=revision.to_string()/> })}
            <label class="field">
                <span>"Definition " <small>"YAML"</small></span>
                <textarea class="code" name="definition" rows="10" maxlength="20000" required spellcheck="false" inner_html=inside></textarea>
            </label>
            <button type="submit" name="action" value="define">"Save"</button>
        </form>
    }
    .inert()
}

/// One component: its checks, and what is stated.
pub fn one(frame: &Frame, component: &Component, desk: &Desk, checks: Vec<Check>, typed: &Typed) -> String {
    let name = component.definition.name.plain().to_owned();
    let address = format!("/admin/components/{}", component.definition.id);
    let public = format!("/components/{}", component.definition.id);
    let measured = component.stated.as_ref().map(|stated| {
        view! { <p class="notice">"This status is stated. The checks find: " {mark(stated.measured)}</p> }
    });
    let statement = desk.statements.get(&component.definition.id).map(|statement| {
        let action = address.clone();
        view! {
            <p>{mark(statement.status)} " " {statement.reason.plain().to_owned()} " "
                <span class="soft">"since " {moment(&frame.zone, statement.since)}
                {statement.until.map(|until| view! { " until " {moment(&frame.zone, until)} })}</span></p>
            {frame.responds().then(|| view! {
                <form method="post" action=action>{frame.token()}<button type="submit" name="action" value="unstate">"Let the checks count again"</button></form>
            })}
        }
    });
    let form = frame.responds().then(|| {
        let statuses = STATED.iter().map(|status| (status.as_str().to_owned(), words::status(*status)));
        view! {
            <form method="post" action=address.clone()>
                {frame.token()}
                {choice("status", "Status", statuses.collect(), &typed.get("status"))}
                {input("reason", "Reason, for readers", "text", typed.get("reason"), "Readers see it beside what the checks find.")}
                {input("until", "Until", "datetime-local", typed.get("until"), "A component that has checks needs an end.")}
                <button type="submit" name="action" value="state">"State it"</button>
            </form>
        }
    });
    let checks: Vec<_> = checks.into_iter().map(|check| check_entry(frame, check)).collect();
    let kept = match desk.components.get(&component.definition.id).filter(|_| frame.manages()) {
        Some(kept) => {
            let action = format!("/admin/components/{}", component.definition.id);
            view! {
                <section class="card">
                    <h2>"Definition"</h2>
                    {definition_form(frame, &action, &typed.or("definition", &kept.definition), Some(kept.revision))}
                    <form method="post" action=action.clone()>
                        {frame.token()}
                        <label class="row"><input type="checkbox" name="sure" value="on" required/> <span>"Yes, take it off the page"</span></label>
                        <button type="submit" name="action" value="remove" class="danger">"Remove the component"</button>
                    </form>
                </section>
            }
            .inert()
        }
        None if desk.components.contains_key(&component.definition.id) => ().inert(),
        None => view! { <p class="soft">"It stands in the configuration file and is changed there; the file is read again by itself."</p> }.inert(),
    };
    let inside = view! {
        <h1>{name.clone()}</h1>
        <div data-live="state">
            <p>{state(component)} " " <span class="soft">"since " {moment(&frame.zone, component.since)}</span> " " <a href=public>"Public page"</a></p>
            {measured}
            <section class="card"><h2>"Checks"</h2><ul class="entries">{checks}</ul></section>
        </div>
        <section class="card">
            <h2>"State its status by hand"</h2>
            <p class="soft">"What you state counts in the uptime; what the checks find is kept and shown beside it."</p>
            {statement}
            {form}
        </section>
        {kept}
    };
    frame.document(&name, inside.inert())
}

fn check_entry(frame: &Frame, check: Check) -> Html {
    let status = check.status();
    let verdict = check.verdict.clone();
    let reason = verdict.as_ref().and_then(|verdict| verdict.reason.clone());
    view! {
        <li class="entry">
            <a href=check.address><code>{check.id}</code></a> " " {mark(status)} " "
            {check.paused.then(|| view! { <span class="tag">"paused"</span> })} " "
            <span class="soft">{check.kind} " " {check.target}</span>
            {verdict.map(|verdict| view! { " " <span class="soft">"since " {moment(&frame.zone, verdict.since)}</span> })}
            {reason.map(|reason| view! { <p class="reason">{reason}</p> })}
        </li>
    }
    .inert()
}

/// One check: the verdict, why it is what it is, and the newest observations.
pub fn check(frame: &Frame, check: Check, samples: &[Sample]) -> String {
    let title = check.id.clone();
    let every_s = check.interval_ms / 1_000;
    let rule = format!(
        "Looks every {every_s} s. {} bad looks in a row are believed, and {} good ones.",
        check.down_after, check.up_after
    );
    let why = why(&check, samples);
    let rows: Vec<_> = samples
        .iter()
        .map(|sample| {
            let took = sample.latency_us.map(|us| format!("{} ms", us / 1_000)).unwrap_or_default();
            let reason = sample.reason.clone().unwrap_or_default();
            view! {
                <tr><td>{moment(&frame.zone, sample.at)}</td><td>{mark(sample.status)}</td><td>{took}</td><td>{reason}</td></tr>
            }
        })
        .collect();
    let action = check.address.clone();
    let buttons = frame.responds().then(|| {
        let (value, text) = if check.paused { ("resume", "Look again") } else { ("pause", "Pause") };
        view! {
            <form method="post" action=action class="actions">
                {frame.token()}
                <button type="submit" name="action" value="run">"Look now"</button>
                <button type="submit" name="action" value=value class="quiet">{text}</button>
            </form>
        }
    });
    let inside = view! {
        <h1><code>{title.clone()}</code></h1>
        <div data-live="check">
            <p>{mark(check.status())} " " {check.paused.then(|| view! { <span class="tag">"paused"</span> })} " " <span class="soft">{check.kind} " " {check.target}</span></p>
            <p>{why}</p>
            <p class="soft">{rule}</p>
        </div>
        {buttons}
        <section class="card" data-live="observations">
            <h2>"Newest observations"</h2>
            <section class="scroll" tabindex="0" aria-label="Newest observations">
                <table><thead><tr><th>"When"</th><th>"Seen"</th><th>"Took"</th><th>"Why"</th></tr></thead><tbody>{rows}</tbody></table>
            </section>
        </section>
    };
    frame.document(&title, inside.inert())
}

/// Why the verdict is what it is, in a sentence.
fn why(check: &Check, samples: &[Sample]) -> String {
    let Some(verdict) = &check.verdict else {
        return "Nothing is held of it yet: it was not looked at often enough.".to_owned();
    };
    if let Some(reason) = &verdict.reason {
        return format!("Held to be {}: {reason}.", words::status(verdict.status).to_lowercase());
    }
    let is_same = |sample: &&Sample| sample.status == verdict.status;
    let contradicting = samples.iter().take_while(|sample| !is_same(sample)).count();
    let word = words::status(verdict.status).to_lowercase();
    if contradicting == 0 {
        format!("Held to be {word}: the newest looks agree.")
    } else {
        format!(
            "Held to be {word}: the newest {contradicting} looks say otherwise, which are too few to be believed."
        )
    }
}
