//! What is not there.

use leptos::prelude::*;
use pharos_model::Snapshot;

use super::frame::{INDEX, framed};
use crate::document::{Head, Shell};
use crate::words::Words;

/// The document.
pub fn not_found(snapshot: &Snapshot, (shell, words): (&Shell, Words)) -> String {
    let text = words.page();
    let head = Head { about: text.not_found, description: text.not_found_why, path: None };
    shell.document(snapshot, words, &head, || {
        let inside = view! {
            <h1>{text.not_found}</h1>
            <p class="said">{text.not_found_why}</p>
            <p class="more"><a href=words.address(INDEX)>{text.not_found_way}</a></p>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}
