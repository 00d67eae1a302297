//! Who watches: of all nodes on one database the one that holds the lease. Its own clock tells it when to stop, a good while
//! before anybody else may begin; the fence in the database is for the case that it does not.

mod keeping;
mod watched;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::limits::{LEASE_ACTS, LEASE_RETRY, LEASE_TTL};
use crate::{Fence, Lease, Nonce, StoreError};
use keeping::Keeping;
use watched::Watched;

/// Whether this node leads, for all its parts that ask.
#[derive(Debug, Default)]
pub struct Standing {
    held: Mutex<Option<Reign>>,
    /// Whether it is not to lead beside others.
    barred: AtomicBool,
}

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

    /// Keeps it from leading beside others, or lets it. One that leads is to give that up.
    pub fn bar(&self, barred: bool) {
        self.barred.store(barred, Ordering::Relaxed);
    }

    fn is_barred(&self) -> bool {
        self.barred.load(Ordering::Relaxed)
    }

    /// For how long it has led, in milliseconds; `None` while it does not.
    pub fn leads_for_ms(&self) -> Option<u64> {
        self.reign().map(|reign| u64::try_from(reign.since.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn reign(&self) -> Option<Reign> {
        self.held().filter(|reign| reign.until.is_none_or(|until| Instant::now() < until))
    }

    /// Begins a leadership.
    fn begin(&self, reign: Reign, store: &dyn Lease) {
        *self.held() = Some(reign);
        store.set_fence(reign.fence);
    }

    /// Goes on until then. Tells whether this leadership is the one that there is.
    fn renew(&self, fence: Fence, until: Instant) -> bool {
        let mut held = self.held();
        let own = held.as_mut().filter(|reign| reign.fence == Some(fence));
        own.map(|reign| reign.until = Some(until)).is_some()
    }

    /// Ends this leadership, and not one that has begun since.
    fn end(&self, fence: Option<Fence>, store: &dyn Lease) {
        let mut held = self.held();
        if held.take_if(|reign| reign.fence == fence).is_some() {
            store.set_fence(None);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Reign>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way of one node to leadership.
#[derive(Clone)]
pub struct Leadership {
    store: Arc<dyn Lease>,
    name: String,
    standing: Arc<Standing>,
    watched: Arc<Mutex<Watched>>,
}

/// A leadership, until it is over or dropped.
pub struct Lead {
    store: Arc<dyn Lease>,
    standing: Arc<Standing>,
    /// `None` where no other node could lead.
    fence: Option<Fence>,
    until: watch::Receiver<Option<Instant>>,
    stop: CancellationToken,
    /// What renews it.
    keeping: Option<JoinHandle<()>>,
}

impl Leadership {
    /// Of the node that operators know by this name. It does not lead yet.
    pub fn new(store: Arc<dyn Lease>, name: String, standing: Arc<Standing>) -> Self {
        Self { store, name, standing, watched: Arc::default() }
    }

    /// Keeps this node from leading beside others until its standing says otherwise.
    pub fn bar(&self) {
        self.standing.bar(true);
    }

    /// Tries once to lead; `None` while somebody else does, or this node is not to.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn gain(&self) -> Result<Option<Lead>, StoreError> {
        if !self.store.is_shared() {
            return Ok(Some(self.alone()));
        }
        if self.standing.is_barred() {
            return Ok(None);
        }
        // Asking for a lease that is held would lock its row.
        let asked = Instant::now();
        let holder = self.store.holder().await?;
        if !self.watched().is_free(holder.as_ref(), asked) {
            return Ok(None);
        }
        // A nonce of its own for every leadership: a database that lost its end may hand out a term twice.
        let nonce = Nonce::draw()?;
        let sent = Instant::now();
        let Some(term) = self.store.acquire_or_renew(&self.name, nonce, LEASE_TTL).await? else {
            return Ok(None);
        };
        let fence = Fence { term, nonce };
        tracing::info!(term, "this node leads");
        Ok(Some(self.begin(fence, sent)))
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alone(&self) -> Lead {
        self.standing.begin(Reign { fence: None, since: Instant::now(), until: None }, &*self.store);
        let (_, until) = watch::channel(None);
        Lead {
            store: Arc::clone(&self.store),
            standing: Arc::clone(&self.standing),
            fence: None,
            until,
            stop: CancellationToken::new(),
            keeping: None,
        }
    }

    fn begin(&self, fence: Fence, sent: Instant) -> Lead {
        let first = sent + LEASE_ACTS;
        self.standing.begin(Reign { fence: Some(fence), since: sent, until: Some(first) }, &*self.store);
        let (tell, until) = watch::channel(Some(first));
        let stop = CancellationToken::new();
        let keeping = Keeping { of: self.clone(), fence, tell, stop: stop.clone() };
        Lead {
            store: Arc::clone(&self.store),
            standing: Arc::clone(&self.standing),
            fence: Some(fence),
            until,
            stop,
            keeping: Some(tokio::spawn(keeping.run(sent))),
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

impl Lead {
    /// Whether this node must not act any more.
    pub fn is_over(&self) -> bool {
        self.fence.is_some() && self.until.borrow().is_none_or(|until| Instant::now() >= until)
    }

    /// Whether this node is not to lead beside others, and to give it up in order.
    pub fn is_barred(&self) -> bool {
        self.fence.is_some() && self.standing.is_barred()
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
                biased;
                // First: one that wakes late may have been renewed all the same.
                changed = until.changed() => if changed.is_err() { return },
                () = sleep_until(limit) => return,
            }
        }
    }

    /// Gives it up, so that whoever comes next need not wait for its end.
    pub async fn give_up(mut self) {
        self.stop.cancel();
        self.standing.end(self.fence, &*self.store);
        let Some(fence) = self.fence else { return };
        tracing::info!(term = fence.term, "this node leads no more");
        // What it still asks for holds the store's connections.
        if let Some(keeping) = self.keeping.take() {
            let _ended = keeping.await;
        }
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

#[cfg(test)]
mod tests;
