//! The file of a node's database, read and changed from outside while no node runs on it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

/// The file in a data directory.
pub const DATABASE: &str = "pharos.db";

/// Asks something of it, and is done with it when the answer is there. A connection that is only let go of is closed at some time after, and what that
/// removes by its name may by then be the log of another database in its place.
///
/// # Errors
/// When there is none, it is no database, or it cannot be asked that.
pub async fn ask<T>(
    data: &Path,
    ask: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
) -> Result<T> {
    ensure!(pharos_pagesums::register(), "SQLite does not let its pages be summed");
    let options = SqliteConnectOptions::new().filename(data.join(DATABASE));
    let opened = options.connect().await;
    let mut connection = opened.with_context(|| format!("cannot open the database in {}", data.display()))?;
    let asked = ask(&mut connection).await;
    // So that all of it is in the file itself.
    let closed = connection.close().await;
    let told = asked?;
    closed?;
    Ok(told)
}

/// Every observation of the jobs, as `check|moment` in the order of moments.
///
/// # Errors
/// When it cannot be read.
pub async fn heartbeats(data: &Path) -> Result<String> {
    let read = "SELECT c.name || '|' || s.at FROM samples s JOIN checks c ON c.id = s.check_id WHERE c.name LIKE 'j%' ORDER BY s.at";
    let rows = ask(data, async |file| sqlx::query(read).fetch_all(file).await).await?;
    Ok(rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n"))
}

/// Changes something in it; how many rows were changed.
///
/// # Errors
/// When it cannot be changed.
pub async fn change(data: &Path, statement: &'static str) -> Result<u64> {
    let changed = ask(data, async |file| sqlx::query(statement).execute(file).await).await?;
    Ok(changed.rows_affected())
}

/// The end of a journal: its place, its chain, its entries and the observations.
pub type Ends = (i64, String, i64, i64);

/// The end of the journal: its place and its chain in hexadecimal digits, with the number of entries and of observations.
///
/// # Errors
/// When it cannot be read.
pub async fn ends(data: &Path) -> Result<Ends> {
    let read = "SELECT (SELECT coalesce(max(seq), 0) FROM journal), \
                coalesce((SELECT lower(hex(chain)) FROM journal ORDER BY seq DESC LIMIT 1), ''), \
                (SELECT count(*) FROM journal), (SELECT count(*) FROM samples)";
    let row = ask(data, async |file| sqlx::query(read).fetch_one(file).await).await?;
    Ok((row.get(0), row.get(1), row.get(2), row.get(3)))
}

/// The last place in the journal; 0 where there is none.
///
/// # Errors
/// When it cannot be read.
pub async fn last(data: &Path) -> Result<i64> {
    let read = "SELECT coalesce(max(seq), 0) FROM journal";
    ask(data, async |file| sqlx::query_scalar(read).fetch_one(file).await).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of a folder that this process has open.
    fn open_below(folder: &Path) -> Vec<std::path::PathBuf> {
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let named = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        named.filter(|path| path.starts_with(folder)).collect()
    }

    #[tokio::test]
    async fn a_file_that_was_asked_is_closed_when_the_answer_is_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().canonicalize().unwrap();
        pharos_store::SqliteStore::open(&folder).await.unwrap().close().await.unwrap();
        for _ in 0..100 {
            assert_eq!(last(&folder).await.unwrap(), 0);
            assert_eq!(open_below(&folder), Vec::<std::path::PathBuf>::new());
            assert!(!folder.join("pharos.db-wal").exists());
        }
    }
}
