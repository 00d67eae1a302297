//! Ways to leadership over a database of one row, by the clock of the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::*;
use crate::Holder;
use crate::limits::{
    LEASE_ANSWER, LEASE_CUT, LEASE_MARGIN, LEASE_PATIENCE, LEASE_RENEW_INTERVAL, LEASE_TIMEOUT,
};

/// How far a clock jumps.
const HOUR: Duration = Duration::from_hours(1);

/// A database of one lease row, by the clock of the test. It answers as it is told to; what is on its way to it arrives, whether or not
/// somebody waits for the answer.
#[derive(Default)]
struct Row {
    contents: Arc<Mutex<Contents>>,
    /// Asks on their way.
    asking: AtomicUsize,
}

#[derive(Default)]
struct Contents {
    held: Option<(Fence, Instant)>,
    term: u64,
    hangs: bool,
    /// Until when the line is cut: what is said meanwhile is lost.
    cut_until: Option<Instant>,
    /// How long an ask is on its way.
    takes: Duration,
    given_up: bool,
    fence: Option<Fence>,
    /// How far the database's clock is ahead of that of the test, and how far behind it.
    ahead: Duration,
    behind: Duration,
    /// The most asks that were on their way at once.
    asks_max: usize,
}

impl Contents {
    fn is_cut(&self) -> bool {
        self.cut_until.is_some_and(|until| Instant::now() < until)
    }

    fn now(&self) -> Instant {
        Instant::now() + self.ahead - self.behind
    }

    fn change(&mut self, nonce: Nonce, ttl: Duration) -> Option<u64> {
        let now = self.now();
        match self.held {
            Some((fence, _)) if fence.nonce == nonce && self.given_up => return None,
            Some((fence, _)) if fence.nonce == nonce => {}
            Some((_, until)) if until > now && until <= now + ttl && !self.given_up => return None,
            _ => self.term += 1,
        }
        let fence = Fence { term: self.term, nonce };
        (self.held, self.given_up) = (Some((fence, now + ttl)), false);
        Some(fence.term)
    }
}

impl Row {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap()
    }

    async fn answer(&self) {
        if self.contents().hangs {
            std::future::pending::<()>().await;
        }
    }
}

/// Counts an ask for as long as somebody waits for it.
struct Asking<'a>(&'a AtomicUsize);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
        let asks = self.asking.fetch_add(1, Ordering::Relaxed) + 1;
        let _asking = Asking(&self.asking);
        let (hangs, takes, was_cut) = {
            let mut row = self.contents();
            row.asks_max = row.asks_max.max(asks);
            (row.hangs, row.takes, row.is_cut())
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let contents = Arc::clone(&self.contents);
        let arriving = tokio::spawn(async move {
            sleep(takes).await;
            let mut row = contents.lock().unwrap();
            if was_cut || row.is_cut() { None } else { Some(row.change(nonce, ttl)) }
        });
        if let Some(term) = arriving.await.unwrap() {
            Ok(term)
        } else {
            sleep(LEASE_TIMEOUT).await;
            Err(StoreError::late(LEASE_TIMEOUT))
        }
    }

    async fn release(&self, nonce: Nonce) -> Result<(), StoreError> {
        self.answer().await;
        let mut row = self.contents();
        if row.held.is_some_and(|(fence, _)| fence.nonce == nonce) {
            row.given_up = true;
        }
        Ok(())
    }

    async fn holder(&self) -> Result<Option<Holder>, StoreError> {
        self.answer().await;
        let row = self.contents();
        let held = row.held.filter(|_| !row.given_up);
        let left = |until: Instant| until.saturating_duration_since(row.now());
        Ok(held.map(|(fence, until)| Holder { name: String::new(), fence, left: left(until) }))
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
    assert!(gained.elapsed() + LEASE_MARGIN <= LEASE_TTL);
}

#[tokio::test(start_paused = true)]
async fn a_cut_of_ten_seconds_changes_no_leader() {
    // Whatever was on its way when the line was cut, and whenever it is there again.
    for step in 0..12 {
        let row = Arc::new(Row::default());
        let (leadership, standing) = node(&row);
        row.contents().takes = LEASE_ANSWER / 2;
        let lead = leadership.gain().await.unwrap().unwrap();
        sleep(Duration::from_secs(1) + (LEASE_RENEW_INTERVAL + LEASE_PATIENCE) * step / 12).await;
        row.contents().cut_until = Some(Instant::now() + LEASE_CUT);
        assert!(timeout(LEASE_CUT * 3, lead.over()).await.is_err(), "step {step}");
        assert!(standing.leads(), "step {step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_is_longer_ends_the_leadership_within_eleven_seconds() {
    let row = Arc::new(Row::default());
    let (leadership, standing) = node(&row);
    let lead = leadership.gain().await.unwrap().unwrap();
    sleep(Duration::from_secs(7)).await;
    row.contents().cut_until = Some(Instant::now() + LEASE_TTL);
    let cut = Instant::now();
    lead.over().await;
    assert!(cut.elapsed() <= Duration::from_secs(11) && !standing.leads(), "{:?}", cut.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_database_that_takes_long_over_every_ask_costs_no_lead() {
    let row = Arc::new(Row::default());
    let (leadership, _) = node(&row);
    let lead = leadership.gain().await.unwrap().unwrap();
    row.contents().takes = LEASE_TIMEOUT.checked_sub(Duration::from_millis(100)).unwrap();
    assert!(timeout(LEASE_TTL * 20, lead.over()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn asks_for_a_lease_do_not_pile_up_while_the_database_hangs() {
    let row = Arc::new(Row::default());
    let (leadership, _) = node(&row);
    let lead = leadership.gain().await.unwrap().unwrap();
    row.contents().hangs = true;
    lead.over().await;
    assert_eq!(row.contents().asks_max, 2);
    sleep(LEASE_RETRY).await;
    assert_eq!(row.asking.load(Ordering::Relaxed), 0);
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
    assert!(!row.contents().given_up, "it gave up what was another's");
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_the_database_that_jumps_ahead_ends_no_lease_that_was_seen_to_last() {
    let row = Arc::<Row>::default();
    let ((first, _), (second, _)) = (node(&row), node(&row));
    let lead = first.gain().await.unwrap().unwrap();
    assert!(second.gain().await.unwrap().is_none());
    row.contents().ahead = HOUR;
    assert!(second.gain().await.unwrap().is_none());
    sleep(LEASE_TTL).await;
    assert!(second.gain().await.unwrap().is_none() && !lead.is_over());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_dated_far_ahead_ends_when_nobody_renews_it() {
    let row = Arc::<Row>::default();
    let ((first, _), (second, _)) = (node(&row), node(&row));
    row.contents().ahead = HOUR;
    drop(first.gain().await.unwrap().unwrap());
    row.contents().behind = HOUR;
    let seen = Instant::now();
    let lead = second.await_it().await;
    assert!(!lead.is_over() && seen.elapsed() >= LEASE_TTL, "{:?}", seen.elapsed());
    assert!(seen.elapsed() < LEASE_TTL + 2 * LEASE_RETRY, "{:?}", seen.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_the_database_that_jumps_back_changes_no_leader() {
    let row = Arc::<Row>::default();
    let ((first, _), (second, _)) = (node(&row), node(&row));
    row.contents().ahead = HOUR;
    let lead = first.gain().await.unwrap().unwrap();
    row.contents().behind = HOUR;
    assert!(timeout(2 * LEASE_TTL, second.await_it()).await.is_err());
    assert!(!lead.is_over());
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
    row.contents().takes = Duration::from_secs(1);
    sleep(LEASE_RENEW_INTERVAL + LEASE_RETRY).await;
    let gives_up = Instant::now();
    lead.give_up().await;
    assert_eq!(gives_up.elapsed(), Duration::ZERO, "it waited for what was on its way");
    sleep(Duration::from_secs(2)).await;
    assert!(second.gain().await.unwrap().is_some());
}
