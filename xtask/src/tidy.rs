//! `cargo xtask tidy`: house rules that no compiler checks, over every file of the tree.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tidy_rules::{self, Finding, SourceFile};
use crate::{command, workspace};

/// Check the tree against the house rules that no compiler knows.
#[derive(clap::Args)]
pub struct Arguments {}

/// Prints every finding and fails when one of them is more than a warning.
///
/// # Errors
/// When a rule is broken or the tree cannot be read.
pub fn run(_: &Arguments) -> Result<()> {
    let (errors, warnings): (Vec<Finding>, Vec<Finding>) =
        findings()?.into_iter().partition(|finding| !finding.is_warning);
    for finding in &warnings {
        println!("warning: {finding}");
    }
    for finding in &errors {
        println!("error: {finding}");
    }
    if !errors.is_empty() {
        bail!("the tree is not tidy: {} findings", errors.len());
    }
    Ok(())
}

/// What the rules find in the tree as it stands.
///
/// # Errors
/// When the tree cannot be read.
pub fn findings() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let files = source_files()?;
    Ok(files.iter().flat_map(|file| tidy_rules::check(file, &root)).collect())
}

/// Every text file that git has or would take.
fn source_files() -> Result<Vec<SourceFile>> {
    let root = workspace::root();
    let listing = command::output_of(
        Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root),
    )
    .context("tidy asks git for the list of files")?;
    let mut files = Vec::new();
    for name in listing.split('\0').filter(|name| !name.is_empty()) {
        match fs::read(root.join(name)) {
            // What is no text is not ours to judge.
            Ok(bytes) => files
                .extend(String::from_utf8(bytes).ok().map(|text| SourceFile { name: name.to_owned(), text })),
            // Deleted in the tree and not yet in git.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let errors: Vec<String> = findings()
            .unwrap()
            .iter()
            .filter(|finding| !finding.is_warning)
            .map(ToString::to_string)
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }

    #[test]
    fn the_tree_has_files() {
        assert!(source_files().unwrap().iter().any(|file| file.name == "xtask/src/tidy.rs"));
    }
}
