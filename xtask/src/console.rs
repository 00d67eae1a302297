//! What xtask writes to the terminal: calm one-liners with elapsed times.

use std::time::Instant;

use anyhow::Result;

pub use pharos_measure::console::{seconds, table};

/// Runs one step, says what is happening before and how long it took after.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("xtask: {what}");
    let started = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "failed" };
    println!("xtask: {what}: {verdict} after {}", seconds(started.elapsed()));
    outcome
}

/// One line for the reader.
pub fn say(line: &str) {
    println!("xtask: {line}");
}
