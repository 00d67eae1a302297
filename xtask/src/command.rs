//! Runs other programs, and can keep their summary lines for the end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use pharos_measure::command::line_of;
pub use pharos_measure::command::{output_of, run};

use crate::limits;

/// True when the program starts and ends well; its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// What a test runner said.
pub struct Outcome {
    /// True when the runner ended with status zero.
    pub passed: bool,
    /// The runner's own summary lines, in order.
    pub summary: Vec<String>,
}

/// Runs a test runner, echoes its standard output line by line and keeps the lines that are its summary.
///
/// # Errors
/// When the runner cannot be started or its output cannot be read. A failing test is not an error here.
pub fn run_keeping_summary(command: &mut Command, is_summary: fn(&str) -> bool) -> Result<Outcome> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", line_of(command)))?;
    let mut summary = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("cannot read the output of a test runner")?;
            let line = String::from_utf8_lossy(&line).into_owned();
            println!("{line}");
            if is_summary(&line) && summary.len() < limits::SUMMARY_LINES_MAX {
                summary.push(line.trim().to_owned());
            }
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{}`", line_of(command)))?;
    Ok(Outcome { passed: status.success(), summary })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_are_kept_and_a_failure_is_seen() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo noise; echo '  sum: 1'; exit 1"]);
        let outcome = run_keeping_summary(&mut command, |line| line.contains("sum:")).unwrap();
        assert!(!outcome.passed);
        assert_eq!(outcome.summary, ["sum: 1"]);
    }
}
