//! The pages as a browser gets them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../src/samples.rs"]
mod samples;

mod budget;
mod markup;
mod wording;

use pharos_app::{LANGUAGES, Scripts, Shell};

/// The frame of pages that wake.
fn shell() -> Shell {
    let words = LANGUAGES.iter().map(|language| (language.tag, format!("words.{}.json", language.tag)));
    Shell::new(Some(Scripts {
        boot: "boot.0123456789abcdef.js".into(),
        page: "page.0123456789abcdef.js".into(),
        words: words.collect(),
    }))
}
