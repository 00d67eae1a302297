//! The pages as a browser gets them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../src/samples.rs"]
mod samples;

mod budget;
mod markup;
mod wording;
