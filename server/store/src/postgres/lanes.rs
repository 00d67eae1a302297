//! A few connections for one kind of work, so that none waits behind another kind. Each piece of work is one transaction, and a
//! connection comes back only from work that ended well: one that is given up in the middle is closed.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::PgConnection;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::hosts::{Hosts, Link};
use crate::StoreError;
use crate::limits::{IDLE_IN_TRANSACTION_MS, LOCK_MS};

/// Connections for one kind of work.
pub struct Lanes {
    hosts: Arc<Hosts>,
    idle: Mutex<Vec<Link>>,
    permits: Semaphore,
    begin: String,
    /// Whether what goes wrong with one is a reason to trust no other connection.
    warns: bool,
}

/// A connection within a transaction.
pub struct Lane<'a> {
    lanes: &'a Lanes,
    link: Option<Link>,
    _permit: SemaphorePermit<'a>,
}

/// How a transaction begins that writes, whatever the database or the role has for a default: each statement sees what was committed
/// before it, so that the fence is looked at as it is once the journal's end is locked.
pub const WRITE: &str = "ISOLATION LEVEL READ COMMITTED";

/// The statement that begins a transaction whose statements are bounded, and whose bytes come in the form in which they are read here.
/// What is set lasts as long as the transaction, because behind a pooler the session is somebody else's afterwards.
pub fn begin(kind: &str, statement_ms: u64) -> String {
    format!(
        "BEGIN {kind}; SET LOCAL statement_timeout = {statement_ms}; SET LOCAL lock_timeout = {LOCK_MS}; \
         SET LOCAL idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}; SET LOCAL bytea_output = hex"
    )
}

impl Lanes {
    /// At most `count` connections, whose transactions begin like that.
    pub fn new(hosts: Arc<Hosts>, count: usize, begin: String) -> Self {
        Self { hosts, idle: Mutex::default(), permits: Semaphore::new(count), begin, warns: true }
    }

    /// The same for work that is given up before anybody can tell whether its connection is bad: that says nothing of others.
    pub fn impatient(hosts: Arc<Hosts>, count: usize, begin: String) -> Self {
        Self { warns: false, ..Self::new(hosts, count, begin) }
    }

    /// Begins a transaction, on a connection that waits or on a new one.
    pub async fn begin(&self) -> Result<Lane<'_>, StoreError> {
        let closed = |_| StoreError::Unavailable { why: "it was closed" };
        let permit = self.permits.acquire().await.map_err(closed)?;
        let waiting = self.idle().pop().filter(|link| self.hosts.trusts(link));
        let mut lane = Lane { lanes: self, link: waiting, _permit: permit };
        // Between its last use and now the database may have closed it.
        if lane.link.is_some() {
            let begun = sqlx::raw_sql(sqlx::AssertSqlSafe(&*self.begin)).execute(lane.connection()?).await;
            if begun.is_ok() {
                return Ok(lane);
            }
            lane.give_up();
        }
        lane.link = Some(self.hosts.connect().await?);
        sqlx::raw_sql(sqlx::AssertSqlSafe(&*self.begin)).execute(lane.connection()?).await?;
        Ok(lane)
    }

    /// Closes what waits, and lets nobody in any more.
    pub fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane<'_> {
    /// The connection.
    pub fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        let link =
            self.link.as_mut().ok_or(StoreError::Unavailable { why: "its connection was given back" })?;
        Ok(&mut link.connection)
    }

    /// Ends the transaction: well, or not at all.
    pub async fn end<T>(mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = sqlx::raw_sql(end).execute(self.connection()?).await;
        if ended.is_ok()
            && let Some(link) = self.link.take()
            && !self.lanes.permits.is_closed()
        {
            self.lanes.idle().push(link);
        }
        let value = done?;
        ended?;
        Ok(value)
    }
}

impl Lane<'_> {
    /// Closes the connection, because nobody knows the state of it.
    fn give_up(&mut self) {
        if let Some(link) = self.link.take()
            && self.lanes.warns
        {
            self.lanes.hosts.suspect(link.generation());
        }
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Does work within a transaction of these lanes, and gives up after a while.
macro_rules! within {
    ($limit:expr, $lanes:expr, |$connection:ident| $work:expr) => {{
        let limit = $limit;
        let work = async {
            let mut lane = $lanes.begin().await?;
            let done = {
                let $connection = lane.connection()?;
                $work.await
            };
            lane.end(done).await
        };
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err($crate::StoreError::late(limit)))
    }};
}
pub(super) use within;
