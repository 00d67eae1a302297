//! `cargo xtask drill`: programs that hold Pharos against something else that knows the truth, each replayable from its seed.
//!
//! One file for each drill, one line for each in the list below. A drill prints one line of JSON and fails when a figure
//! misses its bar. A sabotage falsifies what the drill feeds or reads; a drill that still passes then is blunt.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]

mod absent;
mod all;
mod alone;
mod arithmetic;
mod clock;
mod cluster;
mod command_line;
mod commit;
mod crowd;
mod damage;
mod dead;
mod empty;
mod film;
mod fsync;
mod full;
mod gone;
mod history;
mod hostile;
mod jumps;
mod killed;
mod leader;
mod limits;
mod listeners;
mod moment;
mod noise;
mod order;
mod partition;
mod play;
mod pooler;
mod power;
mod primary;
mod publishers;
mod record;
mod report;
mod returned;
mod seeds;
mod server;
mod silent;
mod teeth;
mod token;
mod upgrade;
mod workspace;
mod world;
mod zombie;

use std::panic::AssertUnwindSafe;

use anyhow::{Context, Result};

pub use command_line::{Arguments, run};
use play::Play;
use report::Report;

/// A drill.
pub(crate) struct Drill {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it holds against what.
    pub about: &'static str,
    /// What one of its rounds is.
    pub round: &'static str,
    /// Rounds of a whole run.
    pub rounds: u32,
    /// Rounds of a run within the tests, which takes about two thirds of a minute at most.
    pub rounds_short: u32,
    /// Whether it is held within the tests: all of those together take at most eight minutes.
    pub in_tests: bool,
    /// What must hold.
    pub bars: &'static str,
    /// What can be falsified, each by name and with what then happens.
    pub sabotages: &'static [(&'static str, &'static str)],
    /// Whether it drives the real binary.
    pub needs_binary: bool,
    /// What runs it.
    pub run: fn(&Play) -> Result<Report>,
}

/// All of them, in the order in which they are held and recorded.
const DRILLS: &[&Drill] = &[
    &arithmetic::DRILL,
    &noise::DRILL,
    &film::DRILL,
    &hostile::DRILL,
    &commit::DRILL,
    &order::DRILL,
    &token::DRILL,
    &primary::DRILL,
    &returned::DRILL,
    &pooler::DRILL,
    &leader::DRILL,
    &zombie::DRILL,
    &publishers::DRILL,
    &gone::DRILL,
    &partition::DRILL,
    &jumps::DRILL,
    &seeds::DRILL,
    &listeners::DRILL,
    &silent::DRILL,
    &upgrade::DRILL,
    &killed::DRILL,
    &damage::DRILL,
    &empty::DRILL,
    &moment::DRILL,
    &full::DRILL,
    &absent::DRILL,
    &fsync::DRILL,
    &power::DRILL,
    &dead::DRILL,
];

impl Drill {
    /// Runs it.
    ///
    /// # Errors
    /// When it could not be held.
    fn play(&self, play: &Play) -> Result<Report> {
        // Servers that do not start panic: they are made for tests.
        let held = std::panic::catch_unwind(AssertUnwindSafe(|| (self.run)(play)));
        let held = held.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked; the reason stands above")));
        let mut report = held.with_context(|| format!("holding the drill {}", self.name))?;
        report.name(self.name, play);
        Ok(report)
    }
}
