//! Hooks: what other systems report, and what came of it last.

use crate::Frame;
use crate::html::Inert;
use leptos::prelude::*;

/// A hook, in words.
#[derive(Clone, Debug)]
pub struct HookLine {
    /// Its name.
    pub name: String,
    /// What reports by it.
    pub kind: String,
    /// How many rules it has.
    pub rules: usize,
    /// How many alerts fire.
    pub firing: usize,
    /// The components they speak for, each with the worst that they say.
    pub holds: Vec<String>,
    /// When something last came in here, and what came of it.
    pub last: Option<(String, String)>,
}

fn rules(count: usize) -> String {
    if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") }
}

/// The page.
pub fn list(frame: &Frame, hooks: Vec<HookLine>) -> String {
    let row = |hook: HookLine| {
        let holds: Vec<_> = hook.holds.into_iter().map(|line| view! { <br/>{line} }).collect();
        let last = match hook.last {
            Some((at, said)) => view! { {at}<br/><span class="soft">{said}</span> }.into_any(),
            None => view! { <span class="soft">"nothing since this node began"</span> }.into_any(),
        };
        view! {
            <tr>
                <td>{hook.name.clone()}<br/><span class="soft">{format!("/hooks/{}", hook.name)}</span></td>
                <td>{hook.kind}<br/><span class="soft">{rules(hook.rules)}</span></td>
                <td>{format!("{} firing", hook.firing)}{holds}</td>
                <td>{last}</td>
            </tr>
        }
    };
    let is_empty = hooks.is_empty();
    let rows: Vec<_> = hooks.into_iter().map(row).collect();
    let table = (!is_empty).then(|| {
        view! {
            <section class="scroll" tabindex="0" aria-label="Hooks">
                <table><thead><tr><th>"Hook"</th><th>"Kind"</th><th>"Alerts"</th><th>"Last delivery to this node"</th></tr></thead><tbody>{rows}</tbody></table>
            </section>
        }
    });
    let none = is_empty.then(|| {
        view! { <p>"There are none. Name them under " <code>"hooks"</code> " in the configuration file."</p> }
    });
    let inside = view! {
        <h1>"Hooks"</h1>
        <section class="card">
            <p>"Other systems report here. What an alert says counts until it ends, or until nothing was heard of it for as long as its hook says."</p>
            {none}
            {table}
        </section>
    };
    frame.document("Hooks", inside.inert())
}
