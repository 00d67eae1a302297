//! SQLite: one connection that writes, a few that read, and a lock that keeps other processes away.

mod damage;
mod dialect;
mod directory;
mod lock;
mod rebuild;
mod salvage;
mod store;
mod writer;

#[path = "../sql/accounts.rs"]
mod accounts;
#[path = "../sql/append.rs"]
mod append;
#[path = "../sql/copies.rs"]
mod copies;
#[path = "../sql/fill.rs"]
mod fill;
#[path = "../sql/history.rs"]
mod history;
#[path = "../sql/jobs.rs"]
mod jobs;
#[path = "../sql/journal.rs"]
mod journal;
#[path = "../sql/lease.rs"]
mod lease;
#[path = "../sql/mend.rs"]
mod mend;
#[path = "../sql/project.rs"]
mod project;
#[path = "../sql/rollup.rs"]
mod rollup;
#[path = "../sql/samples.rs"]
mod samples;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pharos_model::Origin;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Sqlite};
use tokio::sync::watch;

use crate::limits::{BUSY_TIMEOUT, READER_TIMEOUT, READERS};
use crate::writer::{Job, Writer};
use crate::{PagesRead, Part, StoreError};
use damage::Damage;
use dialect::{
    ACQUIRE, Connection, DRAW_ORIGIN, DatabaseRow, HOLDER, PERSISTENT, RELEASE, ROWS_PER_FILL,
    insert_entries, query, query_scalar,
};
use lock::Lock;
pub use rebuild::Cut;

/// Older ones may corrupt a database in WAL mode when a writer and a checkpoint meet.
const VERSION_MIN: &str = "3.51.3";
/// How much of a database that is filled is held in memory: 64 MiB.
const FILL_CACHE: &str = "-65536";
/// The database.
const DATABASE_FILE: &str = "pharos.db";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/sqlite");

/// The store on a local file.
pub struct SqliteStore {
    origin: Origin,
    readers: SqlitePool,
    writer: Writer,
    head: watch::Receiver<u64>,
    database: PathBuf,
    /// How it is read.
    reading: SqliteConnectOptions,
    damage: Damage,
    /// Whether its pages have sums.
    has_sums: bool,
    /// Whether it was filled to its end.
    is_filled: AtomicBool,
    /// Given up when dropped.
    _lock: Option<Lock>,
}

impl SqliteStore {
    /// Opens the store in a directory, which is made if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be used, another process uses it, or a newer Pharos wrote it.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = locked(directory)?;
        if directory::is_marked(directory) {
            return Err(StoreError::Unfinished);
        }
        rebuild::prepare(directory).await?;
        if let Err(error) = directory::keep_log(directory, DATABASE_FILE) {
            // A page that may lose its last moments in a power cut is better than none; writing fails as long as the disk does.
            tracing::warn!(%error, "the disk does not say that it keeps the log of the database");
        }
        let database = directory.join(DATABASE_FILE);
        let options = options(&database)?;
        Self::begin(lock, database, options, false).await
    }

    /// Opens a directory in which there is no journal yet, to be filled with what was copied from another. Until that is done nobody
    /// can open it, and what is half done is begun anew by whoever comes next.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and when there is a journal.
    pub async fn open_to_fill(directory: &Path) -> Result<Self, StoreError> {
        let lock = locked(directory)?;
        let database = directory.join(DATABASE_FILE);
        if directory::is_marked(directory) {
            // Whatever is left of it may be any part of what was written.
            directory::clear(directory, DATABASE_FILE).map_err(failed(directory))?;
        } else if database.exists() {
            let mut connection = options(&database)?.connect().await?;
            migrate(&mut connection).await?;
            if !fill::is_filling(&mut connection).await?
                && let Some(seq) = fill::holds(&mut connection).await?
            {
                return Err(StoreError::NotEmpty { place: directory.display().to_string(), seq });
            }
            fill::empty(&mut connection).await?;
            connection.close().await?;
        }
        directory::mark(directory).map_err(failed(directory))?;
        rebuild::prepare(directory).await?;
        // Whatever happens to a half is no loss.
        let options = options(&database)?
            .synchronous(SqliteSynchronous::Off)
            .journal_mode(SqliteJournalMode::Memory)
            .pragma("cache_size", FILL_CACHE);
        Self::begin(lock, database, options, true).await
    }

    /// Whether a directory has a database, whole or not. Where that cannot be seen, whoever opens it is told why.
    pub fn is_there(directory: &Path) -> bool {
        let is_missing = |path: PathBuf| matches!(path.try_exists(), Ok(false));
        !is_missing(directory.join(DATABASE_FILE)) || directory::is_marked(directory)
    }

    /// Opens a directory only to read all of it, also while another process writes there. Whatever is to be written is refused.
    ///
    /// # Errors
    /// When there is no database, or it is of another version.
    pub async fn open_to_copy(directory: &Path) -> Result<Self, StoreError> {
        let database = directory.join(DATABASE_FILE);
        if directory::is_marked(directory) {
            return Err(StoreError::Unfinished);
        }
        // One that was filled and never used has a journal of another mode, which a reader cannot change.
        let options = plain_options(&database)?.read_only(true);
        let mut connection = options.clone().connect().await?;
        match may_be_copied(&mut connection).await {
            Ok(origin) => Self::on((database, None), (connection, options), origin).await,
            Err(error) => {
                // Whoever fills it next must not meet this connection.
                let _closed = sqlx::Connection::close(connection).await;
                Err(error)
            }
        }
    }

    /// Reads every page of a directory's database, with a pause after each piece, also while another process writes there; `None` where its pages
    /// have no sums.
    ///
    /// # Errors
    /// When there is no database, or it cannot be read.
    pub async fn read_pages(directory: &Path, pause: Duration) -> Result<Option<PagesRead>, StoreError> {
        let database = directory.join(DATABASE_FILE);
        damage::read(&database, &plain_options(&database)?.read_only(true), pause).await
    }

    /// Makes a directory's database anew from what can be read of it, where pages of it are damaged. Returns of which tables rows were lost; `None`
    /// where nothing is damaged.
    ///
    /// # Errors
    /// When another process uses the directory, or the damage took what nothing can be begun without. Everything is as it was then.
    pub async fn rebuild(directory: &Path) -> Result<Option<Vec<Cut>>, StoreError> {
        let _lock = locked(directory)?;
        let database = directory.join(DATABASE_FILE);
        match damage::walked(&database, Duration::ZERO).await? {
            Some((_, damaged)) if !damaged.is_empty() => rebuild::anew(directory, true).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Gives the pages of a directory's database their sums, whatever is in them. Returns how many had none, or another; `None` where the whole file
    /// had none.
    ///
    /// # Errors
    /// When another process uses the directory, or something cannot be written.
    pub async fn seal(directory: &Path) -> Result<Option<u32>, StoreError> {
        let _lock = locked(directory)?;
        if rebuild::is_summed(&directory.join(DATABASE_FILE))? == Some(true) {
            return rebuild::take_as_it_is(directory).await.map(Some);
        }
        rebuild::anew(directory, false).await.map(|_| None)
    }

    async fn on(
        (database, lock): (PathBuf, Option<Lock>),
        (connection, options): (sqlx::SqliteConnection, SqliteConnectOptions),
        origin: Origin,
    ) -> Result<Self, StoreError> {
        let (damage, reading) = (Damage::default(), options.clone().read_only(true));
        let (commit, head) = writer::Task::begin(connection, options, damage.clone()).await?;
        let writer = Writer::start(Box::new(commit));
        let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(READER_TIMEOUT);
        let readers = readers.connect_lazy_with(reading.clone());
        let is_filled = AtomicBool::new(false);
        let has_sums = rebuild::is_summed(&database)? == Some(true);
        Ok(Self {
            origin,
            readers,
            writer,
            head,
            database,
            reading,
            damage,
            has_sums,
            is_filled,
            _lock: lock,
        })
    }

    /// A connection that reads.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.damage.noted(Part::Rest, self.readers.acquire().await)
    }

    async fn begin(
        lock: Lock,
        database: PathBuf,
        options: SqliteConnectOptions,
        to_fill: bool,
    ) -> Result<Self, StoreError> {
        let mut connection = options.clone().create_if_missing(true).connect().await?;
        check_version(&mut connection).await?;
        migrate(&mut connection).await?;
        if to_fill {
            // Nobody else can: the directory is locked.
            fill::begin(&mut connection, "1").await?;
        } else if fill::is_filling(&mut connection).await? {
            return Err(StoreError::Unfinished);
        }
        let origin = journal::origin(&mut connection).await?;
        // Whoever held the lease is gone: nobody else can have this file open.
        sqlx::query("UPDATE leases SET expires_at = 0").execute(&mut connection).await?;
        Self::on((database, Some(lock)), (connection, options), origin).await
    }

    /// Writes what waits, and closes the database in order.
    ///
    /// # Errors
    /// When the last writes failed.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.ask(Job::Close).await?;
        // What a restore put in is written without waiting for the disk; that is made up for here.
        let directory = self.database.parent().unwrap_or(&self.database);
        let settle = || {
            File::open(&self.database)?.sync_all()?;
            directory::keep(directory)?;
            if self.is_filled.load(Ordering::SeqCst) { directory::unmark(directory) } else { Ok(()) }
        };
        settle().map_err(failed(directory))
    }
}

/// The lock of a directory, which is made if it is not there.
fn locked(directory: &Path) -> Result<Lock, StoreError> {
    directory::make(directory).map_err(failed(directory))?;
    Lock::take(directory)
}

/// The name of the journal in a database that can be copied.
async fn may_be_copied(connection: &mut sqlx::SqliteConnection) -> Result<Origin, StoreError> {
    check_version(&mut *connection).await?;
    let (found, known) = (newest_migration(&mut *connection).await?, newest_known());
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found < known {
        return Err(StoreError::Unavailable {
            why: "it was written by an older version; start a server on it once",
        });
    }
    if fill::is_filling(&mut *connection).await? {
        return Err(StoreError::Unfinished);
    }
    journal::read_origin(connection).await
}

/// What is said of a directory that cannot be used.
fn failed(directory: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Directory { path: directory.to_owned(), source: Arc::new(source) }
}

fn options(database: &Path) -> Result<SqliteConnectOptions, StoreError> {
    Ok(plain_options(database)?.journal_mode(SqliteJournalMode::Wal))
}

fn plain_options(database: &Path) -> Result<SqliteConnectOptions, StoreError> {
    if !pharos_pagesums::register() {
        return Err(StoreError::Unavailable { why: "SQLite does not let its pages be summed" });
    }
    Ok(SqliteConnectOptions::from_str("sqlite://")?
        .filename(database)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("mmap_size", "0"))
}

async fn check_version(connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let parts = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    if parts(&found) < parts(VERSION_MIN) {
        return Err(StoreError::Version { found, needed: VERSION_MIN });
    }
    Ok(())
}

async fn migrate(connection: &mut sqlx::SqliteConnection) -> Result<(), StoreError> {
    let (found, known) = (newest_migration(&mut *connection).await?, newest_known());
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    Ok(MIGRATIONS.run(connection).await?)
}

/// The newest migration that there is.
fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The newest migration that was made; 0 where none was.
async fn newest_migration(connection: &mut sqlx::SqliteConnection) -> Result<i64, StoreError> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let started: i64 = sqlx::query_scalar(table).fetch_one(&mut *connection).await?;
    if started == 0 {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
    Ok(sqlx::query_scalar(newest).fetch_one(connection).await?)
}
