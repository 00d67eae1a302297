//! Who leads, and that nobody else writes.

use std::time::{Duration, Instant};

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{Accounts as _, Fence, Lease as _, Nonce, Store, StoreError};

use super::Place;
use crate::sample;

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(20);
const FIRST: Nonce = Nonce([1; 16]);
const SECOND: Nonce = Nonce([2; 16]);

/// Asks for the lease until it is free.
async fn taken_over(store: &impl Store, nonce: Nonce) -> u64 {
    let started = Instant::now();
    loop {
        if let Some(term) = store.acquire_or_renew("second", nonce, LONG).await.unwrap() {
            return term;
        }
        assert!(started.elapsed() < PATIENCE, "the lease does not end");
    }
}

async fn append(store: &impl Store, fence: Option<Fence>) -> Result<u64, StoreError> {
    store.set_fence(fence);
    store.append(UnixMs(1), vec![Fact::Blinded]).await.map(|appended| appended.head.seq)
}

pub async fn of_two_who_want_the_lease_one_gets_it_and_renews_it<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    assert_eq!(store.holder().await.unwrap(), None);
    assert_eq!(store.acquire_or_renew("first", FIRST, LONG).await.unwrap(), Some(1));
    assert_eq!(store.acquire_or_renew("second", SECOND, LONG).await.unwrap(), None);
    assert_eq!(store.acquire_or_renew("first", FIRST, LONG).await.unwrap(), Some(1));
    let holder = store.holder().await.unwrap().unwrap();
    assert_eq!((holder.name.as_str(), holder.fence), ("first", Fence { term: 1, nonce: FIRST }));
    assert!(holder.left <= LONG && holder.left > LONG / 2, "{holder:?}");
}

pub async fn a_lease_that_was_not_renewed_is_taken_over_under_the_next_term<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.acquire_or_renew("first", FIRST, SHORT).await.unwrap();
    assert_eq!(taken_over(&store, SECOND).await, 2);
    assert_eq!(store.acquire_or_renew("first", FIRST, LONG).await.unwrap(), None);
}

pub async fn what_a_leader_of_before_writes_is_refused<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let first = Fence { term: 1, nonce: FIRST };
    store.acquire_or_renew("first", FIRST, SHORT).await.unwrap();
    // Its time may be over, but nobody has taken over.
    assert_eq!(append(&store, Some(first)).await.unwrap(), 1);
    let term = taken_over(&store, SECOND).await;
    let stale = append(&store, Some(first)).await;
    assert!(matches!(stale, Err(StoreError::NotLeading)), "{stale:?}");
    for refused in [
        store.record(vec![sample(0)]).await,
        store.renew_watch(UnixMs(5)).await,
        store.roll_up(UnixMs(600_000)).await,
        store.save_fold(&store.load().await.unwrap()).await,
    ] {
        assert!(matches!(refused, Err(StoreError::NotLeading)), "{refused:?}");
    }
    assert_eq!(store.last_watch().await.unwrap(), None);
    assert_eq!(append(&store, Some(Fence { term, nonce: SECOND })).await.unwrap(), 2);
}

pub async fn of_two_leaders_with_the_same_term_only_the_one_with_the_nonce_writes<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let term = store.acquire_or_renew("first", FIRST, LONG).await.unwrap().unwrap();
    let twin = append(&store, Some(Fence { term, nonce: SECOND })).await;
    assert!(matches!(twin, Err(StoreError::NotLeading)), "{twin:?}");
    let later = append(&store, Some(Fence { term: term + 1, nonce: FIRST })).await;
    assert!(matches!(later, Err(StoreError::NotLeading)), "{later:?}");
    assert_eq!(append(&store, Some(Fence { term, nonce: FIRST })).await.unwrap(), 1);
}

pub async fn a_lease_that_was_given_up_is_free_at_once<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.acquire_or_renew("first", FIRST, LONG).await.unwrap();
    store.release(SECOND).await.unwrap();
    assert_eq!(store.acquire_or_renew("second", SECOND, LONG).await.unwrap(), None);
    store.release(FIRST).await.unwrap();
    assert_eq!(store.holder().await.unwrap(), None);
    assert_eq!(store.acquire_or_renew("second", SECOND, LONG).await.unwrap(), Some(2));
}

pub async fn a_lease_that_was_given_up_is_renewed_by_nothing_that_was_still_on_its_way<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.acquire_or_renew("first", FIRST, LONG).await.unwrap();
    store.release(FIRST).await.unwrap();
    assert_eq!(store.acquire_or_renew("first", FIRST, LONG).await.unwrap(), None);
    assert_eq!(store.holder().await.unwrap(), None);
}

pub async fn without_a_fence_only_accounts_are_written_while_somebody_leads<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    assert_eq!(append(&store, None).await.unwrap(), 1);
    store.acquire_or_renew("first", FIRST, LONG).await.unwrap();
    let refused = append(&store, None).await;
    assert!(matches!(refused, Err(StoreError::NotLeading)), "{refused:?}");
    store.change_accounts(Vec::new(), vec![super::entry("user:anna", "users/anna")]).await.unwrap();
    store.release(FIRST).await.unwrap();
    assert_eq!(append(&store, None).await.unwrap(), 2);
}
