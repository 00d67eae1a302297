//! Ways to leadership over a database of one row, by the clock of the test.

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
    /// How long a renewal is on its way.
    renewal_takes: Duration,
    released: bool,
    fence: Option<Fence>,
}

impl Row {
    fn contents(&self) -> MutexGuard<'_, Contents> {
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
        let takes = self.contents().renewal_takes;
        sleep(takes).await;
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

#[tokio::test(start_paused = true)]
async fn a_leadership_that_ends_late_leaves_the_next_one_its_fence() {
    let row = Arc::new(Row::default());
    let (leadership, standing) = node(&row);
    let first = leadership.gain().await.unwrap().unwrap();
    row.contents().hangs = true;
    sleep(LEASE_RENEW_INTERVAL + LEASE_RETRY).await;
    drop(first);
    row.contents().hangs = false;
    row.contents().held = None;
    let second = leadership.gain().await.unwrap().unwrap();
    // Until after the renewal of the first is given up.
    sleep(LEASE_ACTS).await;
    assert!(!second.is_over() && second.fence.is_some());
    assert_eq!((standing.fence(), row.contents().fence), (second.fence, second.fence));
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_is_not_taken_again_by_a_renewal_on_its_way() {
    let row = Arc::new(Row::default());
    let ((first, _), (second, _)) = (node(&row), node(&row));
    let lead = first.gain().await.unwrap().unwrap();
    row.contents().renewal_takes = Duration::from_secs(1);
    sleep(LEASE_RENEW_INTERVAL + LEASE_RETRY).await;
    lead.give_up().await;
    sleep(Duration::from_secs(2)).await;
    assert!(second.gain().await.unwrap().is_some());
}
