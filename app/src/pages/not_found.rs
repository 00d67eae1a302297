//! What is not there.

use leptos::prelude::*;
use pharos_model::Snapshot;

use super::frame::{Kind, framed};
use crate::document::Shell;
use crate::words;

/// The document.
pub fn not_found(snapshot: &Snapshot, shell: &Shell) -> String {
    shell.document(snapshot, words::NOT_FOUND, words::NOT_FOUND_WHY, || {
        let inside = view! {
            <h1>{words::NOT_FOUND}</h1>
            <p>{words::NOT_FOUND_WHY}</p>
            <p class="more"><a href="/">{words::NOT_FOUND_WAY}</a></p>
        };
        framed(snapshot, Kind::Other, inside.into_any())
    })
}
