//! Whether drills have teeth: each sabotage in short form, which must make its drill fail.

use anyhow::{Result, bail};

use pharos_measure::console;

use crate::Drill;
use crate::play::Play;

/// Runs every sabotage of these drills.
///
/// # Errors
/// When one was not noticed, or a drill could not be held.
pub fn try_all(drills: impl Iterator<Item = &'static Drill>, seed: u64) -> Result<()> {
    let mut blunt = Vec::new();
    for drill in drills {
        let play = Play::new(seed, drill.rounds_short, None, drill.needs_binary)?;
        for (sabotage, _) in drill.sabotages {
            let started = std::time::Instant::now();
            let report = drill.play(&Play { sabotage: Some(sabotage), ..play.clone() })?;
            let took = console::seconds(started.elapsed());
            if report.passes() {
                eprintln!("drill: {} --sabotage {sabotage}: NOT NOTICED after {took}", drill.name);
                blunt.push(format!("{} --sabotage {sabotage}", drill.name));
            } else {
                let missed = report.missed();
                eprintln!("drill: {} --sabotage {sabotage}: noticed after {took}: {missed}", drill.name);
            }
            println!("{}", report.json());
        }
    }
    if !blunt.is_empty() {
        bail!("not noticed: {}", blunt.join(", "));
    }
    Ok(())
}
