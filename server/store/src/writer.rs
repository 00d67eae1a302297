//! The way to the one task that writes, and its round: what waits is committed together, and nobody is told of success
//! before the commit. How a commit is made is the database's own.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
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
    term: Arc<Mutex<Term>>,
}

/// Under what the leader's jobs are written.
#[derive(Clone, Copy, Default)]
struct Term {
    fence: Option<Fence>,
    /// Whether the writer panicked under it. What has panicked once may do so again, here and not elsewhere.
    is_over: bool,
}

/// Tells one who waits how it went.
pub type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// How a database commits.
#[async_trait]
pub trait Commit: Send + 'static {
    /// Writes all of these in one transaction and answers each.
    async fn commit(&mut self, batch: Vec<Request>);

    /// Trusts nothing any more that it holds of the database: it was broken off where it should not be.
    fn begin_anew(&mut self);

    /// Ends.
    async fn close(self: Box<Self>) -> Result<(), StoreError>;
}

impl Writer {
    /// Starts the task.
    pub fn start(commit: Box<dyn Commit>) -> Self {
        let (requests, receiver) = mpsc::channel(JOBS_WAITING_MAX);
        let term = Arc::default();
        tokio::spawn(run(commit, receiver, Arc::clone(&term)));
        Self { requests, term }
    }

    /// Hands in a job and waits for its answer. After a panic the leader's are refused until a leadership begins anew.
    pub async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unavailable { why: "it was closed" };
        let term = *lock(&self.term);
        let request = Request { fence: term.fence, job: job(reply) };
        if term.is_over && request.job.is_leaders() {
            return Err(StoreError::NotLeading);
        }
        self.requests.send(request).await.map_err(|_| gone())?;
        // A job that was given up before the commit takes its reply with it.
        let given_up = |_| if self.requests.is_closed() { gone() } else { StoreError::late(WRITE_TIMEOUT) };
        answer.await.map_err(given_up)?
    }

    /// What the leader's jobs name from now on.
    pub fn set_fence(&self, fence: Option<Fence>) {
        *lock(&self.term) = Term { fence, is_over: false };
    }
}

fn lock(term: &Mutex<Term>) -> MutexGuard<'_, Term> {
    term.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for work; tells whether it panicked.
async fn panics(work: impl Future<Output = ()>) -> bool {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(true), |polled| polled.map(|()| false))
    })
    .await
}

async fn run(mut commit: Box<dyn Commit>, mut requests: mpsc::Receiver<Request>, term: Arc<Mutex<Term>>) {
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
        if !batch.is_empty() && panics(commit.commit(batch)).await {
            tracing::error!(
                "what writes to the database panicked; it begins anew, and this node leads no more"
            );
            commit.begin_anew();
            lock(&term).is_over = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics until it has begun anew.
    struct Fragile {
        is_whole: bool,
    }

    #[async_trait]
    impl Commit for Fragile {
        async fn commit(&mut self, batch: Vec<Request>) {
            assert!(self.is_whole, "as if something was read that cannot be");
            for request in batch {
                match request.job {
                    Job::RenewWatch { reply, .. } | Job::Release { reply, .. } => drop(reply.send(Ok(()))),
                    other => other.refuse(StoreError::NotLeading),
                }
            }
        }

        fn begin_anew(&mut self) {
            self.is_whole = true;
        }

        async fn close(self: Box<Self>) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_writer_that_panicked_writes_again_and_not_under_the_leadership_of_before() {
        let writer = Writer::start(Box::new(Fragile { is_whole: false }));
        let fence = |term| Some(Fence { term, nonce: Nonce([7; 16]) });
        let renew = || writer.ask(|reply| Job::RenewWatch { at: UnixMs(0), reply });
        writer.set_fence(fence(1));
        let broken_off = renew().await;
        assert!(matches!(broken_off, Err(StoreError::Late { .. })), "{broken_off:?}");
        // Written by whoever leads: once it is answered the writer has come to itself.
        let release = |reply| Job::Release { nonce: Nonce([7; 16]), reply };
        writer.ask(release).await.unwrap();
        let under_the_same = renew().await;
        assert!(matches!(under_the_same, Err(StoreError::NotLeading)), "{under_the_same:?}");
        writer.set_fence(fence(2));
        renew().await.unwrap();
    }
}
