//! The way to the one task that writes, and its round: what waits is committed together, and nobody is told of success
//! before the commit. How a commit is made is the database's own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pharos_engine::Fact;
use pharos_model::UnixMs;
use tokio::sync::{mpsc, oneshot};

use crate::limits::{JOBS_PER_COMMIT_MAX, JOBS_WAITING_MAX, WRITE_TIMEOUT};
use crate::{
    AccountChange, Appended, AuditEntry, Fence, Margin, Mend, Nonce, Part, Piece, Retention, RollupRow,
    Sample, StoreError,
};

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
    Acquire { holder: String, nonce: Nonce, ttl: Duration, reply: Reply<Option<u64>> },
    Release { nonce: Nonce, reply: Reply<()> },
    Fill { piece: Box<Piece>, reply: Reply<()> },
    Mend { mend: Box<Mend>, reply: Reply<()> },
    Close(Reply<()>),
}

impl Job {
    /// Whether only who leads may write it.
    pub fn is_leaders(&self) -> bool {
        !matches!(self, Self::Accounts { .. } | Self::Acquire { .. } | Self::Release { .. } | Self::Close(_))
    }

    /// What it writes, as far as that is one part.
    pub fn part(&self) -> Part {
        match self {
            Self::Accounts { .. } => Part::Accounts,
            Self::Record { .. } => Part::Samples,
            Self::RollUp { .. } | Self::ImportRollups { .. } => Part::Rollups,
            _ => Part::Rest,
        }
    }

    /// Answers that it was not done.
    pub fn refuse(self, error: StoreError) {
        // Who asked may have given up waiting.
        match self {
            Self::Append { reply, .. } => drop(reply.send(Err(error))),
            Self::RollUp { reply, .. } => drop(reply.send(Err(error))),
            Self::Retain { reply, .. } => drop(reply.send(Err(error))),
            Self::Acquire { reply, .. } => drop(reply.send(Err(error))),
            Self::Accounts { reply, .. }
            | Self::Record { reply, .. }
            | Self::SaveFold { reply, .. }
            | Self::RenewWatch { reply, .. }
            | Self::ImportRollups { reply, .. }
            | Self::Release { reply, .. }
            | Self::Fill { reply, .. }
            | Self::Mend { reply, .. }
            | Self::Close(reply) => drop(reply.send(Err(error))),
        }
    }
}

/// A job and the fence it was handed in with.
pub struct Request {
    /// What was in force.
    pub fence: Option<Fence>,
    /// What to write.
    pub job: Job,
}

/// The way to the writer.
pub struct Writer {
    requests: mpsc::Sender<Request>,
    fence: Arc<Mutex<Option<Fence>>>,
}

/// Tells one who waits how it went.
pub type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// How a database commits.
#[async_trait]
pub trait Commit: Send + 'static {
    /// Writes all of these in one transaction and answers each.
    async fn commit(&mut self, batch: Vec<Request>);

    /// Ends.
    async fn close(self: Box<Self>) -> Result<(), StoreError>;
}

impl Writer {
    /// Starts the task.
    pub fn start(commit: Box<dyn Commit>) -> Self {
        let (requests, receiver) = mpsc::channel(JOBS_WAITING_MAX);
        tokio::spawn(run(commit, receiver));
        Self { requests, fence: Arc::default() }
    }

    /// Hands in a job and waits for its answer.
    pub async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unavailable { why: "it was closed" };
        let request = Request { fence: self.fence(), job: job(reply) };
        self.requests.send(request).await.map_err(|_| gone())?;
        // A job that was given up before the commit takes its reply with it.
        let given_up = |_| if self.requests.is_closed() { gone() } else { StoreError::late(WRITE_TIMEOUT) };
        answer.await.map_err(given_up)?
    }

    fn fence(&self) -> Option<Fence> {
        *self.fence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the leader's jobs name from now on.
    pub fn set_fence(&self, fence: Option<Fence>) {
        *self.fence.lock().unwrap_or_else(PoisonError::into_inner) = fence;
    }
}

async fn run(mut commit: Box<dyn Commit>, mut requests: mpsc::Receiver<Request>) {
    let mut closing = None;
    while let Some(first) = requests.recv().await {
        let mut batch = vec![first];
        while batch.len() < JOBS_PER_COMMIT_MAX
            && let Ok(next) = requests.try_recv()
        {
            batch.push(next);
        }
        if let Some(place) = batch.iter().position(|request| matches!(request.job, Job::Close(_))) {
            // What was handed in after the request to close is dropped, and its sender told that nobody answers.
            closing = batch.split_off(place).into_iter().next();
        }
        if !batch.is_empty() {
            commit.commit(batch).await;
        }
        if closing.is_some() {
            break;
        }
    }
    drop(requests);
    let closed = commit.close().await;
    if let Some(Request { job: Job::Close(reply), .. }) = closing {
        let _gone = reply.send(closed);
    }
}

/// Takes out of a batch what names another fence than the one in force, and tells who asked. In a batch of several fences
/// the newest is the one to try.
pub fn of_one_fence(batch: Vec<Request>) -> (Option<Fence>, Vec<Job>) {
    let leaders = batch.iter().filter(|request| request.job.is_leaders());
    let fence = leaders.map(|request| request.fence).next_back().flatten();
    let mut jobs = Vec::with_capacity(batch.len());
    for request in batch {
        if request.job.is_leaders() && request.fence != fence {
            request.job.refuse(StoreError::NotLeading);
        } else {
            jobs.push(request.job);
        }
    }
    (fence, jobs)
}

/// Keeps the answer until the commit; an error is also everybody's.
pub fn settle<T: Send + 'static>(
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
