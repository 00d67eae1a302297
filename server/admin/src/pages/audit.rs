//! The audit log.

use crate::html::Inert;
use leptos::prelude::*;
use pharos_store::AuditEntry;

use crate::Frame;
use crate::fields::{Typed, input};
use crate::moment::moment;

/// The page.
pub fn list(frame: &Frame, entries: &[AuditEntry], typed: &Typed, next: Option<String>) -> String {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let change = |label: &'static str, json: &Option<String>| {
                json.clone()
                    .map(|json| view! { <details><summary>{label}</summary><pre>{json}</pre></details> })
            };
            view! {
                <tr>
                    <td>{moment(&frame.zone, entry.at)}</td>
                    <td>{entry.actor.clone()}<br/><span class="soft">{entry.address.clone()}</span></td>
                    <td><code>{entry.action.clone()}</code></td>
                    <td>{entry.target.clone()}</td>
                    <td>{change("before", &entry.before)} {change("after", &entry.after)}</td>
                </tr>
            }
        })
        .collect();
    let next = next.map(|address| view! { <p><a href=address>"Older"</a></p> });
    let inside = view! {
        <h1>"Audit log"</h1>
        <section class="card">
            <form method="get" action="/admin/audit" class="filter">
                {input("target", "Of what", "text", typed.get("target"), "As in incidents/2026-11-26-api")}
                {input("actor", "By whom", "text", typed.get("actor"), "As in user:anna")}
                <button type="submit">"Show"</button>
            </form>
        </section>
        <section class="card">
            <section class="scroll" tabindex="0" aria-label="Entries">
                <table><thead><tr><th>"When"</th><th>"Who"</th><th>"What"</th><th>"Of what"</th><th>"Change"</th></tr></thead><tbody>{rows}</tbody></table>
            </section>
            {next}
        </section>
    };
    frame.document("Audit log", inside.inert())
}
