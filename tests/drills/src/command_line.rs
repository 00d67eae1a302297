//! The command line: which drill, how long, and what is falsified.

use anyhow::{Context, Result, bail};
use pharos_measure::machine::stamp;

use crate::play::Play;
use crate::{DRILLS, Drill, all, crowd, limits, record, teeth, workspace};

/// Every drill, by one name.
const ALL: &str = "all";

/// Hold Pharos against something that knows the truth: its arithmetic, damping, probes and failovers, its databases and nodes.
///
/// Names: arithmetic, noise, film, hostile, commit, order, token, primary, return, pooler, leader, zombie, publishers, gone, partition, clock, seeds, listeners, silent, upgrade, kill, damage, empty, moment, full, absent, fsync, power, dead; `all` holds every one and writes what was found into tests/drills/RESULTS.md. Each prints one
/// line of JSON and fails when a figure misses its bar. `PHAROS_BIN` names the binary that is drilled; without it the one in
/// target/debug is built and taken.
#[derive(clap::Parser)]
#[command(name = "cargo xtask drill", bin_name = "cargo xtask drill", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["name", "list", "teeth", "crowd"])))]
pub struct Arguments {
    /// Which drill, or `all`
    #[arg(value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// The seed of its chance
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many rounds; what a round is, `--list` tells. Without it those of a whole run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::ROUNDS_MAX)))]
    rounds: Option<u32>,
    /// As few rounds as the tests run
    #[arg(long, conflicts_with_all = ["rounds", "record"])]
    short: bool,
    /// Falsify something: the drill must then fail
    #[arg(long, value_name = "X", requires = "name", conflicts_with_all = ["record", "teeth"])]
    sabotage: Option<String>,
    /// Write the figures into tests/drills/RESULTS.md
    #[arg(long, requires = "name")]
    record: bool,
    /// Name all drills with their rounds, bars and sabotages
    #[arg(long)]
    list: bool,
    /// Run every sabotage of the drill, or of all drills, in short form, and fail when one is not noticed
    #[arg(long, conflicts_with = "record")]
    teeth: bool,
    /// What a crowd is to do: how a drill starts one of itself
    #[arg(long, value_name = "ORDERS", hide = true)]
    crowd: Option<String>,
}

/// Runs a drill or all of them, or lists them, or tries their teeth.
///
/// # Errors
/// When a figure misses its bar, a drill could not be held, or a sabotage was not noticed.
pub fn run(arguments: &Arguments) -> Result<()> {
    if let Some(orders) = &arguments.crowd {
        return crowd::run(orders);
    }
    if arguments.list {
        print!("{}", list());
        return Ok(());
    }
    let named = arguments.name.as_deref().filter(|name| *name != ALL);
    let wanted = |drill: &&&Drill| named.is_none_or(|name| name == drill.name);
    if arguments.teeth {
        return teeth::try_all(DRILLS.iter().filter(wanted).copied(), arguments.seed);
    }
    if named.is_none() {
        if arguments.rounds.is_some() || arguments.sabotage.is_some() {
            bail!("drills have no rounds and no sabotages in common: name one of them");
        }
        return if arguments.short { all::short(arguments.seed) } else { all::whole(arguments.seed) };
    }
    one(DRILLS.iter().find(wanted).context("there is no drill")?, arguments)
}

fn one(drill: &Drill, arguments: &Arguments) -> Result<()> {
    let sabotage = sabotage_of(drill, arguments.sabotage.as_deref())?;
    let rounds = if arguments.short { drill.rounds_short } else { arguments.rounds.unwrap_or(drill.rounds) };
    let report = drill.play(&Play::new(arguments.seed, rounds, sabotage, drill.needs_binary)?)?;
    println!("{}", report.json());
    eprintln!("{}", report.table());
    if arguments.record {
        record::write(&report, &stamp(&workspace::root())?)?;
    }
    if !report.passes() {
        bail!("{}: {}; see it again with: {}", drill.name, report.missed(), report.command());
    }
    Ok(())
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
    if text == ALL || DRILLS.iter().any(|drill| drill.name == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<&str> = DRILLS.iter().map(|drill| drill.name).chain([ALL]).collect();
    Err(format!("there is no drill `{text}`: choose from {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn names_are_known_and_others_explained() {
        assert_eq!(name("arithmetic"), Ok("arithmetic".to_owned()));
        assert_eq!(name("all"), Ok("all".to_owned()));
        assert!(name("arith").is_err_and(|text| text.contains("choose from arithmetic")));
    }

    #[test]
    fn the_help_names_every_drill_and_the_list_every_sabotage() {
        let help = Arguments::command().get_long_about().unwrap().to_string();
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

    #[test]
    fn all_drills_have_no_rounds_in_common() {
        let arguments = Arguments::parse_from(["drill", "all", "--rounds", "3"]);
        assert!(run(&arguments).unwrap_err().to_string().contains("name one of them"));
    }
}
