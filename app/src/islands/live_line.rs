//! The line that says how fresh the page is, honestly.

use leptos::prelude::*;

/// What the server wrote until the stream lives; then how long ago anything was looked at, or that the stream is down.
#[island]
pub fn LiveLine() -> impl IntoView {
    let text = line_text();
    let announcement = announcement();
    view! {
        <p class="live" class:lost=move || text.get().1>
            <span class="dot" aria-hidden="true"></span>
            <span>{move || text.get().0}</span>
        </p>
        <p class="aloud" role="status">{move || announcement.get()}</p>
    }
}

/// The sentence, and whether it is about a loss.
#[cfg(feature = "hydrate")]
fn line_text() -> Signal<(String, bool)> {
    use crate::{browser, words};
    let line = crate::live::live().line;
    let text = Memo::new(move |_| {
        line.with(|line| match (line.lost_since, line.checked_at) {
            (Some(since), _) => {
                let since = browser::local_moment(since);
                (format!("Live updates are interrupted since {since}. This page shows what was known then; trying again."), true)
            }
            (None, _) if line.stale => {
                ("The server cannot record what it sees at the moment. This page may be out of date.".to_owned(), true)
            }
            (None, Some(at)) => (words::checked_ago(line.now.since_ms(at)), false),
            (None, None) => (WAITING.to_owned(), false),
        })
    });
    text.into()
}

#[cfg(feature = "hydrate")]
fn announcement() -> Signal<String> {
    crate::live::live().announcement.into()
}

#[cfg(not(feature = "hydrate"))]
fn line_text() -> Signal<(String, bool)> {
    Signal::derive(|| (WAITING.to_owned(), false))
}

#[cfg(not(feature = "hydrate"))]
fn announcement() -> Signal<String> {
    Signal::derive(String::new)
}

/// What is true with and without scripts, before the stream lives.
const WAITING: &str = "This page is redrawn with every change";
