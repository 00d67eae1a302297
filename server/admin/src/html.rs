//! Pieces of a page that are drawn already.
//!
//! A view that is kept as a type of its own brings with it everything that it could do in a browser, some kilobytes each. Nothing
//! here ever wakes in a browser: a piece is drawn as soon as it is made, and is text from then on.

use leptos::prelude::RenderHtml;
use leptos::tachys::html::InertElement;

/// A piece that is drawn.
pub type Html = InertElement;

/// Draws a view.
pub trait Inert {
    /// The view, drawn.
    fn inert(self) -> Html;
}

impl<T: RenderHtml> Inert for T {
    fn inert(self) -> Html {
        InertElement::new(self.to_html())
    }
}
