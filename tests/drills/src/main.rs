//! `cargo xtask drill`, as the program that it runs.
#![expect(clippy::print_stderr, reason = "a command line tool speaks to its terminal")]

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match pharos_drills::run(&pharos_drills::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("drill: {error:#}");
            ExitCode::FAILURE
        }
    }
}
