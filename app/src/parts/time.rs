//! Moments: absolute in UTC from the server, in the visitor's own zone once the browser has a say.

use leptos::prelude::*;
use pharos_model::UnixMs;

use crate::words::{self, Words, around};

/// A moment. Its title keeps the time in UTC.
#[component]
pub fn Moment(
    /// When.
    at: UnixMs,
    /// In which language.
    words: Words,
) -> impl IntoView {
    view! { <time datetime=words::machine_moment(at) title=words.moment(at)>{text(at, words)}</time> }
}

/// A sentence with a moment in its place `{time}`.
#[component]
pub fn Placed(
    /// The sentence.
    text: &'static str,
    /// When.
    at: UnixMs,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let (before, after) = around(text, "time");
    view! { {before} <Moment at words/> {after} }
}

#[cfg(feature = "hydrate")]
fn text(at: UnixMs, _words: Words) -> String {
    crate::browser::local_moment(at)
}

#[cfg(not(feature = "hydrate"))]
fn text(at: UnixMs, words: Words) -> String {
    words.moment(at)
}
