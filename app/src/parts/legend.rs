//! What the colours and heights of the bars mean.

use leptos::prelude::*;

use crate::words;

/// The legend.
#[component]
pub fn Legend() -> impl IntoView {
    let entries: Vec<_> = words::LEGEND_WORDS
        .into_iter()
        .map(|(class, text)| {
            view! { <li><span class=format!("swatch {class}") aria-hidden="true"></span>{text}</li> }
        })
        .collect();
    view! { <ul class="legend">{entries}</ul> }
}
