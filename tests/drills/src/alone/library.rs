//! A few lines of C that are loaded before the libraries of a program, and stand between it and its system.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use pharos_measure::command;

use super::Alone;

/// Compiles them beside the data of a node.
///
/// # Errors
/// When there is no compiler.
pub fn compile(alone: &Alone, name: &str, source: &str) -> Result<PathBuf> {
    let (text, library) = (alone.at(&format!("{name}.c")), alone.at(&format!("{name}.so")));
    fs::write(&text, source)?;
    let mut compile = Command::new("cc");
    command::run(compile.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&text).arg("-ldl"))
        .with_context(|| format!("{name}.c cannot be compiled: it needs `cc`"))?;
    Ok(library)
}
