//! The parts of a page that stay alive in the browser.

#[cfg(feature = "hydrate")]
mod draw;
mod live_line;
mod live_part;
mod part;

pub use live_line::LiveLine;
pub use live_part::{LivePart, LiveSlot};
pub use part::Part;
