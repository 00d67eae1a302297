//! Pages: one file each, each a function of a snapshot and what little else it tells of.

mod calendar;
mod component;
mod damaged;
mod day;
mod days;
mod embed;
mod frame;
mod history;
mod incident;
mod index;
mod not_found;
mod resilience;

pub use calendar::{ComponentYear, calendar};
pub use component::{ChartPoint, Range, SeenFrom, component};
pub use damaged::{DamagedPart, damaged};
pub use day::{ComponentDay, day};
pub use days::days;
pub use embed::{FRAME_STYLE, Variant, embedded, gallery};
pub use history::{HistoryMonth, history};
pub use incident::incident;
pub use index::index;
pub use not_found::not_found;
pub use resilience::resilience;
