//! Runs a measurement of `tests/browser/bench` in Node, and reads the line of JSON that it ends with.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::process;
use crate::{command, setup, workspace};

/// Runs `tests/browser/bench/NAME.mjs` with options, and returns what it said.
///
/// # Errors
/// When Node, the browser or the measurement fails.
pub fn run(name: &str, options: &[(&str, &str)]) -> Result<Value> {
    setup::browser()?;
    let mut node = process::leashed(Path::new("node"));
    node.arg(format!("bench/{name}.mjs"))
        .current_dir(workspace::browser_tests_dir())
        .env("CHROMIUM", setup::chromium());
    for (option, value) in options {
        node.arg(format!("--{option}")).arg(value);
    }
    let output = command::output_of(&mut node)?;
    let line = output.lines().last().context("the browser's measurement said nothing")?;
    serde_json::from_str(line).with_context(|| format!("the browser's measurement said no JSON: {line}"))
}
