//! Pharos: a self-hosted status page that shows failover truthfully and survives its own failures.

mod accounts;
mod acknowledged;
mod agent;
mod archiving;
mod checks;
mod clock;
mod commands;
mod config;
mod copy;
mod demo;
mod embed;
mod equipment;
mod finding;
mod further;
mod hooks;
mod http;
mod known;
mod leader;
mod lifecycle;
mod limits;
mod live;
mod nodes;
mod operators;
mod pages;
mod ping;
mod pulse;
mod reload;
mod samples;
mod scrubbing;
mod storage;
mod supervisor;
mod tail;
mod upkeep;
mod vantage;
mod wires;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the last word of a program that cannot go on")]
async fn main() -> ExitCode {
    match commands::run(commands::Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            error
                .downcast_ref::<commands::Failed>()
                .map_or(ExitCode::FAILURE, |failed| ExitCode::from(failed.code))
        }
    }
}
