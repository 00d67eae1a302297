//! `cargo xtask bench`: every budget that is about time, memory or load, measured against the release binary.
//!
//! One file for each measurement, one line for each in the list below. Never a test: the figures depend on the machine,
//! so what can be is a ratio to something measured in the same run.

mod archive;
mod browser;
mod checks;
mod configuration;
mod fanout;
mod limits;
mod mixed;
mod nginx;
mod page;
mod pixel;
mod publish;
mod record;
mod redundancy;
mod render;
mod restore;
mod samples;
mod speak;
mod stage;
mod stampede;
mod start;
mod visit;
mod wake;
mod wrk;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use pharos_measure::{http, proc_stat, process, report, statistics};

use crate::{console, size};
use report::Report;
use stage::Stage;

use stage::named_binary;

/// A measurement: its name, and what runs it.
type Measurement = (&'static str, fn(&Stage) -> Result<Report>);

const MEASUREMENTS: &[Measurement] = &[
    ("page", page::run),
    ("stampede", stampede::run),
    ("fanout", fanout::run),
    ("pixel", pixel::run),
    ("render", render::run),
    ("checks", checks::run),
    ("mixed", mixed::run),
    ("visit", visit::run),
    ("wake", wake::run),
    ("start", start::run),
    ("samples", samples::run),
    ("speak", speak::run),
    ("redundancy", redundancy::run),
    ("restore", restore::run),
    ("archive", archive::run),
    ("publish", publish::run),
];

/// The budgets that `cargo xtask size` checks, called by this name too.
const SIZE: &str = "size";

/// Measure time, memory and load against their budgets; over budget fails.
///
/// Names: page, stampede, fanout, pixel, render, checks, mixed, visit, wake, start, samples, speak, redundancy, restore,
/// archive, publish, size. Without a name, all of them.
/// Each prints a line of JSON and a table. `PHAROS_BIN` names another binary than the one that is
/// built; sizes are then left out.
#[derive(clap::Args)]
pub struct Arguments {
    /// What to measure
    #[arg(value_name = "NAME", value_parser = name)]
    pub names: Vec<String>,
    /// How often to measure each; a figure is the median, with the smallest and the largest
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::ROUNDS_MAX)))]
    pub rounds: u32,
    /// One short round of each: proves that the measurements work, and says little about speed
    #[arg(long, conflicts_with_all = ["rounds", "record"])]
    pub quick: bool,
    /// Write the figures into tests/bench/README.md
    #[arg(long)]
    pub record: bool,
}

/// Measures, prints, records when asked, and fails when a budget is exceeded.
///
/// # Errors
/// When something is over its budget, or could not be measured. The other measurements are made all the same.
pub fn run(arguments: &Arguments) -> Result<()> {
    let wanted =
        |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name);
    let stage = Stage::set(if arguments.quick { 1 } else { arguments.rounds }, arguments.quick)?;
    let (mut reports, mut failed) = (Vec::new(), Vec::new());
    for (name, measure) in MEASUREMENTS.iter().filter(|(name, _)| wanted(name)) {
        match one(name, *measure, &stage) {
            Ok(report) => reports.push(report),
            Err(error) => {
                console::say(&format!("{name} could not be measured: {error:#}"));
                failed.push(*name);
            }
        }
    }
    drop(stage);
    if arguments.record {
        let names: Vec<&str> = MEASUREMENTS.iter().map(|(name, _)| *name).collect();
        record::write(&reports, &names)?;
    }
    let sizes = if wanted(SIZE) && named_binary().is_none() {
        size::run(&size::Arguments { json: false })
    } else {
        Ok(())
    };
    let over: Vec<&str> = reports.iter().filter(|report| !report.is_ok()).map(|report| report.name).collect();
    match (failed.as_slice(), over.as_slice()) {
        ([], []) => sizes,
        ([], over) => bail!("over budget: {}", over.join(", ")),
        (failed, over) => bail!("not measured: {}; over budget: {}", failed.join(", "), over.join(", ")),
    }
}

fn one(name: &str, measure: fn(&Stage) -> Result<Report>, stage: &Stage) -> Result<Report> {
    let busy = busy_cores()?;
    let started = Instant::now();
    let mut report = measure(stage).with_context(|| format!("measuring {name}"))?;
    report.note("busy_cores_before", "cores that others kept busy just before", "", busy);
    println!("{}", report.json());
    println!("{}", report.table());
    console::say(&format!("{name}: measured in {}", console::seconds(started.elapsed())));
    Ok(report)
}

/// How many cores are at work while we do nothing: on a busy machine the figures say little.
fn busy_cores() -> Result<f64> {
    let (before, started) = (proc_stat::busy_seconds()?, Instant::now());
    thread::sleep(Duration::from_secs(1));
    Ok((proc_stat::busy_seconds()? - before) / started.elapsed().as_secs_f64())
}

/// Reads the name of a measurement.
fn name(text: &str) -> Result<String, String> {
    let mut known = MEASUREMENTS.iter().map(|(name, _)| *name).chain([SIZE]);
    if known.any(|name| name == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<&str> = MEASUREMENTS.iter().map(|(name, _)| *name).chain([SIZE]).collect();
    Err(format!("there is no measurement `{text}`: choose from {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_others_explained() {
        assert_eq!(name("fanout"), Ok("fanout".to_owned()));
        assert!(name("fan").is_err_and(|text| text.contains("choose from page, stampede")));
    }

    #[test]
    fn the_help_names_every_measurement() {
        use clap::CommandFactory;
        let command = crate::Arguments::command();
        let bench = command.find_subcommand("bench").unwrap();
        let help = bench.get_long_about().unwrap().to_string();
        for (name, _) in MEASUREMENTS {
            assert!(help.contains(name), "{name}");
        }
    }
}
