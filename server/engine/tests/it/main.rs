//! How the core behaves, told as short films: what was seen when, and what the page then says.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod absence;
mod alerts;
mod causes;
mod clocks;
mod configuration;
mod damping;
mod desk;
mod film;
mod heartbeats;
mod incidents;
mod maintenance;
mod recorded;
mod redundancy;
mod schedule;
mod sight;
mod truths;
mod vantages;
