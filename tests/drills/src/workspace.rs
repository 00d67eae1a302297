//! Where things are: the repository, the target directory, and what stands in for the binary that users run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use pharos_measure::command;

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Cargo's target directory: `CARGO_TARGET_DIR` where it is set, else `target` in the repository.
pub fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(set) if !set.is_empty() => std::path::absolute(&set).unwrap_or_else(|_| PathBuf::from(set)),
        _ => root().join("target"),
    }
}

/// The file of the record.
pub fn results() -> PathBuf {
    root().join("tests").join("drills").join("RESULTS.md")
}

/// The binary that `PHAROS_BIN` names, or the one in target/debug, which is built first.
///
/// # Errors
/// When there is none.
pub fn binary() -> Result<PathBuf> {
    if let Some(named) = env::var_os("PHAROS_BIN").filter(|name| !name.is_empty()).map(PathBuf::from) {
        ensure!(named.is_file(), "there is no {}, which PHAROS_BIN names", named.display());
        return Ok(named);
    }
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo speaks on the standard error, so that the line of JSON stays alone.
    cargo.current_dir(root()).args(["build", "--quiet", "--package", "pharos"]);
    command::run(&mut cargo)?;
    Ok(target_dir().join("debug").join("pharos"))
}
