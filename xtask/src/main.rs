//! The one command a newcomer and CI need: builds, serves, tests and measures Pharos.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]

mod bench;
mod build;
mod ci;
mod command;
mod compress;
mod console;
mod drill;
mod limits;
mod prune;
mod running_server;
mod serve;
mod setup;
mod simulate;
mod site;
mod size;
mod squeeze;
mod test;
mod tidy;
mod tidy_rules;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, serves, tests and measures Pharos.
///
/// Every verb sets up what it needs first. Where it may not install something, it prints the exact command and stops.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Setup(setup::Arguments),
    Build(build::Arguments),
    Serve(serve::Arguments),
    Test(test::Arguments),
    Simulate(simulate::Arguments),
    Drill(drill::Arguments),
    Size(size::Arguments),
    Bench(bench::Arguments),
    Tidy(tidy::Arguments),
    Ci(ci::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Setup(arguments) => setup::run(&arguments),
        Verb::Build(arguments) => build::run(&arguments),
        Verb::Serve(arguments) => serve::run(&arguments),
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Simulate(arguments) => simulate::run(&arguments),
        Verb::Drill(arguments) => drill::run(&arguments),
        Verb::Size(arguments) => size::run(&arguments),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Tidy(arguments) => tidy::run(&arguments),
        Verb::Ci(arguments) => ci::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Arguments::command().debug_assert();
    }

    #[test]
    fn every_verb_says_what_it_is_for() {
        for verb in super::Arguments::command().get_subcommands() {
            assert!(verb.get_about().is_some(), "`{}` has no help text", verb.get_name());
        }
    }
}
