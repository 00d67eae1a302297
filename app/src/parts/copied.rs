//! What a copy of a page says of itself: how old it is.

use leptos::prelude::*;
use pharos_model::UnixMs;

use super::time::Placed;
use crate::document::markup;
use crate::words::Words;

/// A page as it stands in a copy of the page from `at`; one that has no place for what is to be said stays as it is.
pub fn copied(html: &str, at: UnixMs, words: Words) -> String {
    let notice = view! {
        <aside class="notice copied" dir="auto">
            <Placed text=words.page().copied at words/>
        </aside>
    };
    html.replacen("<main ", &[&*markup(notice), "<main "].concat(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_before_everything_else_how_old_it_is() {
        let html = copied(
            "<body><main id=\"content\"><p>x</p></main></body>",
            UnixMs(1_800_000_000_000),
            Words::english(),
        );
        let before = html.split("<main ").next().unwrap();
        assert!(
            before.contains("This is a copy of the page, as of <time datetime=\"2027-01-15T08:00:00Z\""),
            "{html}"
        );
    }
}
