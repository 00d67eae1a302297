//! `cargo xtask simulate`: seeded lives of a whole installation, each replayable from its seed.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::Outcome;
use crate::{console, limits};

/// Drive the pure core through simulated days of outages, flaps, gaps and clock steps, and check its invariants.
///
/// The same seed always gives the same life. A failing seed prints the command that replays it.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["seed", "seeds"])))]
pub struct Arguments {
    /// One seed; its report is printed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Every seed from A up to, but not including, B
    #[arg(long, value_name = "A..B", value_parser = seed_range)]
    pub seeds: Option<Range<u64>>,
    /// Length of each life in simulated days
    #[arg(long, value_name = "D", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::DAYS_MAX)))]
    pub days: u32,
}

/// Runs one seed or a range of them.
///
/// # Errors
/// When an invariant is broken; the message carries the command that replays it.
pub fn run(arguments: &Arguments) -> Result<()> {
    if let Some(seed) = arguments.seed {
        return match live_once(seed, arguments.days) {
            Ok(report) => {
                println!("{report}");
                Ok(())
            }
            Err(failure) => bail!("{}", failure_text(seed, &failure)),
        };
    }
    let seeds = arguments.seeds.clone().unwrap_or(0..1);
    if check(seeds, arguments.days)?.passed {
        return Ok(());
    }
    bail!("an invariant was broken");
}

/// Runs a range of seeds on every core and prints what failed.
///
/// # Errors
/// When the range is too large.
pub fn check(seeds: Range<u64>, days: u32) -> Result<Outcome> {
    let count = seeds.end.saturating_sub(seeds.start);
    if count > limits::SEEDS_MAX {
        bail!("{count} seeds are more than {} in one run: take a smaller range", limits::SEEDS_MAX);
    }
    let started = Instant::now();
    let failures = live_all(&seeds, days);
    for (seed, failure) in &failures {
        println!("{}", failure_text(*seed, failure));
    }
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    let line = format!(
        "simulation result: {verdict}. {} seeds passed; {} failed; {days} days each; finished in {}",
        count - failures.len() as u64,
        failures.len(),
        console::seconds(started.elapsed())
    );
    println!("{line}");
    Ok(Outcome { passed: failures.is_empty(), summary: vec![line] })
}

/// Every failing seed of the range, in order.
fn live_all(seeds: &Range<u64>, days: u32) -> Vec<(u64, String)> {
    let next = AtomicU64::new(seeds.start);
    let failures = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    if let Err(failure) = live_once(seed, days) {
                        failures
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push((seed, failure));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.sort_unstable();
    failures
}

/// One life. A panic inside the core is a failure of its seed like any other.
fn live_once(seed: u64, days: u32) -> Result<String, String> {
    match catch_unwind(AssertUnwindSafe(|| pharos_engine::simulator::run(seed, days))) {
        Ok(Ok(report)) => Ok(report.to_string()),
        Ok(Err(failure)) => Err(failure.to_string()),
        Err(_) => Err(panic_text(seed, days)),
    }
}

/// A failure of a rule names the command that replays it itself.
fn failure_text(seed: u64, failure: &str) -> String {
    format!("seed {seed} failed: {failure}")
}

fn panic_text(seed: u64, days: u32) -> String {
    let command = format!("cargo xtask simulate --seed {seed} --days {days}");
    format!("the core panicked (its message stands above)\n  replay it with: {command}")
}

/// Reads `A..B`.
fn seed_range(text: &str) -> Result<Range<u64>, String> {
    let wanted = || format!("`{text}` is no range of seeds: write it as A..B, for example 0..300");
    let (start, end) = text.split_once("..").ok_or_else(wanted)?;
    let start: u64 = start.trim().parse().map_err(|_| wanted())?;
    let end: u64 = end.trim().parse().map_err(|_| wanted())?;
    if start >= end {
        return Err(format!("`{text}` holds no seed: the second number must be larger than the first"));
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_bad_ones_explained() {
        assert_eq!(seed_range("3..10"), Ok(3..10));
        assert!(seed_range("3").is_err_and(|text| text.contains("0..300")));
        assert!(seed_range("3..3").is_err_and(|text| text.contains("holds no seed")));
        assert!(seed_range("a..b").is_err());
    }

    #[test]
    fn a_panic_names_the_command_that_replays_it() {
        let text = failure_text(7, &panic_text(7, 90));
        assert!(text.contains("cargo xtask simulate --seed 7 --days 90"), "{text}");
        assert!(text.starts_with("seed 7 failed: "), "{text}");
    }

    #[test]
    fn a_short_life_holds_every_invariant() {
        assert_eq!(live_all(&(0..3), 2), []);
    }
}
