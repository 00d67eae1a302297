//! Making a file anew from what can be read of it: how a file of an older version gets its sums, and how one that is damaged gets rid of its damage.

use std::fs::{self, File};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::salvage::{self, Copied};
use super::{DATABASE_FILE, FILL_CACHE, directory, failed, options, plain_options};
use crate::limits::SEALED_AT_ONCE_BYTES_MAX;
use crate::values::damaged;
use crate::{Part, StoreError};

/// What is being made. It takes the place of the other when it is done, and is begun anew by whoever finds it half done.
const NEW_FILE: &str = "pharos.db.new";
/// What was damaged stays under this name, for whoever knows how to get more out of it.
const DAMAGED_FILE: &str = "pharos.db.damaged";

/// A table of which rows were lost because their pages are damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which.
    pub table: String,
    /// To which part it belongs.
    pub part: Part,
}

/// Makes sure that the file of a directory has sums: one that is not there yet is begun with them, and one of an older version is given them,
/// unless it is so long that this would take a while.
pub async fn prepare(directory: &Path) -> Result<(), StoreError> {
    let database = directory.join(DATABASE_FILE);
    match is_summed(&database)? {
        Some(true) => Ok(()),
        Some(false) => {
            let length = fs::metadata(&database).map_err(failed(&database))?.len();
            if length > SEALED_AT_ONCE_BYTES_MAX {
                tracing::warn!(
                    bytes = length,
                    "the pages of the database have no sums yet, so that damage may not be found; `pharos scrub --seal` gives them theirs while no server runs"
                );
                return Ok(());
            }
            tracing::info!(bytes = length, "giving sums to the pages of a database of an older version");
            if let Err(error) = anew(directory, false).await {
                // Without them everything else is as it was, and what is wrong with the database itself is told by whoever opens it.
                tracing::warn!(%error, "the pages of the database have no sums yet, because it could not be made anew");
                directory::clear(directory, NEW_FILE).map_err(failed(directory))?;
            }
            Ok(())
        }
        None => {
            // A log without its file is of nothing that there still is.
            directory::clear(directory, DATABASE_FILE).map_err(failed(directory))?;
            directory::clear(directory, NEW_FILE).map_err(failed(directory))?;
            // It gets its name when the disk keeps it: a part of it would be taken for damage.
            let new = directory.join(NEW_FILE);
            pharos_pagesums::begin(&new).map_err(failed(&new))?;
            fs::rename(&new, &database).map_err(failed(&database))?;
            directory::keep(directory).map_err(failed(directory))
        }
    }
}

/// Whether the pages of a file have sums; `None` where there is none.
pub fn is_summed(database: &Path) -> Result<Option<bool>, StoreError> {
    pharos_pagesums::is_summed(database).map_err(failed(database))
}

/// Takes the pages of a file that has sums for what they are, because somebody wrote to it who knows nothing of sums. How many that were.
pub async fn take_as_it_is(directory: &Path) -> Result<u32, StoreError> {
    let database = directory.join(DATABASE_FILE);
    // What waits in the log is brought in by the file system alone, which holds nothing against sums.
    let mut below = plain_options(&database)?.vfs(pharos_pagesums::BELOW).connect().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut below).await?;
    below.close().await?;
    without_log(directory)?;
    let changed = pharos_pagesums::seal(&database).map_err(failed(&database))?;
    pharos_pagesums::forget(&database);
    Ok(changed)
}

/// Makes the file of a directory anew. Returns of which tables rows were lost; then the old one is kept beside it.
///
/// # Errors
/// When something cannot be written, or the damage took what nothing can be begun without. The file is as it was then.
pub async fn anew(directory: &Path, is_damaged: bool) -> Result<Vec<Cut>, StoreError> {
    let (old, new) = (directory.join(DATABASE_FILE), directory.join(NEW_FILE));
    let mut connection = options(&old)?.connect().await?;
    super::check_version(&mut connection).await?;
    super::migrate(&mut connection).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;

    directory::clear(directory, NEW_FILE).map_err(failed(directory))?;
    pharos_pagesums::begin(&new).map_err(failed(&new))?;
    let mut connection = new_options(&new)?.connect().await?;
    super::migrate(&mut connection).await?;
    let copied = copy_all(&mut connection, &old).await;
    connection.close().await?;
    let cuts = copied?;
    without_log(directory)?;
    File::open(&new).and_then(|file| file.sync_all()).map_err(failed(&new))?;
    if is_damaged {
        let kept = directory.join(DAMAGED_FILE);
        directory::clear(directory, DAMAGED_FILE).map_err(failed(directory))?;
        let linked = fs::hard_link(&old, &kept).or_else(|_| fs::copy(&old, &kept).map(drop));
        linked.map_err(failed(&kept))?;
    }
    fs::rename(&new, &old).map_err(failed(&old))?;
    directory::keep(directory).map_err(failed(directory))?;
    pharos_pagesums::forget(&old);
    Ok(cuts)
}

/// Whatever happens to it before it is done is no loss.
fn new_options(new: &Path) -> Result<SqliteConnectOptions, StoreError> {
    let options = plain_options(new)?.synchronous(SqliteSynchronous::Off).foreign_keys(false);
    Ok(options.journal_mode(SqliteJournalMode::Memory).pragma("cache_size", FILL_CACHE))
}

/// A log that is left would be taken for one of the file that takes the other's place.
fn without_log(directory: &Path) -> Result<(), StoreError> {
    for ending in ["-wal", "-shm"] {
        let log = directory.join(format!("{DATABASE_FILE}{ending}"));
        let length = fs::metadata(&log).map_or(0, |data| data.len());
        if ending == "-wal" && length > 0 {
            return Err(StoreError::Unavailable { why: "somebody else has the database open" });
        }
        match fs::remove_file(&log) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&log)(error)),
            _ => {}
        }
    }
    Ok(())
}

async fn copy_all(connection: &mut SqliteConnection, old: &Path) -> Result<Vec<Cut>, StoreError> {
    let attach = sqlx::query("ATTACH DATABASE $1 AS old").bind(old.to_string_lossy().into_owned());
    attach.execute(&mut *connection).await?;
    let mut cuts = Vec::new();
    for table in salvage::tables(connection).await? {
        let copied = table.copy(connection).await?;
        if copied == Copied::Whole {
            continue;
        }
        if table.name == "journal" && copied == Copied::WithoutEnd {
            let last = "SELECT coalesce(max(seq), 0) FROM journal";
            let last: i64 = sqlx::query_scalar(last).fetch_one(&mut *connection).await?;
            return Err(damaged(
                last.unsigned_abs() + 1,
                "its page is damaged, and nobody knows what followed",
            ));
        }
        if table.name == "meta" {
            return Err(damaged(0, "its name was on a page that is damaged"));
        }
        cuts.push(Cut { part: Part::of_table(&table.name), table: table.name });
    }
    Ok(cuts)
}
