//! `kuma`: Uptime Kuma, from its database (versions 1 and 2) or from a backup of version 1.

mod backup;
mod database;
mod databases;
mod evidence;
mod history;
mod hosts;
mod looks;
mod monitor;
mod page;
mod record;
mod requests;
mod scratch;
mod secrets;
mod spoken;
mod statuses;
mod tables;
mod time;
mod watch;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::{Haul, ImportError, Input, Source, Spot};
use database::{Database, MAGIC};
use tables::Tables;

/// Uptime Kuma.
pub struct Kuma;

#[async_trait]
impl Source for Kuma {
    fn name(&self) -> &'static str {
        "kuma"
    }

    fn takes(&self) -> &'static str {
        "the file `kuma.db` of Uptime Kuma, or a backup of its version 1 in JSON; `--page` names one of several status pages"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let hint = "name the file `kuma.db` from the folder `data` of Uptime Kuma, or a backup in JSON";
        let path = input.paths().into_iter().next().ok_or_else(|| Input::nothing(hint))?;
        let path = file_of(&path)?;
        if !is_database(&path)? {
            return backup::read(&input.file(&path)?, input.page);
        }
        let mut database = Database::open(&path).await?;
        let tables = Tables::of(&mut database).await?;
        let mut haul = Haul::default();
        let name = database.name.clone();
        let placed = page::place(&tables, input.page, &name, &mut haul)?;
        let carried = history::read(database, placed.carried, &mut haul).await?;
        spoken::read(&tables, placed.page, &carried, &mut haul)?;
        Ok(haul)
    }
}

/// The file that is meant: of the folder `data`, the database in it.
fn file_of(path: &Path) -> Result<PathBuf, ImportError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let settings = std::fs::read_to_string(path.join("db-config.json")).unwrap_or_default();
    if settings.contains("mariadb") || settings.contains("mysql") {
        let hint = "set up another Uptime Kuma on SQLite and move the tables there, or add the monitors from a backup in JSON";
        return Err(ImportError::new(
            Spot::of(&path.display().to_string()),
            "this Uptime Kuma keeps its data in MariaDB, which cannot be read from here",
            hint,
        ));
    }
    Ok(path.join("kuma.db"))
}

/// Whether a file begins as those of SQLite do.
fn is_database(path: &Path) -> Result<bool, ImportError> {
    let mut begin = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut begin));
    let spot = Spot::of(&path.display().to_string());
    read.map_err(|error| {
        ImportError::new(spot.clone(), format!("it cannot be read: {error}"), "check the path")
    })?;
    if begin.starts_with(b"-- M") || begin.starts_with(b"/*") {
        let hint = "Pharos reads the file `kuma.db` of a Kuma on SQLite, or a backup in JSON";
        return Err(ImportError::new(spot, "it is a dump of MariaDB or MySQL, which is not read", hint));
    }
    Ok(begin == MAGIC)
}

/// A text on one line, without characters that show nothing.
fn line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
