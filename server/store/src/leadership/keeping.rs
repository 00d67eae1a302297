//! Renewing a lease, on a line that may be cut: an ask that hangs is not waited for alone, because it is on a connection that may be dead,
//! and a connection made anew finds sooner that the line is there again.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Leadership;
use crate::limits::{LEASE_ACTS, LEASE_PATIENCE, LEASE_RENEW_INTERVAL, LEASE_TTL};
use crate::{Fence, StoreError};

/// What renews a lease.
pub struct Keeping {
    /// Whose.
    pub of: Leadership,
    /// Which leadership.
    pub fence: Fence,
    /// Told until when it lasts.
    pub tell: watch::Sender<Option<Instant>>,
    /// Ends it.
    pub stop: CancellationToken,
}

/// What the store says to an ask: the term, if the lease is still that of who asked.
type Answer = Result<Option<u64>, StoreError>;

/// An ask on its way.
struct Ask {
    sent: Instant,
    answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
}

/// Asks on their way: the oldest, for as long as the store lets it, so that a slow database is waited for; and the newest.
#[derive(Default)]
struct Asks {
    oldest: Option<Ask>,
    newest: Option<Ask>,
}

impl Asks {
    /// Begins another. The one before is given up, unless it is the oldest.
    fn begin(&mut self, ask: Ask) {
        if self.oldest.is_none() {
            self.oldest = Some(ask);
        } else {
            self.newest = Some(ask);
        }
    }

    /// Waits for an answer; for ever where nobody was asked. Tells when it was asked for, too.
    async fn answered(&mut self) -> (Instant, Answer) {
        let Self { oldest, newest } = self;
        let (sent, answer) = tokio::select! {
            biased;
            answered = answer_of(newest) => {
                *newest = None;
                return answered;
            }
            answered = answer_of(oldest) => answered,
        };
        *oldest = newest.take();
        (sent, answer)
    }

    /// Waits for none of them any more.
    fn give_up(&mut self) {
        *self = Self::default();
    }
}

async fn answer_of(ask: &mut Option<Ask>) -> (Instant, Answer) {
    match ask {
        Some(ask) => (ask.sent, ask.answer.as_mut().await),
        None => std::future::pending().await,
    }
}

impl Keeping {
    /// Renews until that is no longer wanted, somebody else leads, or it did not work for too long.
    pub async fn run(self, sent: Instant) {
        let (mut until, mut due) = (sent + LEASE_ACTS, sent + LEASE_RENEW_INTERVAL);
        let (mut asks, mut failing) = (Asks::default(), false);
        loop {
            let (sent, answer) = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                // Before the clock: one that wakes late may have been answered all the same.
                answered = asks.answered() => answered,
                () = sleep_until(until) => {
                    tracing::error!("the lease could not be renewed in time; this node leads no more");
                    break;
                }
                () = sleep_until(due) => {
                    let ask = self.ask();
                    due = ask.sent + LEASE_PATIENCE;
                    asks.begin(ask);
                    continue;
                }
            };
            match answer {
                Ok(Some(term)) if term == self.fence.term => {
                    asks.give_up();
                    (until, due) = (until.max(sent + LEASE_ACTS), sent + LEASE_RENEW_INTERVAL);
                    failing = false;
                    if !self.of.standing.renew(self.fence, until) {
                        break;
                    }
                    self.tell.send_replace(Some(until));
                }
                Ok(_) => {
                    tracing::error!("another node has taken over the lease; this node leads no more");
                    break;
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "the lease could not be renewed; trying until it ends");
                    }
                    failing = true;
                }
            }
        }
        asks.give_up();
        self.of.standing.end(Some(self.fence), &*self.of.store);
        self.tell.send_replace(None);
    }

    fn ask(&self) -> Ask {
        let (store, name, nonce) = (Arc::clone(&self.of.store), self.of.name.clone(), self.fence.nonce);
        let answer = Box::pin(async move { store.acquire_or_renew(&name, nonce, LEASE_TTL).await });
        Ask { sent: Instant::now(), answer }
    }
}
