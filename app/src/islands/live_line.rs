//! The line that says how fresh the page is, honestly.

use leptos::prelude::*;

/// What the line shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The sentence.
    pub text: String,
    /// Whether it tells of a loss.
    pub lost: bool,
}

/// What the server wrote until the stream lives; then how long ago anything was looked at, or that the stream is down.
///
/// The ticking sentence is not read aloud; a change of a component is, once.
#[island]
pub fn LiveLine() -> impl IntoView {
    let (line, announcement) = watch();
    let class = {
        let line = line.clone();
        move || {
            line.with(|line| {
                line.as_ref().map_or("live", |line| if line.lost { "live lost" } else { "live alive" })
            })
        }
    };
    let text = move || line.with(|line| line.as_ref().map_or_else(first_text, |line| line.text.clone()));
    view! {
        <p class=class>
            <span class="dot" aria-hidden="true"></span>
            <span>{text}</span>
        </p>
        <p class="aloud" role="status">{move || announcement.get()}</p>
    }
}

#[cfg(feature = "hydrate")]
fn watch() -> (ArcRwSignal<Option<Line>>, ArcRwSignal<String>) {
    let live = crate::live::live();
    (live.line, live.announcement)
}

#[cfg(not(feature = "hydrate"))]
fn watch() -> (ArcRwSignal<Option<Line>>, ArcRwSignal<String>) {
    (ArcRwSignal::new(None), ArcRwSignal::new(String::new()))
}

/// What the server writes: how old the page is, where nothing else says so. It is handed down as context, because a
/// property of the island would bring a JSON parser into the browser's half.
#[cfg(not(feature = "hydrate"))]
fn first_text() -> String {
    use_context().unwrap_or_default()
}

/// Nothing: what the server wrote stays until there is something else to say.
#[cfg(feature = "hydrate")]
fn first_text() -> String {
    String::new()
}
