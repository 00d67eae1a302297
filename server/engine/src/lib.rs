//! The pure core of Pharos: schedule, verdicts, incidents.
//!
//! Nothing here performs I/O, reads a clock or draws a random number: time comes in with every input, and what is to
//! be done goes out with every step. So months of monitoring run in a moment, and a seed replays a failure.

pub mod alerts;
mod calendar;
mod causes;
mod check;
mod config;
mod damper;
pub mod desk;
mod engine;
mod fact;
mod history;
mod incidents;
pub mod limits;
mod maintenance;
pub mod redundancy;
mod schedule;
mod settle;
mod sight;
#[cfg(any(test, feature = "simulator"))]
pub mod simulator;
mod vantages;
mod watch;

pub use calendar::day_at;
pub use check::{Check, CheckId, Observation, Source, Verdict};
pub use config::{AutoIncident, Config, IncidentPolicy};
pub use engine::{Due, Engine, Input, Now, Output};
pub use fact::{Entry, Fact, Fold};
pub use maintenance::PlannedMaintenance;
pub use schedule::next_slot;
pub use sight::is_blind;
pub use vantages::{Vantages, agreed};
