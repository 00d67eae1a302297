//! Load programs for `cargo xtask bench`, one file each. Those that would go on for ever end when their
//! standard input closes, so that none outlives the measurement that started it.
#![expect(clippy::print_stdout, reason = "what they print is read by the measurement that started them")]

mod clock;
mod filled;
mod history;
mod latencies;
mod leash;
mod limits;
mod mixed;
mod past;
mod redundancy;
mod samples;
mod streams;
mod tally;
mod targets;
mod visitors;

use clap::{Parser, Subcommand};

/// Puts load on a running Pharos, or stands in for what it watches.
#[derive(Debug, Parser)]
#[command(name = "pharos-bench", version)]
struct Arguments {
    #[command(subcommand)]
    program: Program,
}

#[derive(Debug, Subcommand)]
enum Program {
    Targets(targets::Arguments),
    Mixed(mixed::Arguments),
    Streams(streams::Arguments),
    Visitors(visitors::Arguments),
    History(history::Arguments),
    Filled(filled::Arguments),
    Samples(samples::Arguments),
    Redundancy(redundancy::Arguments),
}

// One thread: these programs share the machine with what they measure.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().program {
        Program::Targets(arguments) => targets::run(&arguments).await,
        Program::Mixed(arguments) => mixed::run(&arguments).await,
        Program::Streams(arguments) => streams::run(&arguments).await,
        Program::Visitors(arguments) => visitors::run(&arguments).await,
        Program::Filled(arguments) => filled::run(&arguments).await,
        Program::History(arguments) => history::run(&arguments).await,
        Program::Samples(arguments) => samples::run(&arguments).await,
        Program::Redundancy(arguments) => redundancy::run(&arguments).await,
    }
}
