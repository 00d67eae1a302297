//! The parts of a page that stay alive in the browser.

mod live_line;
mod live_page;
mod part;

pub use live_line::{Line, LiveLine};
pub use live_page::LivePage;
#[cfg(feature = "ssr")]
pub use live_page::{live, live_data};
pub use part::{Part, PartData};
