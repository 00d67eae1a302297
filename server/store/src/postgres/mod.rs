//! PostgreSQL and what speaks like it: one connection that writes, a few that read, one that asks for news, one for the lease (more while
//! it hangs) and two for what nodes have to tell each other, so that none of them waits behind another; and the host that can be written to, found again after a failover.

mod address;
mod dialect;
mod fit;
mod heard;
mod hosts;
mod lanes;
mod listen;
mod migrate;
mod missing;
mod nodes;
mod poll;
mod rivals;
mod seen;
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

use std::sync::{Arc, Mutex, PoisonError};

use pharos_engine::{Entry, Fold};
use pharos_model::Origin;
use tokio::sync::Notify;

use crate::journal::fold_on;
use crate::limits::{
    LEASE_STATEMENT_MS, LOAD_ENTRIES, POSTGRES_LEASING, POSTGRES_POST, POSTGRES_READERS, READ_STATEMENT_MS,
    READ_TIMEOUT, WRITE_STATEMENT_MS, WRITE_TIMEOUT,
};
use crate::writer::{Job, Writer};
use crate::{Head, Lost, Nonce, Parent, StoreError};
use dialect::{
    ACQUIRE, Connection, DRAW_ORIGIN, DatabaseRow, EMPTY_HEAD, HOLDER, PERSISTENT, REDRAW_ORIGIN, RELEASE,
    ROWS_PER_FILL, insert_entries, query, query_scalar,
};
use heard::Heard;
use hosts::Hosts;
use lanes::{Lanes, WRITE, begin, within};
use poll::Polling;
use rivals::Rivals;
use seen::{Seen, end_after};

pub use address::PostgresAddress;

/// A reading sees one state of the database.
const READ: &str = "ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How a transaction begins of which nothing need outlive the server: who leads, who is there, what nodes tell each other. It does not wait
/// for a standby, so that a standby that hangs costs no leadership.
fn passing() -> String {
    format!("{}; SET LOCAL synchronous_commit = local", begin(WRITE, LEASE_STATEMENT_MS))
}

/// The store on PostgreSQL.
pub struct PostgresStore {
    hosts: Arc<Hosts>,
    origin: Arc<Mutex<Origin>>,
    seen: Arc<Seen>,
    readers: Lanes,
    leasing: Lanes,
    post: Lanes,
    writer: Writer,
    clock: poll::Clock,
    /// What the last failover lost, until somebody was told.
    lost: Mutex<Option<Lost>>,
    rivals: Rivals,
    heard: Mutex<Heard>,
    /// End when dropped.
    _polling: Polling,
    _looking: Polling,
    _listening: Option<Polling>,
}

impl PostgresStore {
    /// Opens the store at an address, and brings its schema up to date.
    ///
    /// # Errors
    /// When no host can be written to, or a newer Pharos wrote the database.
    pub async fn open(address: PostgresAddress) -> Result<Self, StoreError> {
        Self::begin(address, None).await
    }

    /// Opens a database in which there is no journal yet, to be filled with what was copied from another. Until that is done nobody can
    /// open it, and what is half done is begun anew by whoever comes next: whoever is still at it is refused from then on.
    ///
    /// # Errors
    /// As [`PostgresStore::open`], and when there is a journal, or a node leads.
    pub async fn open_to_fill(address: PostgresAddress) -> Result<Self, StoreError> {
        Self::begin(address, Some(Nonce::draw()?.to_string())).await
    }

    async fn begin(address: PostgresAddress, filler: Option<String>) -> Result<Self, StoreError> {
        let hints = address.hints();
        let hosts = Arc::new(Hosts::new(address));
        migrate::migrate(&hosts).await?;
        begin_filling(&hosts, filler.as_deref()).await?;
        let lanes = |count, begin| Lanes::new(Arc::clone(&hosts), count, begin);
        let reading = || begin(READ, READ_STATEMENT_MS);
        let leasing = Lanes::impatient(Arc::clone(&hosts), POSTGRES_LEASING, passing());
        let origin = within!(READ_TIMEOUT, leasing, |connection| journal::origin(connection))?;
        let origin = Arc::new(Mutex::new(origin));
        let readers = lanes(POSTGRES_READERS, reading());
        let head = within!(READ_TIMEOUT, readers, |connection| end_after(connection, Head::default()))?;
        let seen = Arc::new(Seen::new(head.unwrap_or_else(|head| head)));
        let clock = poll::Clock::default();
        let known = (Arc::clone(&seen), Arc::clone(&origin), Arc::clone(&clock));
        let asking = lanes(1, reading());
        poll::ask(&asking, &known).await?;
        let writer = writer::Task::new(Arc::clone(&hosts), Arc::clone(&seen), (hints, filler));
        let rivals = Rivals::default();
        let news = Arc::new(Notify::new());
        let listening = hints.then(|| listen::listen(Arc::clone(&hosts), Arc::clone(&news)));
        Ok(Self {
            readers,
            leasing,
            post: lanes(POSTGRES_POST, passing()),
            writer: Writer::start(Box::new(writer)),
            _polling: poll::poll(asking, known, news),
            _looking: rivals::look(Arc::clone(&hosts), Arc::clone(&rivals)),
            hosts,
            rivals,
            heard: Mutex::default(),
            clock,
            lost: Mutex::default(),
            _listening: listening,
            origin,
            seen,
        })
    }

    /// Writes what waits, and closes the connections.
    ///
    /// # Errors
    /// When it was closed already.
    pub async fn close(&self) -> Result<(), StoreError> {
        let closed = self.writer.ask(Job::Close).await;
        self.readers.close();
        self.leasing.close();
        self.post.close();
        closed
    }

    /// Entries after a place, if the database still has everything that was seen.
    async fn following(&self, seq: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let seen = self.seen.head()?;
        let (end, (entries, chain)) = within!(READ_TIMEOUT, self.readers, |connection| async {
            let end = end_after(connection, seen).await?;
            Ok((end, journal::entries_after(connection, seq, limit).await?))
        })?;
        if let Err(found) = end {
            return Err(self.seen.diverge(found));
        }
        if let Some(last) = entries.last() {
            self.seen.advance(Head { seq: last.seq, chain });
        }
        Ok(entries)
    }

    /// The fold of the whole journal, read in pieces. Where the database was found without what was seen, the journal goes on
    /// under another name, so that nobody takes it for the one of before.
    async fn fold(&self) -> Result<Fold, StoreError> {
        let diverged = self.seen.is_diverged();
        let mut origin = self.origin.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if diverged {
            let lost = within!(READ_TIMEOUT, self.readers, |connection| self.seen.lost(connection))?;
            *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(lost);
            self.hosts.failed_over();
            let old = origin.clone();
            origin = within!(READ_TIMEOUT, self.leasing, |connection| renamed(connection, &old, lost.kept))?;
            *self.origin.lock().unwrap_or_else(PoisonError::into_inner) = origin.clone();
        }
        let latest =
            within!(READ_TIMEOUT, self.readers, |connection| journal::latest_fold(connection, &origin))?;
        let mut fold = latest.unwrap_or_else(|| Fold::empty(origin));
        let mut head = None;
        loop {
            // Between two pieces the database may lose what was read.
            let before = head.unwrap_or_default();
            let (end, (entries, chain)) = within!(READ_TIMEOUT, self.readers, |connection| async {
                let end = end_after(connection, before).await?;
                Ok((end, journal::entries_after(connection, fold.seq, LOAD_ENTRIES).await?))
            })?;
            if let Err(found) = end {
                return Err(self.seen.diverge(found));
            }
            let Some(last) = entries.last() else { break };
            fold_on(&mut fold, &entries)?;
            head = Some(Head { seq: last.seq, chain });
        }
        match head {
            Some(head) if diverged => self.seen.begin_anew(head),
            Some(head) => self.seen.advance(head),
            None if diverged => self.seen.begin_anew(Head::default()),
            None => {}
        }
        Ok(fold)
    }
}

/// Empties what was half filled and notes that it is being filled; or refuses a database that is.
async fn begin_filling(hosts: &Arc<Hosts>, filler: Option<&str>) -> Result<(), StoreError> {
    let alone = Lanes::new(Arc::clone(hosts), 1, begin(WRITE, WRITE_STATEMENT_MS));
    let done = within!(WRITE_TIMEOUT, alone, |connection| async {
        let Some(filler) = filler else {
            let is_filling = fill::is_filling(connection).await?;
            return if is_filling { Err(StoreError::Unfinished) } else { Ok(()) };
        };
        // Whoever fills it already holds this as long as it writes a piece.
        query("SELECT 1 FROM head FOR UPDATE").execute(&mut *connection).await?;
        let is_filling = fill::is_filling(connection).await?;
        if !is_filling && let Some(seq) = fill::holds(connection).await? {
            return Err(StoreError::NotEmpty { place: "the database".to_owned(), seq });
        }
        fill::empty(connection).await?;
        query(EMPTY_HEAD).execute(&mut *connection).await?;
        fill::begin(connection, filler).await
    });
    alone.close();
    done
}

/// Gives the journal another name, unless another node has done so.
async fn renamed(connection: &mut Connection, old: &Origin, kept: u64) -> Result<Origin, StoreError> {
    let drawn = query(REDRAW_ORIGIN).bind(old.as_str()).execute(&mut *connection).await?;
    if drawn.rows_affected() > 0 {
        let parent = Parent { origin: old.clone(), seq: kept, archived: None };
        copies::set_parent(connection, &parent).await?;
    }
    journal::origin(connection).await
}
