//! Pages as bytes: rendered once, compressed once, served from memory.

mod budgets;
mod cache;
mod card;
mod codes;
mod encode;
mod further;
mod month;
mod past;
mod render;
mod seen_from;
mod wire;

pub use budgets::budgets;
pub use cache::{Pages, PagesError};
pub use encode::{Effort, Encoded, Encoding, QUICK, accepts, quality};
pub use month::Month;
pub use past::{date_at, zone};
pub use render::{PageKey, Renderer};
pub use wire::{as_shown, as_told};
