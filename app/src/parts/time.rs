//! Moments: absolute in UTC from the server, in the visitor's own zone once the browser has a say.

use leptos::prelude::*;
use pharos_model::UnixMs;

use crate::words;

/// A moment. Its title keeps the time in UTC.
#[component]
pub fn Moment(
    /// When.
    at: UnixMs,
) -> impl IntoView {
    view! { <time datetime=words::machine_moment(at) title=words::moment(at)>{text(at)}</time> }
}

#[cfg(feature = "hydrate")]
fn text(at: UnixMs) -> String {
    crate::browser::local_moment(at)
}

#[cfg(not(feature = "hydrate"))]
fn text(at: UnixMs) -> String {
    words::moment(at)
}
