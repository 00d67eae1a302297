//! `pharos check`: says whether a configuration file is good.

use std::path::PathBuf;

use crate::config;

/// What `pharos check` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Reads the file and says what it holds.
///
/// # Errors
/// When the file is not good: every problem with its place and a hint.
#[expect(clippy::print_stdout, reason = "this command's answer")]
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let loaded = config::load(&arguments.file)?;
    let (components, checks) = (loaded.engine.definition.components.len(), loaded.engine.checks.len());
    println!("{}: good: {components} components, {checks} checks", arguments.file.display());
    Ok(())
}
