//! The next version: a binary that is built from a copy of this source to which a migration was added.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use pharos_measure::command;

use crate::workspace;

/// Names it where it is built already.
const NAMED: &str = "PHAROS_NEXT_BIN";
/// Where the migrations of each kind of database are.
const MIGRATIONS: [&str; 2] = ["server/store/migrations/postgres", "server/store/migrations/sqlite"];

/// The binary that `PHAROS_NEXT_BIN` names, or one that is built now, which takes as long as a first build.
///
/// # Errors
/// When it cannot be built.
pub fn binary() -> Result<PathBuf> {
    if let Some(named) = env::var_os(NAMED).filter(|name| !name.is_empty()).map(PathBuf::from) {
        ensure!(named.is_file(), "there is no {}, which {NAMED} names", named.display());
        return Ok(named);
    }
    let (source, target) = (workspace::target_dir().join("drill/next"), workspace::target_dir().join("next"));
    copy(&workspace::root(), &source)?;
    for folder in MIGRATIONS {
        add_migration(&source.join(folder))?;
    }
    eprintln!("drill: building the next version in {}", target.display());
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo speaks on the standard error, so that the line of JSON stays alone.
    cargo.current_dir(&source).args(["build", "--quiet", "--package", "pharos", "--target-dir"]).arg(&target);
    command::run(&mut cargo)?;
    Ok(target.join("debug").join("pharos"))
}

/// Copies what is under version control. What is the same already stays, so that nothing is built twice.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let listed = Command::new("git").current_dir(from).args(["ls-files", "-z"]).output();
    let listed = listed.context("git does not tell what the source is")?;
    ensure!(listed.status.success(), "git does not tell what the source is");
    for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        // One that was removed and not committed yet is none.
        let Ok(bytes) = fs::read(from.join(name)) else { continue };
        let copied = to.join(name);
        if fs::read(&copied).is_ok_and(|there| there == bytes) {
            continue;
        }
        fs::create_dir_all(copied.parent().unwrap_or(to))?;
        fs::write(&copied, bytes).with_context(|| format!("cannot write {}", copied.display()))?;
    }
    Ok(())
}

/// Adds a migration behind the last one, which adds something to every table.
fn add_migration(folder: &Path) -> Result<()> {
    let (mut last, mut all) = (0_u32, String::new());
    for file in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(NAME) {
            continue;
        }
        last = last.max(name.split('_').next().unwrap_or_default().parse().unwrap_or(0));
        all += &fs::read_to_string(file.path())?;
    }
    let path = folder.join(format!("{:04}{NAME}", last + 1));
    let text = migration(&all);
    if !fs::read_to_string(&path).is_ok_and(|there| there == text) {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

const NAME: &str = "_next.sql";

/// What adds two columns to every table that these migrations make.
fn migration(all: &str) -> String {
    let mut text = String::from("-- What the next version adds.\n");
    for line in all.lines() {
        let Some(table) = line.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split([' ', '(']).next())
        else {
            continue;
        };
        for column in ["next_text TEXT", "next_number BIGINT NOT NULL DEFAULT 7"] {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "ALTER TABLE {table} ADD COLUMN {column};");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_widened_by_the_next_migration() {
        let text = migration(
            "-- x\nCREATE TABLE a (b INT);\nCREATE INDEX i ON a (b);\nCREATE TABLE c (\n    d INT\n);\n",
        );
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "ALTER TABLE a ADD COLUMN next_text TEXT;",
                "ALTER TABLE a ADD COLUMN next_number BIGINT NOT NULL DEFAULT 7;",
                "ALTER TABLE c ADD COLUMN next_text TEXT;",
                "ALTER TABLE c ADD COLUMN next_number BIGINT NOT NULL DEFAULT 7;",
            ]
        );
    }
}
