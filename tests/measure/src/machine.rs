//! What a figure belongs to: the commit, the day and the machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;

/// The commit of the repository at `root`, and the day.
///
/// # Errors
/// When nobody can tell the date.
pub fn stamp(root: &Path) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty=, changed"]).current_dir(root);
    let commit = command::output_of(&mut git).unwrap_or_else(|_| "before the first commit".to_owned());
    let day =
        command::output_of(Command::new("date").args(["--utc", "+%F"])).context("cannot tell the date")?;
    Ok(format!("{commit}, {day}"))
}

/// The processor, its cores, the memory and the kernel.
pub fn machine() -> String {
    let field = |file: &str, name: &str| -> Option<String> {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor =
        field("/proc/cpuinfo", "model name").unwrap_or_else(|| "a processor without a name".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kibibytes: f64 = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let gibibytes = kibibytes / 1_048_576.0;
    // What follows the version is somebody's own name for a build.
    let version = kernel.trim().split('-').next().unwrap_or_default();
    format!("{processor}, {cores} cores, {gibibytes:.0} GiB, Linux {version}")
}
