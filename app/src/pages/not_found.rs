//! What is not there.

use leptos::prelude::*;
use pharos_model::Snapshot;

use super::frame::framed;
use crate::document::Shell;

/// The document.
pub fn not_found(snapshot: &Snapshot, shell: &Shell) -> String {
    let title = format!("Not found · {}", snapshot.page.name);
    shell.document(snapshot, &title, "There is no such page.", || {
        let inside = view! {
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or what it told of has left this page."</p>
            <p><a href="/">"To the status of everything"</a></p>
        };
        framed(snapshot, "not-found", inside.into_any())
    })
}
