//! Who watches: of all nodes on one database the one that holds the lease. Its own clock tells it when to stop, a good while
//! before anybody else may begin; the fence in the database is for the case that it does not.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::limits::{LEASE_ACTS, LEASE_RENEW_INTERVAL, LEASE_RETRY, LEASE_TTL};
use crate::{Fence, Lease, Nonce, StoreError};

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
    store: Arc<dyn Lease>,
    name: String,
    standing: Arc<Standing>,
}

/// A leadership, until it is over or dropped.
pub struct Lead {
    store: Arc<dyn Lease>,
    standing: Arc<Standing>,
    /// `None` where no other node could lead.
    fence: Option<Fence>,
    until: watch::Receiver<Option<Instant>>,
    stop: CancellationToken,
}

impl Leadership {
    /// Of the node that operators know by this name. It does not lead yet.
    pub fn new(store: Arc<dyn Lease>, name: String, standing: Arc<Standing>) -> Self {
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
        let nonce = Nonce::draw()?;
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
        tracing::info!(term = fence.term, "this node leads no more");
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
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;

    use super::*;
    use crate::Holder;

    /// A database of one lease row, by the clock of the test. It answers as it is told to.
    #[derive(Default)]
    struct Row(Mutex<Contents>);

    #[derive(Default)]
    struct Contents {
        held: Option<(Fence, Instant)>,
        term: u64,
        hangs: bool,
        released: bool,
        fence: Option<Fence>,
    }

    impl Row {
        fn contents(&self) -> std::sync::MutexGuard<'_, Contents> {
            self.0.lock().unwrap()
        }

        async fn answer(&self) {
            if self.contents().hangs {
                std::future::pending::<()>().await;
            }
        }
    }

    #[async_trait]
    impl Lease for Row {
        fn is_shared(&self) -> bool {
            true
        }

        async fn acquire_or_renew(
            &self,
            _: &str,
            nonce: Nonce,
            ttl: Duration,
        ) -> Result<Option<u64>, StoreError> {
            self.answer().await;
            let mut row = self.contents();
            let now = Instant::now();
            let held = row.held.filter(|(_, until)| *until > now);
            match (held, row.held) {
                (Some((fence, _)), _) if fence.nonce != nonce => return Ok(None),
                (_, Some((fence, _))) if fence.nonce == nonce => {}
                _ => row.term += 1,
            }
            let fence = Fence { term: row.term, nonce };
            row.held = Some((fence, now + ttl));
            Ok(Some(fence.term))
        }

        async fn release(&self, nonce: Nonce) -> Result<(), StoreError> {
            self.answer().await;
            let mut row = self.contents();
            if row.held.is_some_and(|(fence, _)| fence.nonce == nonce) {
                row.held = None;
                row.released = true;
            }
            Ok(())
        }

        async fn holder(&self) -> Result<Option<Holder>, StoreError> {
            self.answer().await;
            let held = self.contents().held.filter(|(_, until)| *until > Instant::now());
            Ok(held.map(|(fence, until)| Holder { name: String::new(), fence, left: until - Instant::now() }))
        }

        fn set_fence(&self, fence: Option<Fence>) {
            self.contents().fence = fence;
        }
    }

    fn node(row: &Arc<Row>) -> (Leadership, Arc<Standing>) {
        let standing = Arc::new(Standing::default());
        let lease: Arc<dyn Lease> = Arc::<Row>::clone(row);
        (Leadership::new(lease, "node".to_owned(), Arc::clone(&standing)), standing)
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_renews_leads_on_and_no_other_does() {
        let row = Arc::new(Row::default());
        let ((first, standing), (second, _)) = (node(&row), node(&row));
        let lead = first.gain().await.unwrap().unwrap();
        sleep(LEASE_TTL * 20).await;
        assert!(!lead.is_over() && standing.leads());
        assert!(second.gain().await.unwrap().is_none());
        assert_eq!(row.contents().fence, standing.fence());
    }

    #[tokio::test(start_paused = true)]
    async fn one_whose_database_hangs_stops_by_its_own_clock_before_the_lease_ends() {
        let row = Arc::new(Row::default());
        let (leadership, standing) = node(&row);
        let lead = leadership.gain().await.unwrap().unwrap();
        let gained = Instant::now();
        row.contents().hangs = true;
        lead.over().await;
        assert_eq!(gained.elapsed(), LEASE_ACTS);
        assert!(lead.is_over() && !standing.leads() && standing.fence().is_none());
        assert!(LEASE_ACTS + Duration::from_secs(4) <= LEASE_TTL);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_taken_over_from_stops_at_its_next_renewal() {
        let row = Arc::new(Row::default());
        let (leadership, _) = node(&row);
        let lead = leadership.gain().await.unwrap().unwrap();
        let other = Fence { term: 2, nonce: Nonce([9; 16]) };
        row.contents().held = Some((other, Instant::now() + LEASE_TTL));
        lead.over().await;
        assert!(lead.is_over() && row.contents().fence.is_none());
        lead.give_up().await;
        assert!(!row.contents().released, "it gave up what was another's");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_gives_up_leaves_the_lease_to_whoever_comes_next() {
        let row = Arc::new(Row::default());
        let ((first, _), (second, standing)) = (node(&row), node(&row));
        let before = first.gain().await.unwrap().unwrap();
        before.give_up().await;
        let waited = Instant::now();
        let lead = second.await_it().await;
        assert!(waited.elapsed() <= LEASE_RETRY && standing.leads());
        assert_eq!(lead.fence.map(|fence| fence.term), Some(2));
    }
}
