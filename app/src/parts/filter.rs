//! The box that filters a long list of components by name. Hidden until the script is there that it needs.

use leptos::prelude::*;

use crate::words::Words;

/// The box, and how many components it found.
#[component]
pub fn Filter(
    /// In which language.
    words: Words,
) -> impl IntoView {
    let text = words.page();
    view! {
        <div class="filter" hidden role="search">
            <label for="filter">{text.filter}</label>
            <input id="filter" type="search" autocomplete="off" spellcheck="false"/>
            <output for="filter" data-found=text.filter_found data-nothing=text.filter_nothing></output>
        </div>
    }
}
