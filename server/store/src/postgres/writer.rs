//! How PostgreSQL commits: the one connection that writes, one transaction for all that waits. It begins by locking the fence and
//! the journal's end, and goes on only where both are as this node knows them.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use pharos_engine::Fact;
use pharos_model::UnixMs;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use tokio::time::Instant;

use super::hosts::{Hosts, Link};
use super::jobs::{self, Desk};
use super::samples::Checks;
use super::seen::{Seen, head_of};
use super::{fill, lanes, query, query_scalar};
use crate::journal::Journal;
use crate::limits::{HINT_INTERVAL, UNKNOWN_APPENDS_MAX, WRITE_STATEMENT_MS, WRITE_TIMEOUT, WRITER_TRUSTED};
use crate::values::{signed, unsigned};
use crate::writer::{Answer, Commit, Job, Request, of_one_fence};
use crate::{Appended, Fence, Head, Margin, StoreError};

/// Ends a transaction. A standby that confirms commits is waited for: one whose waiting was cut short would be called done.
const COMMIT: &str = "SET LOCAL statement_timeout = 0; COMMIT";

/// Why who fills a database may go on no more.
const FILLED_BY_ANOTHER: StoreError = StoreError::Conflict {
    what: "another restore or import into this database began after this one, and fills it alone",
};

/// The writer's own state.
pub struct Task {
    hosts: Arc<Hosts>,
    seen: Arc<Seen>,
    hints: bool,
    /// Under which name the database is filled, where it is.
    filler: Option<String>,
    hinted: Instant,
    checks: Checks,
    /// Whether the numbers of checks are to be read anew.
    unread: bool,
    link: Option<Link>,
    /// When that was used last.
    used: Instant,
    unknown: Option<Unknown>,
    /// Appends that turned out to be done although nobody could be told: asked for again, they are answered and not repeated.
    done: VecDeque<Done>,
}

/// A commit of which it is not known whether it was done.
struct Unknown {
    end: Head,
    appends: Vec<Done>,
}

/// An append that was written.
struct Done {
    request: (UnixMs, Vec<Fact>, Margin),
    appended: Appended,
}

/// What a transaction begins with.
struct Opened {
    journal: Journal,
    admitted: bool,
    life: u64,
}

/// How far a transaction came.
enum Outcome {
    Done(Head),
    Failed(StoreError),
    /// The answer to the commit did not come.
    Unknown(Unknown),
}

impl Task {
    /// Nothing is opened yet. Whoever fills the database does so under a name.
    pub fn new(hosts: Arc<Hosts>, seen: Arc<Seen>, (hints, filler): (bool, Option<String>)) -> Self {
        Self {
            hosts,
            seen,
            hints,
            filler,
            hinted: Instant::now(),
            checks: Checks::default(),
            unread: true,
            link: None,
            used: Instant::now(),
            unknown: None,
            done: VecDeque::new(),
        }
    }

    async fn connected(&mut self) -> Result<Link, StoreError> {
        if let Some(mut link) = self.link.take()
            && self.hosts.trusts(&link)
            // After a while somebody on the way, or the database, may have closed what nobody used.
            && (self.used.elapsed() < WRITER_TRUSTED || link.connection.ping().await.is_ok())
        {
            return Ok(link);
        }
        self.unread = true;
        self.hosts.connect().await
    }

    /// Begins a transaction. Whoever is still busy with the commit that nobody knows the end of holds the journal's end, so
    /// that having it locked means that it is over.
    async fn open(
        &mut self,
        connection: &mut PgConnection,
        fence: Option<Fence>,
    ) -> Result<Opened, StoreError> {
        let known = self.seen.head_and_life();
        // Nobody else empties what is being filled.
        let (seen, life) =
            known.map_err(|error| if self.filler.is_some() { FILLED_BY_ANOTHER } else { error })?;
        let lock = begin(fence, seen.seq);
        let rows = sqlx::raw_sql(AssertSqlSafe(lock)).fetch_all(&mut *connection).await?;
        let (Some(end), found) = (rows.first(), rows.len()) else {
            return Err(StoreError::Damaged { seq: 0, why: "the journal's end is missing".to_owned() });
        };
        self.is_only_filler(connection).await?;
        let admitted = (found > 1) == fence.is_some();
        let head = head_of(unsigned(end.try_get("seq")?), end.try_get("chain")?)?;
        let kept: Option<Vec<u8>> = end.try_get("seen")?;
        let goes_on = seen.seq == 0 || kept.as_deref() == Some(&seen.chain.0[..]);
        if !goes_on || head.seq < seen.seq {
            return Err(self.seen.diverge(head));
        }
        self.resolve(connection).await?;
        if self.unread {
            self.checks = Checks::read(connection).await?;
            self.unread = false;
        }
        let (at, public_seq) = (UnixMs(end.try_get("at")?), unsigned(end.try_get("public_seq")?));
        let journal = Journal { head, at, public_seq };
        Ok(Opened { journal, admitted, life })
    }

    /// Refuses to go on filling what another fills anew by now.
    async fn is_only_filler(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let Some(filler) = &self.filler else { return Ok(()) };
        let read = "SELECT value FROM meta WHERE key = $1";
        let found: Option<String> = query_scalar(read).bind(fill::FILLING).fetch_optional(connection).await?;
        if found.as_ref() == Some(filler) { Ok(()) } else { Err(FILLED_BY_ANOTHER) }
    }

    /// Finds out whether the commit of which nobody heard was done: then the journal has its chain.
    async fn resolve(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let Some(Unknown { end, .. }) = &self.unknown else { return Ok(()) };
        let found = chain_at(connection, end.seq).await?;
        let is_done = found.as_deref() == Some(&end.chain.0[..]);
        if let Some(unknown) = self.unknown.take().filter(|_| is_done) {
            self.done.extend(unknown.appends);
            let many = self.done.len().saturating_sub(UNKNOWN_APPENDS_MAX);
            self.done.drain(..many);
        }
        Ok(())
    }

    async fn write(
        &mut self,
        connection: &mut PgConnection,
        (fence, batch): (Option<Fence>, Vec<Job>),
        answers: &mut Vec<Answer>,
        committing: &mut Option<Unknown>,
    ) -> Result<Head, StoreError> {
        let mut waiting = batch.into_iter();
        let opened = self.open(connection, fence).await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                waiting.for_each(|job| job.refuse(error.clone()));
                return Err(error);
            }
        };
        let (mut journal, term) = (opened.journal, fence.map_or(0, |fence| fence.term));
        let mut appends = Vec::new();
        for job in waiting.by_ref() {
            let Some(job) = self.answer_again(job) else { continue };
            if job.is_leaders() && !opened.admitted {
                job.refuse(StoreError::NotLeading);
                continue;
            }
            if let Job::Append { margin, .. } = &job
                && margin.life.is_some_and(|life| life != opened.life)
            {
                job.refuse(StoreError::Diverged { seq: opened.journal.head.seq });
                continue;
            }
            let request = match &job {
                Job::Append { at, facts, margin, .. } => Some((*at, facts.clone(), Margin::clone(margin))),
                _ => None,
            };
            let before = journal;
            let desk = Desk { connection, journal: &mut journal, checks: &mut self.checks, term };
            if let Err(error) = jobs::write(desk, job, answers).await {
                waiting.for_each(|job| job.refuse(error.clone()));
                return Err(error);
            }
            if let Some(request) = request.filter(|_| journal != before) {
                appends.push(done(request, before, journal.head)?);
            }
        }
        if journal != opened.journal {
            move_end(connection, &journal).await?;
        }
        *committing = Some(Unknown { end: journal.head, appends });
        sqlx::raw_sql(COMMIT).execute(connection).await?;
        Ok(journal.head)
    }

    /// Answers what is asked for again after its end was not known, if it was done.
    fn answer_again(&mut self, job: Job) -> Option<Job> {
        let Job::Append { at, facts, margin, reply } = job else { return Some(job) };
        let same = |done: &Done| done.request.0 == at && done.request.1 == facts && done.request.2 == *margin;
        match self.done.iter().position(same).and_then(|place| self.done.remove(place)) {
            Some(done) => {
                let _gone = reply.send(Ok(done.appended));
                None
            }
            None => Some(Job::Append { at, facts, margin, reply }),
        }
    }

    async fn round(&mut self, batch: (Option<Fence>, Vec<Job>), answers: &mut Vec<Answer>) -> Outcome {
        let mut link = match tokio::time::timeout(WRITE_TIMEOUT, self.connected()).await {
            Ok(Ok(link)) => link,
            failed => {
                let error = match failed {
                    Ok(Err(error)) => error,
                    _ => StoreError::late(WRITE_TIMEOUT),
                };
                batch.1.into_iter().for_each(|job| job.refuse(error.clone()));
                return Outcome::Failed(error);
            }
        };
        let mut committing = None;
        let written = self.write(&mut link.connection, batch, answers, &mut committing);
        let written = tokio::time::timeout(WRITE_TIMEOUT, written)
            .await
            .unwrap_or_else(|_| Err(StoreError::late(WRITE_TIMEOUT)));
        let error = match written {
            Ok(head) => {
                (self.link, self.used) = (Some(link), Instant::now());
                return Outcome::Done(head);
            }
            Err(error) => error,
        };
        // The connection is closed, and with it whatever it was in the middle of.
        self.hosts.suspect(link.generation());
        self.unread = true;
        match committing {
            Some(unknown) if !is_refusal(&error) => {
                tracing::warn!(%error, "the database went away during a commit");
                Outcome::Unknown(unknown)
            }
            _ => Outcome::Failed(error),
        }
    }

    /// Tells other nodes that there is something new: nothing more than that, and not often, because NOTIFY takes one lock for
    /// the whole server.
    async fn hint(&mut self) {
        if !self.hints || self.hinted.elapsed() < HINT_INTERVAL {
            return;
        }
        self.hinted = Instant::now();
        let Some(link) = &mut self.link else { return };
        let told = sqlx::raw_sql("NOTIFY pharos").execute(&mut link.connection);
        if !matches!(tokio::time::timeout(WRITE_TIMEOUT, told).await, Ok(Ok(_))) {
            self.link = None;
        }
    }
}

#[async_trait]
impl Commit for Task {
    async fn commit(&mut self, batch: Vec<Request>) {
        let mut answers = Vec::with_capacity(batch.len());
        let outcome = self.round(of_one_fence(batch), &mut answers).await;
        let (told, head) = match outcome {
            Outcome::Done(head) => (Ok(()), Some(head)),
            Outcome::Failed(error) => (Err(error), None),
            Outcome::Unknown(unknown) => {
                self.unknown = Some(unknown);
                (Err(StoreError::Unknown), None)
            }
        };
        if let Some(head) = head {
            self.seen.advance(head);
        }
        for answer in answers {
            answer(told.clone());
        }
        if head.is_some() {
            self.hint().await;
        }
    }

    fn begin_anew(&mut self) {
        (self.link, self.unread) = (None, true);
    }

    async fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Whether the database said no, and not merely goodbye.
fn is_refusal(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else { return false };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // Classes: integrity, transaction state, rollback.
    code.is_some_and(|code| ["23", "25", "40"].iter().any(|class| code.starts_with(class)))
}

/// Begins a transaction: locks the journal's end against other writers, and then looks at the fence. The row of the end is the first
/// of the answer; after it there is one for a fence that holds, or without a fence for one that somebody else has.
///
/// The lease may be taken over while the transaction lasts, and be renewed while its commit waits for a standby: whoever takes it over
/// writes after this transaction all the same, because it holds the journal's end. A fence that was looked at before the end was
/// locked would say nothing.
fn begin(fence: Option<Fence>, seen: u64) -> String {
    let begin = lanes::begin(lanes::WRITE, WRITE_STATEMENT_MS);
    let fence = match fence {
        Some(Fence { term, nonce }) => {
            format!(
                "SELECT 1 FROM leases WHERE name = 'leader' AND term = {term} AND nonce = '{nonce}' FOR KEY SHARE"
            )
        }
        None => "SELECT 1 FROM leases WHERE name = 'leader' AND expires_at > clock_timestamp()".to_owned(),
    };
    format!(
        "{begin}; SELECT h.seq, h.chain, h.at, h.public_seq, \
         (SELECT j.chain FROM journal j WHERE j.seq = {seen}) AS seen FROM head h FOR UPDATE OF h; {fence}"
    )
}

async fn chain_at(connection: &mut PgConnection, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let read = "SELECT chain FROM journal WHERE seq = $1";
    Ok(query_scalar(read).bind(signed(seq)).fetch_optional(connection).await?)
}

async fn move_end(connection: &mut PgConnection, journal: &Journal) -> Result<(), StoreError> {
    let write = "UPDATE head SET seq = $1, chain = $2, at = $3, public_seq = $4";
    query(write)
        .bind(signed(journal.head.seq))
        .bind(&journal.head.chain.0[..])
        .bind(journal.at.0)
        .bind(signed(journal.public_seq))
        .execute(connection)
        .await?;
    Ok(())
}

/// What an append made, made again from what it began with.
fn done(request: (UnixMs, Vec<Fact>, Margin), mut before: Journal, head: Head) -> Result<Done, StoreError> {
    let written = before.entries(request.0, request.1.clone())?;
    let entries = written.into_iter().map(|written| written.entry).collect();
    Ok(Done { request, appended: Appended { entries, head } })
}
