//! Moments: absolute in UTC as they are written; the browser puts its visitor's own time in their place.

use leptos::prelude::*;
use pharos_model::UnixMs;

use crate::words;

/// A moment. Its title keeps the time in UTC.
#[component]
pub fn Moment(
    /// When.
    at: UnixMs,
) -> impl IntoView {
    let text = words::moment(at);
    let title = text.clone();
    view! { <time datetime=words::machine_moment(at) title=title>{text}</time> }
}
