//! Pages as bytes: rendered once, compressed once, served from memory.

mod cache;
mod encode;
mod render;

pub use cache::Pages;
pub use encode::{Effort, Encoded, Encoding, accepts, quality};
pub use render::{Month, PageKey, Renderer};
