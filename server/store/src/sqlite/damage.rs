//! What was found damaged: noted by whoever reads, and found by reading all pages of the file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pharos_pagesums::Walk;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::watch;

use super::failed;
use crate::error::is_page_damaged;
use crate::limits::{DAMAGED_PAGES_MAX, TORN_PAUSE, TORN_TRIES};
use crate::{PagesRead, Part, StoreError};

/// The parts that are known to be damaged.
#[derive(Clone)]
pub struct Damage(Arc<watch::Sender<BTreeSet<Part>>>);

impl Default for Damage {
    fn default() -> Self {
        Self(Arc::new(watch::channel(BTreeSet::new()).0))
    }
}

impl Damage {
    /// What came of reading or writing a part. Where that met a damaged page, the part is noted, and named by the error.
    pub fn noted<T, E: Into<StoreError>>(&self, part: Part, result: Result<T, E>) -> Result<T, StoreError> {
        result.map_err(|error| match error.into() {
            StoreError::Page { .. } => {
                self.0.send_if_modified(|parts| parts.insert(part));
                StoreError::Page { part }
            }
            error => error,
        })
    }

    /// Takes what was found by reading everything for the whole of it.
    pub fn set(&self, parts: &BTreeSet<Part>) {
        self.0.send_if_modified(|known| {
            let is_other = known != parts;
            known.clone_from(parts);
            is_other
        });
    }

    /// Tells which parts are damaged, and of changes.
    pub fn watch(&self) -> watch::Receiver<BTreeSet<Part>> {
        self.0.subscribe()
    }
}

/// Reads every page of a file, with a pause after each piece; `None` where its pages have no sums. Which parts are damaged is only looked for where a
/// page is, because that reads everything once more.
pub async fn read(
    database: &Path,
    options: &SqliteConnectOptions,
    pause: Duration,
) -> Result<Option<PagesRead>, StoreError> {
    let Some((pages, damaged)) = walked(database, pause).await? else { return Ok(None) };
    let parts = if damaged.is_empty() { BTreeSet::new() } else { damaged_parts(options).await? };
    if damaged.is_empty() {
        pharos_pagesums::forget(database);
    }
    Ok(Some(PagesRead { pages, damaged, parts }))
}

/// How many pages a file has, and which of them are damaged, of very many the first; `None` where they have no sums.
pub async fn walked(database: &Path, pause: Duration) -> Result<Option<(u32, Vec<u32>)>, StoreError> {
    let path = database.to_owned();
    let Some(mut walk) = apart(database, move || Walk::begin(&path)).await? else { return Ok(None) };
    let mut damaged = Vec::new();
    while damaged.len() < DAMAGED_PAGES_MAX {
        let (back, found) = apart(database, move || {
            let found = walk.go_on()?;
            Ok((walk, found))
        })
        .await?;
        walk = back;
        let Some(found) = found else { break };
        for number in found {
            let (back, is_damaged) = stays(database, walk, number).await?;
            walk = back;
            damaged.extend(is_damaged.then_some(number));
        }
        tokio::time::sleep(pause).await;
    }
    Ok(Some((walk.pages(), damaged)))
}

/// Whether a page stays as it was found. One that was being written at that moment does not.
async fn stays(database: &Path, mut walk: Walk, number: u32) -> Result<(Walk, bool), StoreError> {
    for _ in 0..TORN_TRIES {
        tokio::time::sleep(TORN_PAUSE).await;
        let (back, is_damaged) = apart(database, move || {
            let is_damaged = walk.is_damaged(number)?;
            Ok((walk, is_damaged))
        })
        .await?;
        walk = back;
        if !is_damaged {
            return Ok((walk, false));
        }
    }
    Ok((walk, true))
}

/// Does something with the file on a thread that may wait for the disk.
async fn apart<T: Send + 'static>(
    database: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(std::io::Error::other).and_then(|done| done).map_err(failed(database))
}

/// The parts to which damaged pages belong. A page that nobody uses belongs to none.
async fn damaged_parts(options: &SqliteConnectOptions) -> Result<BTreeSet<Part>, StoreError> {
    let rest = BTreeSet::from([Part::Rest]);
    let mut connection = match options.connect().await.map_err(StoreError::from) {
        Err(StoreError::Page { .. }) => return Ok(rest),
        connected => connected?,
    };
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<String> = match sqlx::query_scalar(tables).fetch_all(&mut connection).await {
        Err(error) if is_page_damaged(&error) => return Ok(rest),
        read => read?,
    };
    let mut parts = BTreeSet::new();
    for table in tables {
        let check = AssertSqlSafe(format!("PRAGMA quick_check('{table}')"));
        let said: Result<Vec<String>, sqlx::Error> =
            sqlx::query_scalar(check).fetch_all(&mut connection).await;
        if said.map_or(true, |said| said != ["ok"]) {
            parts.insert(Part::of_table(&table));
        }
    }
    connection.close().await?;
    Ok(parts)
}
