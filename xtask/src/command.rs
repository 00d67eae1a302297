//! Runs other programs: says which one failed and how, and can keep their summary lines for the end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::limits;

/// Runs a program with our own terminal and fails when it does.
///
/// # Errors
/// When the program cannot be started or ends with a nonzero status.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line_of(command));
    }
    Ok(())
}

/// The standard output of a short program, without the newline at its end.
///
/// # Errors
/// When the program cannot be started or ends with a nonzero status.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line_of(command), output.status, complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

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

/// A command as a reader would type it.
fn line_of(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    command.get_args().fold(name, |line, argument| line + " " + &argument.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("/nowhere/no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "cannot start `no-such-program`");
    }

    #[test]
    fn summary_lines_are_kept_and_a_failure_is_seen() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo noise; echo '  sum: 1'; exit 1"]);
        let outcome = run_keeping_summary(&mut command, |line| line.contains("sum:")).unwrap();
        assert!(!outcome.passed);
        assert_eq!(outcome.summary, ["sum: 1"]);
    }
}
