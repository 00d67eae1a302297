//! The page as an application that can stand on a home screen.

use serde::Serialize;

use super::super::{View, Written};

#[derive(Serialize)]
struct Manifest<'a> {
    name: &'a str,
    short_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    lang: &'a str,
    dir: &'static str,
    id: String,
    start_url: String,
    scope: String,
    display: &'static str,
    background_color: &'static str,
    theme_color: &'static str,
    icons: [Icon; 1],
}

#[derive(Serialize)]
struct Icon {
    src: String,
    sizes: &'static str,
    #[serde(rename = "type")]
    media_type: &'static str,
}

/// The document.
pub fn write(view: &View) -> Option<Written> {
    let (words, snapshot) = (view.words, &view.snapshot);
    let name = words.page_name(snapshot);
    let manifest = Manifest {
        name,
        short_name: name,
        description: snapshot.page.description.of(words.tag()),
        lang: words.tag(),
        dir: if words.language().right_to_left { "rtl" } else { "ltr" },
        id: words.shared_address("/"),
        start_url: words.address("/"),
        scope: words.shared_address("/"),
        display: "minimal-ui",
        background_color: "#f7f8f9",
        theme_color: "#0a6077",
        icons: [Icon {
            src: words.shared_address("/favicon.svg"),
            sizes: "any",
            media_type: "image/svg+xml",
        }],
    };
    serde_json::to_string(&manifest).ok().map(Written::from)
}
