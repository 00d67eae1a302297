//! What stands in the place of a page of which the history is damaged.

use leptos::prelude::*;
use pharos_model::Snapshot;

use super::frame::{INDEX, framed};
use crate::document::{Head, Shell};
use crate::words::Words;

/// What part of the history is damaged, as far as visitors need to tell parts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagedPart {
    /// When which component was how.
    Statuses,
    /// Incidents and maintenance.
    Incidents,
    /// Response times and what was seen.
    Figures,
    /// Something else.
    Other,
}

/// The document.
pub fn damaged(snapshot: &Snapshot, part: DamagedPart, (shell, words): (&Shell, Words)) -> String {
    let text = words.page();
    let what = match part {
        DamagedPart::Statuses => text.damaged_statuses,
        DamagedPart::Incidents => text.damaged_incidents,
        DamagedPart::Figures => text.damaged_figures,
        DamagedPart::Other => text.damaged_other,
    };
    let head = Head { about: text.damaged, description: what, path: None };
    shell.document(snapshot, words, &head, || {
        let inside = view! {
            <h1>{text.damaged}</h1>
            <p class="said">{what}</p>
            <p class="said">{text.damaged_now}</p>
            <p class="more"><a href=words.address(INDEX)>{text.not_found_way}</a></p>
        };
        framed(snapshot, words, &head, inside.into_any())
    })
}
