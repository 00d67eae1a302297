//! Every drill, one after the other: briefly for the tests, or whole and written down.

use std::time::Instant;

use anyhow::{Result, bail};
use pharos_measure::console;
use pharos_measure::machine::stamp;

use crate::play::Play;
use crate::report::Report;
use crate::{DRILLS, Drill, record, workspace};

/// Holds the drills that belong to the tests, briefly, and records nothing.
///
/// # Errors
/// When a figure misses its bar, or a drill could not be held. The others are held all the same.
pub fn short(seed: u64) -> Result<()> {
    hold_all(seed, |drill| drill.in_tests.then_some(drill.rounds_short), |_| Ok(()))
}

/// Holds every drill whole, and records each as soon as it is over.
///
/// # Errors
/// When a figure misses its bar, or a drill could not be held or recorded. The others are held all the same.
pub fn whole(seed: u64) -> Result<()> {
    // Before the record itself changes the tree.
    let stamp = stamp(&workspace::root())?;
    hold_all(seed, |drill| Some(drill.rounds), |report| record::write(report, &stamp))
}

fn hold_all(
    seed: u64,
    rounds: impl Fn(&Drill) -> Option<u32>,
    record: impl Fn(&Report) -> Result<()>,
) -> Result<()> {
    let binary = DRILLS.iter().any(|drill| drill.needs_binary).then(workspace::binary).transpose()?;
    let mut failed = Vec::new();
    for drill in DRILLS {
        let Some(rounds) = rounds(drill) else { continue };
        let started = Instant::now();
        let play = Play { binary: binary.clone(), ..Play::of_seed(seed, rounds, None) };
        let held = drill.play(&play).and_then(|report| {
            println!("{}", report.json());
            record(&report)?;
            Ok(report)
        });
        let (passed, said) = match &held {
            Ok(report) if report.passes() => (true, report.words()),
            Ok(report) => (false, format!("{}; see it again with: {}", report.missed(), report.command())),
            Err(error) => (false, format!("{error:#}")),
        };
        let verdict = if passed { "ok" } else { "FAILED" };
        let took = console::seconds(started.elapsed());
        println!("{} result: {verdict}. {said}; finished in {took}", drill.name);
        if !passed {
            failed.push(drill.name);
        }
    }
    if !failed.is_empty() {
        bail!("drills failed: {}", failed.join(", "));
    }
    Ok(())
}
