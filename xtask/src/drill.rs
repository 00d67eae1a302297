//! `cargo xtask drill`: hands its words to the program that holds the drills, which is built first.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::command::Outcome;
use crate::{command, setup, test, workspace};

/// Hold Pharos against something that knows the truth; `--list` names the drills, `--help` all options.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// NAME, `all`, and options, as `cargo xtask drill --help` tells them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    pub words: Vec<OsString>,
}

/// Runs the program.
///
/// # Errors
/// When it cannot be built, or a drill fails.
pub fn run(arguments: &Arguments) -> Result<()> {
    let names = |name: &str| arguments.words.iter().any(|word| word == name);
    if names(IN_BROWSER) || (names("all") && !names("--short")) {
        setup::browser()?;
    }
    command::run(program()?.args(&arguments.words))
}

/// Runs every drill in short form against the release binary, for the tests.
///
/// # Errors
/// When the program cannot be built or started. A drill that fails is not an error here.
pub fn check() -> Result<Outcome> {
    let mut drills = program()?;
    drills.args(["all", "--short"]).env("PHAROS_BIN", workspace::release_binary());
    command::run_keeping_summary(&mut drills, is_summary)
}

/// Runs the drill that needs a browser, in the same way.
///
/// # Errors
/// When the program cannot be built or started. A drill that fails is not an error here.
pub fn check_in_browser() -> Result<Outcome> {
    let mut drill = program()?;
    drill.args([IN_BROWSER, "--short"]).env("PHAROS_BIN", workspace::release_binary());
    command::run_keeping_summary(&mut drill, |line| line.starts_with("{\"drill\""))
}

/// The program, built as the tests are, so that each dependency is compiled once.
fn program() -> Result<Command> {
    let mut cargo = workspace::cargo();
    command::run(cargo.args(["build", "--quiet"]).args(test::HOST_PACKAGES[0]).args(["--bin", NAME]))?;
    let mut program = Command::new(workspace::target_dir().join("debug").join(NAME));
    program.env("CARGO_TARGET_DIR", workspace::target_dir()).env("CHROMIUM", setup::chromium());
    Ok(program)
}

const NAME: &str = "pharos-drills";
/// The drill that needs a browser.
const IN_BROWSER: &str = "dead";

/// A drill's own words for what it found.
fn is_summary(line: &str) -> bool {
    line.split_once(" result: ").is_some_and(|(drill, _)| drill.chars().all(|c| c.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_drills_are_recognised() {
        assert!(is_summary("film result: ok. records that do not hold the truth: 0; finished in 9.1 s"));
        assert!(is_summary("noise result: FAILED. outages missed: 2 (≤ 0); finished in 1.0 s"));
        assert!(!is_summary("{\"drill\":\"film\",\"words\":\"a result: b\"}"));
        assert!(!is_summary("drill: there was no result: none"));
    }
}
