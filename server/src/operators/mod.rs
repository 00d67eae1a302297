//! The way of operators' commands to the core, whatever door they came in by, and what is written down of them.

mod markdown;
mod order;
mod record;

pub use markdown::prose;
pub use order::{Author, Done, Failure, OnceKey, Operators, Order};
pub use record::{action, before, margin, now, scheduled, target};
