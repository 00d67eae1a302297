//! Pages: one file each, each a function of a snapshot and what little else it tells of.

mod component;
mod frame;
mod history;
mod incident;
mod index;
mod not_found;

pub use component::{ChartPoint, component};
pub use history::{HistoryMonth, history};
pub use incident::incident;
pub use index::index;
pub use not_found::not_found;
