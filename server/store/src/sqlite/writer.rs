//! The writer: one task with the one connection that writes. What waits is committed together, and nobody is told of
//! success before the commit.

use pharos_engine::Fact;
use pharos_model::UnixMs;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};

use super::append::Journal;
use super::samples::Checks;
use super::{accounts, append, journal, rollup, samples};
use crate::limits::{FACTS_PER_APPEND_MAX, JOBS_PER_COMMIT_MAX, JOBS_WAITING_MAX, SAMPLES_PER_BATCH_MAX};
use crate::{AccountChange, Appended, AuditEntry, Margin, Retention, RollupRow, Sample, StoreError};

/// Where the answer to a job goes.
pub type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to be written.
pub enum Job {
    Append { at: UnixMs, facts: Vec<Fact>, margin: Box<Margin>, reply: Reply<Appended> },
    Accounts { changes: Vec<AccountChange>, audit: Vec<AuditEntry>, reply: Reply<()> },
    Record { samples: Vec<Sample>, reply: Reply<()> },
    SaveFold { seq: u64, body: Vec<u8>, reply: Reply<()> },
    RenewWatch { at: UnixMs, reply: Reply<()> },
    RollUp { now: UnixMs, reply: Reply<bool> },
    ImportRollups { rows: Vec<RollupRow>, reply: Reply<()> },
    Retain { now: UnixMs, retention: Retention, reply: Reply<u64> },
    Close(Reply<()>),
}

/// The way to the writer.
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

/// Tells one who waits how it went.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The task's own state.
struct Task {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    journal: Journal,
    checks: Checks,
    head: watch::Sender<u64>,
    /// After a failed commit the connection is not trusted until it was opened anew.
    broken: bool,
}

impl Writer {
    /// Starts the task.
    pub async fn start(
        mut connection: SqliteConnection,
        options: SqliteConnectOptions,
    ) -> Result<(Self, watch::Receiver<u64>), StoreError> {
        let journal = Journal::read(&mut connection).await?;
        let checks = Checks::read(&mut connection).await?;
        let (head, watching) = watch::channel(journal.head.seq);
        let (sender, receiver) = mpsc::channel(JOBS_WAITING_MAX);
        let task = Task { connection, options, journal, checks, head, broken: false };
        tokio::spawn(task.run(receiver));
        Ok((Self { jobs: sender }, watching))
    }

    /// Hands in a job and waits for its answer.
    pub async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = StoreError::Unavailable { why: "it was closed" };
        self.jobs.send(job(reply)).await.map_err(|_| gone.clone())?;
        answer.await.map_err(|_| gone)?
    }
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut closing = None;
        while let Some(first) = jobs.recv().await {
            let mut batch = vec![first];
            while batch.len() < JOBS_PER_COMMIT_MAX
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            if let Some(place) = batch.iter().position(|job| matches!(job, Job::Close(_))) {
                // What was handed in after the request to close is dropped, and its sender told that nobody answers.
                let tail = batch.split_off(place);
                closing = tail.into_iter().next();
            }
            self.commit(batch).await;
            if closing.is_some() {
                break;
            }
        }
        drop(jobs);
        let closed = self.connection.close().await.map_err(StoreError::from);
        if let Some(Job::Close(reply)) = closing {
            let _gone = reply.send(closed);
        }
    }

    async fn commit(&mut self, batch: Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        let before = self.journal;
        let mut answers = Vec::with_capacity(batch.len());
        let done = match self.begin().await {
            Ok(()) => self.write(batch, &mut answers).await,
            Err(error) => {
                drop(batch);
                Err(error)
            }
        };
        if done.is_err() {
            self.journal = before;
            self.checks.forget();
            self.broken = true;
        } else if self.journal.head.seq != before.head.seq {
            self.head.send_replace(self.journal.head.seq);
        }
        for answer in answers {
            answer(done.clone());
        }
    }

    async fn begin(&mut self) -> Result<(), StoreError> {
        if self.broken {
            self.connection = self.options.connect().await?;
            self.journal = Journal::read(&mut self.connection).await?;
            self.checks = Checks::read(&mut self.connection).await?;
            self.broken = false;
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        Ok(())
    }

    async fn write(&mut self, batch: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        for job in batch {
            self.one(job, answers).await?;
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Writes one job. A request that is refused is answered at once and harms no other; an error is the database's and
    /// ends the whole transaction.
    async fn one(&mut self, job: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let connection = &mut self.connection;
        match job {
            Job::Append { at, facts, margin, reply } => {
                if let Err(refused) = self.journal.accepts(at, facts.len()) {
                    let _gone = reply.send(Err(refused));
                    return Ok(());
                }
                let written = append::append(connection, &mut self.journal, at, facts).await;
                let kept = match &written {
                    Ok(appended) => accounts::keep_margin(connection, &margin, appended.head.seq).await,
                    Err(_) => Ok(()),
                };
                settle(written.and_then(|appended| kept.map(|()| appended)), reply, answers)
            }
            Job::Accounts { changes, audit, reply } => {
                match accounts::change(connection, &changes, &audit).await {
                    Ok(Err(conflict)) => {
                        let _gone = reply.send(Err(conflict));
                        Ok(())
                    }
                    Ok(Ok(())) => settle(Ok(()), reply, answers),
                    Err(error) => settle(Err(error), reply, answers),
                }
            }
            Job::Record { samples, reply } => {
                let (count, max) = (samples.len(), SAMPLES_PER_BATCH_MAX);
                if count > max {
                    let _gone = reply.send(Err(StoreError::TooMany { what: "samples", count, max }));
                    return Ok(());
                }
                settle(samples::record(connection, &mut self.checks, &samples).await, reply, answers)
            }
            Job::SaveFold { seq, body, reply } => {
                settle(journal::save_fold(connection, seq, &body).await, reply, answers)
            }
            Job::RenewWatch { at, reply } => {
                settle(journal::renew_watch(connection, at).await, reply, answers)
            }
            Job::RollUp { now, reply } => settle(rollup::roll_up(connection, now).await, reply, answers),
            Job::ImportRollups { rows, reply } => {
                settle(rollup::import(connection, &rows).await, reply, answers)
            }
            Job::Retain { now, retention, reply } => {
                settle(samples::retain(connection, now, retention).await, reply, answers)
            }
            Job::Close(_) => Ok(()),
        }
    }
}

/// Keeps the answer until the commit; an error is also everybody's.
fn settle<T: Send + 'static>(
    written: Result<T, StoreError>,
    reply: Reply<T>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    match written {
        Ok(value) => {
            answers.push(Box::new(move |done| {
                let _gone = reply.send(done.map(|()| value));
            }));
            Ok(())
        }
        Err(error) => {
            let _gone = reply.send(Err(error.clone()));
            Err(error)
        }
    }
}

impl Journal {
    fn accepts(&self, at: UnixMs, count: usize) -> Result<(), StoreError> {
        if count > FACTS_PER_APPEND_MAX {
            return Err(StoreError::TooMany { what: "facts", count, max: FACTS_PER_APPEND_MAX });
        }
        if at < self.at {
            return Err(StoreError::Backwards { at, head: self.at });
        }
        Ok(())
    }
}
