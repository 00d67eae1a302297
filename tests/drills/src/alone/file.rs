//! The file of a node's database, read and changed from outside while no node runs on it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

/// The file in a data directory.
pub const DATABASE: &str = "pharos.db";

/// Opens it.
///
/// # Errors
/// When there is none, or it is no database.
pub async fn open(data: &Path) -> Result<SqliteConnection> {
    ensure!(pharos_pagesums::register(), "SQLite does not let its pages be summed");
    let options = SqliteConnectOptions::new().filename(data.join(DATABASE));
    options.connect().await.with_context(|| format!("cannot open the database in {}", data.display()))
}

/// Every observation of the jobs, as `check|moment` in the order of moments.
///
/// # Errors
/// When it cannot be read.
pub async fn heartbeats(data: &Path) -> Result<String> {
    let read = "SELECT c.name || '|' || s.at FROM samples s JOIN checks c ON c.id = s.check_id WHERE c.name LIKE 'j%' ORDER BY s.at";
    let rows = sqlx::query(read).fetch_all(&mut open(data).await?).await?;
    Ok(rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n"))
}

/// Changes something in it; how many rows were changed.
///
/// # Errors
/// When it cannot be changed.
pub async fn change(data: &Path, statement: &'static str) -> Result<u64> {
    let mut connection = open(data).await?;
    let changed = sqlx::query(statement).execute(&mut connection).await?.rows_affected();
    // So that all of it is in the file itself.
    connection.close().await?;
    Ok(changed)
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
    let row = sqlx::query(read).fetch_one(&mut open(data).await?).await?;
    Ok((row.get(0), row.get(1), row.get(2), row.get(3)))
}

/// The last place in the journal; 0 where there is none.
///
/// # Errors
/// When it cannot be read.
pub async fn last(data: &Path) -> Result<i64> {
    let read = "SELECT coalesce(max(seq), 0) FROM journal";
    Ok(sqlx::query_scalar(read).fetch_one(&mut open(data).await?).await?)
}
