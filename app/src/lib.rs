//! What visitors see: pages drawn on the server, and the few parts of them that stay alive in the browser.
//!
//! One view function draws each part on both sides. On the server it fills the page; in the browser it takes over from
//! what the server drew as soon as the part would look different, and not before.

// A page is one deep type.
#![recursion_limit = "512"]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "`ssr` and `hydrate` are two builds: with both on, Leptos drops event handlers without a word"
);

pub mod islands;
pub mod parts;
pub mod words;

#[cfg(feature = "ssr")]
mod discovery;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod pages;

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod live;

#[cfg(test)]
mod samples;

#[cfg(feature = "ssr")]
pub use document::{Scripts, Shell, accent_style, markup, stylesheet};
#[cfg(feature = "ssr")]
pub use pages::{
    ChartPoint, ComponentDay, ComponentYear, DamagedPart, HistoryMonth, Range, SeenFrom, Variant,
};
#[cfg(feature = "ssr")]
pub use parts::banner::{BannerData, banner};
#[cfg(feature = "ssr")]
pub use parts::copied::copied;
#[cfg(feature = "ssr")]
pub use parts::icon::{favicon, look, shape};
#[cfg(feature = "ssr")]
pub use words::{LANGUAGES, Language, Words, english, language};

/// What there is to tell of the day `ago` days before today, of the component that the part named `part` is about: where
/// it is told in full, then a line each; nothing when nobody knows.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn day(part: &str, ago: u32) -> String {
    use leptos::prelude::WithUntracked;
    let told = live::live().snapshot.with_untracked(|snapshot| {
        let (Some(islands::Part::Row(id) | islands::Part::Head(id)), Some(words)) =
            (islands::Part::parse(part), browser::words())
        else {
            return None;
        };
        let snapshot = snapshot.as_ref()?;
        parts::day_tip::day_tip(snapshot, snapshot.component(&id)?, ago as usize, words)
    });
    told.unwrap_or_default()
}

/// Wakes the page: called once by the boot script, before it wakes the islands one by one. `words` are the texts of the
/// page's language, in JSON.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(words: &str) {
    browser::take_words(words);
    leptos::mount::hydrate_islands();
}

/// Opens the stream: once all islands are awake. One that wakes takes what the server drew for what there is to be drawn,
/// and would never draw what it heard before. A page that `is_reloaded` is not loaded anew because it was drawn too early:
/// who gets it from a cache might get the same again, and again.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn follow(is_reloaded: bool) {
    live::start(is_reloaded);
}

/// Writes the moments of the page in the visitor's own time: after [`hydrate`], a piece of work of its own.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn localise() {
    browser::localise_page();
}
