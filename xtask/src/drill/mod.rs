//! `cargo xtask drill`: programs that hold Pharos against something else that knows the truth, each replayable from its seed.
//!
//! One file for each drill, one line for each in the list below. A drill prints one line of JSON and fails when a figure
//! misses its bar. A sabotage falsifies what the drill feeds or reads; a drill that still passes then is blunt.

mod arithmetic;
mod clock;
mod film;
mod hostile;
mod noise;
mod play;
mod record;
mod report;
mod server;
mod teeth;
mod world;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::Outcome;
use crate::{console, limits};

pub use play::Play;
pub use report::Report;

/// A drill.
pub struct Drill {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it holds against what.
    pub about: &'static str,
    /// What one of its rounds is.
    pub round: &'static str,
    /// Rounds of a whole run.
    pub rounds: u32,
    /// Rounds of a run within the tests, which takes at most a third of a minute.
    pub rounds_short: u32,
    /// What must hold.
    pub bars: &'static str,
    /// What can be falsified, each by name and with what then happens.
    pub sabotages: &'static [(&'static str, &'static str)],
    /// Whether it drives the real binary.
    pub needs_binary: bool,
    /// What runs it.
    pub run: fn(&Play) -> Result<Report>,
}

const DRILLS: &[&Drill] = &[&arithmetic::DRILL, &noise::DRILL, &film::DRILL, &hostile::DRILL];

/// Hold Pharos against a second opinion: its arithmetic, its record of failovers, its damping, its probes.
///
/// Names: arithmetic, noise, film, hostile. Each prints one line of JSON and fails when a figure misses its bar. `PHAROS_BIN` names the binary
/// that is drilled; without it the one in target/debug is built and taken.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["name", "list", "teeth"])))]
pub struct Arguments {
    /// Which drill
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// The seed of its chance
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// How many rounds; what a round is, `--list` tells. Without it those of a whole run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::DRILL_ROUNDS_MAX)))]
    pub rounds: Option<u32>,
    /// As few rounds as the tests run
    #[arg(long, conflicts_with_all = ["rounds", "record"])]
    pub short: bool,
    /// Falsify something: the drill must then fail
    #[arg(long, value_name = "X", requires = "name", conflicts_with_all = ["record", "teeth"])]
    pub sabotage: Option<String>,
    /// Write the figures into tests/drills/README.md
    #[arg(long, requires = "name")]
    pub record: bool,
    /// Name all drills with their rounds, bars and sabotages
    #[arg(long)]
    pub list: bool,
    /// Run every sabotage of the drill, or of all drills, in short form, and fail when one is not noticed
    #[arg(long, conflicts_with = "record")]
    pub teeth: bool,
}

/// Runs a drill, or lists them, or tries their teeth.
///
/// # Errors
/// When a figure misses its bar, a drill could not be held, or a sabotage was not noticed.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        print!("{}", list());
        return Ok(());
    }
    let wanted = |drill: &&&Drill| arguments.name.as_deref().is_none_or(|name| name == drill.name);
    if arguments.teeth {
        return teeth::try_all(DRILLS.iter().filter(wanted).copied(), arguments.seed);
    }
    let drill = DRILLS.iter().find(wanted).context("there is no drill")?;
    let sabotage = sabotage_of(drill, arguments.sabotage.as_deref())?;
    let rounds = if arguments.short { drill.rounds_short } else { arguments.rounds.unwrap_or(drill.rounds) };
    let report = drill.play(&Play::new(arguments.seed, rounds, sabotage, drill.needs_binary)?)?;
    println!("{}", report.json());
    eprintln!("{}", report.table());
    if arguments.record {
        record::write(&report, &DRILLS.iter().map(|drill| drill.name).collect::<Vec<_>>())?;
    }
    if !report.passes() {
        bail!("{}: {}; see it again with: {}", drill.name, report.missed(), report.command());
    }
    Ok(())
}

/// Runs every drill in short form against a binary, for the tests.
pub fn check(binary: &Path) -> Outcome {
    let mut outcome = Outcome { passed: true, summary: Vec::new() };
    for drill in DRILLS {
        let started = Instant::now();
        let play = Play { binary: Some(binary.to_owned()), ..Play::of_seed(1, drill.rounds_short, None) };
        let (passed, said) = match drill.play(&play) {
            Ok(report) => {
                println!("{}", report.json());
                (report.passes(), if report.passes() { report.words() } else { report.missed() })
            }
            Err(error) => (false, format!("{error:#}")),
        };
        let verdict = if passed { "ok" } else { "FAILED" };
        let took = console::seconds(started.elapsed());
        let line = format!("{} result: {verdict}. {said}; finished in {took}", drill.name);
        println!("{line}");
        outcome.passed &= passed;
        outcome.summary.push(line);
    }
    outcome
}

impl Drill {
    /// Runs it.
    ///
    /// # Errors
    /// When it could not be held.
    fn play(&self, play: &Play) -> Result<Report> {
        let mut report = (self.run)(play).with_context(|| format!("holding the drill {}", self.name))?;
        report.name(self.name, play);
        Ok(report)
    }
}

/// Finds a sabotage of a drill by its name.
fn sabotage_of(drill: &Drill, wanted: Option<&str>) -> Result<Option<&'static str>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let mut names = drill.sabotages.iter().map(|(name, _)| *name);
    if let Some(name) = names.find(|name| *name == wanted) {
        return Ok(Some(name));
    }
    let names: Vec<&str> = drill.sabotages.iter().map(|(name, _)| *name).collect();
    bail!("{} has no sabotage `{wanted}`: choose from {}", drill.name, names.join(", "))
}

fn list() -> String {
    let one = |drill: &&Drill| {
        let sabotages = drill.sabotages.iter().map(|(name, what)| format!("  --sabotage {name}: {what}\n"));
        let sabotages = sabotages.collect::<Vec<_>>().concat();
        format!(
            "{}: {}\n  rounds: {} ({} in the tests), each {}\n  bars: {}\n{sabotages}",
            drill.name, drill.about, drill.rounds, drill.rounds_short, drill.round, drill.bars
        )
    };
    DRILLS.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Reads the name of a drill.
fn name(text: &str) -> Result<String, String> {
    if DRILLS.iter().any(|drill| drill.name == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<&str> = DRILLS.iter().map(|drill| drill.name).collect();
    Err(format!("there is no drill `{text}`: choose from {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_others_explained() {
        assert_eq!(name("arithmetic"), Ok("arithmetic".to_owned()));
        assert!(name("arith").is_err_and(|text| text.contains("choose from arithmetic")));
    }

    #[test]
    fn the_help_names_every_drill_and_the_list_every_sabotage() {
        use clap::CommandFactory;
        let command = crate::Arguments::command();
        let help =
            command.find_subcommand("drill").and_then(|drill| drill.get_long_about()).unwrap().to_string();
        for drill in DRILLS {
            assert!(help.contains(drill.name), "{}", drill.name);
            assert!(!drill.sabotages.is_empty(), "{} has no teeth", drill.name);
            for (sabotage, _) in drill.sabotages {
                assert!(list().contains(&format!("--sabotage {sabotage}: ")), "{sabotage}");
            }
        }
    }

    #[test]
    fn a_sabotage_that_there_is_not_is_explained() {
        let error = sabotage_of(DRILLS[0], Some("nothing")).unwrap_err().to_string();
        assert!(error.contains(DRILLS[0].sabotages[0].0), "{error}");
        assert_eq!(sabotage_of(DRILLS[0], None).unwrap(), None);
    }
}
