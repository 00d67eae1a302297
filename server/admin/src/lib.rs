//! What operators see: pages rendered on the server, with ordinary forms that need no scripts.
//!
//! Nothing here is known to the public page, and nothing of it is compiled for the browser. A page is a function from
//! what is known to a document; what a form sends is the server's to read.

// A page is one deep type.
#![recursion_limit = "512"]

mod below;
mod fields;
mod frame;
mod html;
mod moment;
pub mod pages;
mod words;

use std::sync::LazyLock;

pub use below::below;
pub use frame::{Frame, Notice, Section, Who};
pub use moment::Zone;

/// The style sheet of all pages for operators.
pub fn stylesheet() -> &'static str {
    static SHEET: LazyLock<String> = LazyLock::new(|| {
        [
            include_str!("../../../style/tokens.css"),
            include_str!("../../../style/prose.css"),
            include_str!("../../../style/admin.css"),
        ]
        .concat()
    });
    &SHEET
}

/// The script of all pages for operators: shortcuts, previews, and what is new. They are complete without it.
pub fn script() -> &'static str {
    include_str!("../admin.js")
}
