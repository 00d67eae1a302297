//! The switch between light and dark. Hidden until the script is there that it needs.

use leptos::prelude::*;

use crate::words::Words;

/// The switch. The style sheet shows the picture of what was chosen: half a disc, a sun, a moon.
#[component]
pub fn ThemeSwitch(
    /// In which language.
    words: Words,
) -> impl IntoView {
    let text = words.page();
    view! {
        <button type="button" class="theme" hidden data-name=text.theme data-auto=text.theme_auto data-light=text.theme_light data-dark=text.theme_dark>
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path class="auto" d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1.5v11a5.5 5.5 0 0 0 0-11"></path>
                <path class="light" d="M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M7.2 0h1.6v2.4H7.2zm0 13.6h1.6V16H7.2zM0 7.2h2.4v1.6H0zm13.6 0H16v1.6h-2.4zM2 3.1 3.1 2l1.7 1.7-1.1 1.1zm9.2 9.2 1.1-1.1 1.7 1.7-1.1 1.1zM2 12.9l1.7-1.7 1.1 1.1L3.1 14zm9.2-9.2L12.9 2 14 3.1l-1.7 1.7z"></path>
                <path class="dark" d="M6.3 1A7.2 7.2 0 1 0 15 9.7 6 6 0 0 1 6.3 1"></path>
            </svg>
        </button>
    }
}
