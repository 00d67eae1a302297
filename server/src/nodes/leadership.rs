//! Who watches: of all nodes on one database the one that holds the lease. Its own clock tells it when to stop, a good while
//! before anybody else may begin; the fence in the database is for the case that it does not.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use pharos_store::{Fence, Nonce, Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::limits::{LEASE_ACTS, LEASE_RENEW_INTERVAL, LEASE_RETRY, LEASE_TTL};

/// Draws a name that nobody else has.
///
/// # Errors
/// When the system has no randomness.
pub fn draw() -> anyhow::Result<Nonce> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).context("the system has no randomness")?;
    Ok(Nonce(nonce))
}

/// Whether this node leads, for all its parts that ask.
#[derive(Debug, Default)]
pub struct Standing(Mutex<Option<Reign>>);

/// A leadership as it is known to the parts of a node.
#[derive(Clone, Copy, Debug)]
struct Reign {
    /// `None` where no other node could lead.
    fence: Option<Fence>,
    /// Since when.
    since: Instant,
    /// Until when; `None` for ever.
    until: Option<Instant>,
}

impl Standing {
    /// Whether it leads now.
    pub fn leads(&self) -> bool {
        self.reign().is_some()
    }

    /// What it names in what it writes, while it leads.
    pub fn fence(&self) -> Option<Fence> {
        self.reign().and_then(|reign| reign.fence)
    }

    /// For how long it has led, in milliseconds; `None` while it does not.
    pub fn leads_for_ms(&self) -> Option<u64> {
        self.reign().map(|reign| u64::try_from(reign.since.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn reign(&self) -> Option<Reign> {
        let reign = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reign.filter(|reign| reign.until.is_none_or(|until| Instant::now() < until))
    }

    fn set(&self, reign: Option<Reign>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reign;
    }
}

/// The way of one node to leadership.
#[derive(Clone)]
pub struct Leadership {
    store: Arc<dyn Store>,
    name: String,
    standing: Arc<Standing>,
}

/// A leadership, until it is over or dropped.
pub struct Lead {
    store: Arc<dyn Store>,
    standing: Arc<Standing>,
    /// `None` where no other node could lead.
    fence: Option<Fence>,
    until: watch::Receiver<Option<Instant>>,
    stop: CancellationToken,
}

impl Leadership {
    /// Of the node that operators know by this name. It does not lead yet.
    pub fn new(store: Arc<dyn Store>, name: String, standing: Arc<Standing>) -> Self {
        Self { store, name, standing }
    }

    /// Tries once to lead; `None` while somebody else does.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn gain(&self) -> Result<Option<Lead>, StoreError> {
        if !self.store.is_shared() {
            return Ok(Some(self.alone()));
        }
        // Asking for a lease that is held would lock its row.
        if self.store.holder().await?.is_some() {
            return Ok(None);
        }
        // A nonce of its own for every leadership: a database that lost its end may hand out a term twice.
        let nonce = draw().map_err(|_| StoreError::Unavailable { why: "the system has no randomness" })?;
        let sent = Instant::now();
        let Some(term) = self.store.acquire_or_renew(&self.name, nonce, LEASE_TTL).await? else {
            return Ok(None);
        };
        let fence = Fence { term, nonce };
        tracing::info!(term, "this node leads");
        Ok(Some(self.begin(fence, sent)))
    }

    fn alone(&self) -> Lead {
        self.standing.set(Some(Reign { fence: None, since: Instant::now(), until: None }));
        let (_, until) = watch::channel(None);
        Lead {
            store: Arc::clone(&self.store),
            standing: Arc::clone(&self.standing),
            fence: None,
            until,
            stop: CancellationToken::new(),
        }
    }

    fn begin(&self, fence: Fence, sent: Instant) -> Lead {
        let first = sent + LEASE_ACTS;
        self.store.set_fence(Some(fence));
        self.standing.set(Some(Reign { fence: Some(fence), since: sent, until: Some(first) }));
        let (tell, until) = watch::channel(Some(first));
        let stop = CancellationToken::new();
        let keeping = Keeping { of: self.clone(), fence, tell, stop: stop.clone() };
        tokio::spawn(keeping.run(sent));
        Lead {
            store: Arc::clone(&self.store),
            standing: Arc::clone(&self.standing),
            fence: Some(fence),
            until,
            stop,
        }
    }

    /// Tries until this node leads.
    pub async fn await_it(&self) -> Lead {
        let mut failing = false;
        loop {
            match self.gain().await {
                Ok(Some(lead)) => return lead,
                Ok(None) => failing = false,
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "who leads cannot be read; trying until it works");
                    }
                    failing = true;
                }
            }
            sleep(LEASE_RETRY).await;
        }
    }
}

/// What renews a lease.
struct Keeping {
    of: Leadership,
    fence: Fence,
    tell: watch::Sender<Option<Instant>>,
    stop: CancellationToken,
}

impl Keeping {
    /// Renews until that is no longer wanted, somebody else leads, or it did not work for too long.
    async fn run(self, sent: Instant) {
        let since = sent;
        let (mut until, mut next) = (sent + LEASE_ACTS, sent + LEASE_RENEW_INTERVAL);
        let mut failing = false;
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                () = sleep_until(until) => {
                    tracing::error!("the lease could not be renewed in time; this node leads no more");
                    break;
                }
                () = sleep_until(next) => {}
            }
            let sent = Instant::now();
            let renewal = self.of.store.acquire_or_renew(&self.of.name, self.fence.nonce, LEASE_TTL);
            match timeout_at(until, renewal).await {
                Ok(Ok(Some(term))) if term == self.fence.term => {
                    (until, next) = (sent + LEASE_ACTS, sent + LEASE_RENEW_INTERVAL);
                    failing = false;
                    self.of.standing.set(Some(Reign { fence: Some(self.fence), since, until: Some(until) }));
                    self.tell.send_replace(Some(until));
                }
                Ok(Ok(_)) => {
                    tracing::error!("another node has taken over the lease; this node leads no more");
                    break;
                }
                Ok(Err(error)) => {
                    if !failing {
                        tracing::warn!(%error, "the lease could not be renewed; trying until it ends");
                    }
                    failing = true;
                    next = Instant::now() + LEASE_RETRY;
                }
                // The clock speaks in the next round.
                Err(_) => next = until,
            }
        }
        self.of.standing.set(None);
        self.of.store.set_fence(None);
        self.tell.send_replace(None);
    }
}

impl Lead {
    /// Whether this node must not act any more.
    pub fn is_over(&self) -> bool {
        self.fence.is_some() && self.until.borrow().is_none_or(|until| Instant::now() >= until)
    }

    /// Waits until this node must not act any more.
    pub async fn over(&self) {
        if self.fence.is_none() {
            return std::future::pending().await;
        }
        let mut until = self.until.clone();
        loop {
            let Some(limit) = *until.borrow_and_update() else { return };
            tokio::select! {
                () = sleep_until(limit) => return,
                changed = until.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Gives it up, so that whoever comes next need not wait for its end.
    pub async fn give_up(self) {
        self.stop.cancel();
        self.standing.set(None);
        self.store.set_fence(None);
        let Some(fence) = self.fence else { return };
        if let Err(error) = self.store.release(fence.nonce).await {
            tracing::warn!(%error, "the lease could not be given up; it ends by itself");
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
