//! What the colours and heights of the bars mean.

use leptos::prelude::*;

use crate::words::Words;

/// The legend.
#[component]
pub fn Legend(
    /// In which language.
    words: Words,
) -> impl IntoView {
    let (live, page) = (words.live(), words.page());
    // From best to worst, by class.
    let legend = [
        ("op", page.legend_well),
        ("dg", page.legend_degraded),
        ("po", page.legend_partial),
        ("mo", page.legend_major),
        ("mt", page.legend_maintenance),
        ("un", live.status_unknown),
        ("nd", live.no_data),
    ];
    let entries: Vec<_> = legend
        .into_iter()
        .map(|(class, text)| {
            view! { <li><span class=format!("swatch {class}") aria-hidden="true"></span>{text}</li> }
        })
        .collect();
    view! { <ul class="legend">{entries}</ul> }
}
