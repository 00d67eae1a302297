//! How SQLite commits: the one connection that writes, one transaction for all that waits.

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use tokio::sync::watch;

use super::damage::Damage;
use super::jobs::{self, Desk};
use super::journal::head;
use super::samples::Checks;
use super::{lease, query, query_scalar};
use crate::journal::Journal;
use crate::values::{signed, unsigned};
use crate::writer::{Answer, Commit, Job, Request, of_one_fence};
use crate::{Fence, StoreError};

/// The writer's own state.
pub struct Task {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    journal: Journal,
    checks: Checks,
    head: watch::Sender<u64>,
    damage: Damage,
    /// After a failed commit the connection is not trusted until it was opened anew.
    broken: bool,
}

impl Task {
    /// Reads what is written on.
    pub async fn begin(
        mut connection: SqliteConnection,
        options: SqliteConnectOptions,
        damage: Damage,
    ) -> Result<(Self, watch::Receiver<u64>), StoreError> {
        let journal = end(&mut connection).await?;
        let checks = Checks::read(&mut connection).await?;
        let (head, watching) = watch::channel(journal.head.seq);
        Ok((Self { connection, options, journal, checks, head, damage, broken: false }, watching))
    }

    async fn open(&mut self) -> Result<(), StoreError> {
        if self.broken {
            self.connection = self.options.connect().await?;
            self.journal = end(&mut self.connection).await?;
            self.checks = Checks::read(&mut self.connection).await?;
            self.broken = false;
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        Ok(())
    }

    async fn write(
        &mut self,
        (fence, batch): (Option<Fence>, Vec<Job>),
        answers: &mut Vec<Answer>,
    ) -> Result<(), StoreError> {
        let has_leaders = batch.iter().any(Job::is_leaders);
        let admitted = !has_leaders || admits(&mut self.connection, fence).await?;
        let term = fence.map_or(0, |fence| fence.term);
        let mut waiting = batch.into_iter();
        for job in waiting.by_ref() {
            if job.is_leaders() && !admitted {
                job.refuse(StoreError::NotLeading);
                continue;
            }
            let (connection, journal, checks) = (&mut self.connection, &mut self.journal, &mut self.checks);
            let (desk, part) = (Desk { connection, journal, checks, term }, job.part());
            if let Err(error) = self.damage.noted(part, jobs::write(desk, job, answers).await) {
                waiting.for_each(|job| job.refuse(error.clone()));
                return Err(error);
            }
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }
}

#[async_trait]
impl Commit for Task {
    async fn commit(&mut self, batch: Vec<Request>) {
        let before = self.journal;
        let mut answers = Vec::with_capacity(batch.len());
        let batch = of_one_fence(batch);
        let done = match self.open().await {
            Ok(()) => self.write(batch, &mut answers).await,
            Err(error) => {
                batch.1.into_iter().for_each(|job| job.refuse(error.clone()));
                Err(error)
            }
        };
        if done.is_err() {
            self.journal = before;
            self.broken = true;
        } else if self.journal.head.seq != before.head.seq {
            self.head.send_replace(self.journal.head.seq);
        }
        for answer in answers {
            answer(done.clone());
        }
    }

    fn begin_anew(&mut self) {
        self.broken = true;
    }

    async fn close(self: Box<Self>) -> Result<(), StoreError> {
        self.connection.close().await.map_err(StoreError::from)
    }
}

/// Whether the lease lets this fence write.
async fn admits(connection: &mut SqliteConnection, fence: Option<Fence>) -> Result<bool, StoreError> {
    let Some(fence) = fence else { return Ok(lease::holder(connection).await?.is_none()) };
    let read = "SELECT count(*) FROM leases WHERE name = 'leader' AND term = $1 AND nonce = $2";
    let held = query_scalar(read).bind(signed(fence.term)).bind(fence.nonce.to_string());
    let held: i64 = held.fetch_one(connection).await?;
    Ok(held > 0)
}

/// Reads the end of the journal.
async fn end(connection: &mut SqliteConnection) -> Result<Journal, StoreError> {
    let head = head(connection).await?;
    let last = "SELECT at FROM journal ORDER BY seq DESC LIMIT 1";
    let Some(row) = query(last).fetch_optional(&mut *connection).await? else {
        return Ok(Journal::default());
    };
    let public = "SELECT seq FROM journal WHERE after IS NOT NULL ORDER BY seq DESC LIMIT 1";
    let public: Option<i64> = query_scalar(public).fetch_optional(connection).await?;
    let at = pharos_model::UnixMs(row.get("at"));
    Ok(Journal { head, at, public_seq: public.map_or(0, unsigned) })
}
