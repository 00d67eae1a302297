//! Servers and writers that hang.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::limits::{LEASE_TTL, READ_TIMEOUT, WRITE_TIMEOUT};
use pharos_store::{Accounts as _, Fence, Leadership, Lease, Nonce, Standing, Store, StoreError};

use super::proxy::{Fault, Proxy};
use super::{SERVER, fresh, opened, stranger, until_ok};

/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_server_process_that_hangs_costs_one_time_out_and_is_left_alone_then() {
    let (database, store) = fresh().await;
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
    // Several connections that wait, so that there are several to be caught by.
    let (first, second, third) = tokio::join!(store.users(), store.tokens(), store.head());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    SERVER.signal_backends("STOP", &database);
    let started = Instant::now();
    let read = store.users().await;
    assert!(matches!(read, Err(StoreError::Late { .. })), "{read:?}");
    assert!(started.elapsed() < READ_TIMEOUT + SLACK, "{:?}", started.elapsed());
    let started = Instant::now();
    store.users().await.unwrap();
    store.tokens().await.unwrap();
    assert_eq!(store.append(UnixMs(2), vec![Fact::Sighted]).await.unwrap().head.seq, 2);
    assert!(started.elapsed() < SLACK, "{:?}", started.elapsed());
    SERVER.signal_backends("CONT", &database);
}

#[tokio::test]
async fn a_write_to_a_server_process_that_hangs_is_given_up_and_done_when_it_is_asked_for_again() {
    let (database, store) = fresh().await;
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
    SERVER.signal_backends("STOP", &database);
    let started = Instant::now();
    let written = store.append(UnixMs(2), vec![Fact::Sighted]).await;
    assert!(written.is_err(), "{written:?}");
    assert!(started.elapsed() < WRITE_TIMEOUT + SLACK, "{:?}", started.elapsed());
    assert_eq!(store.append(UnixMs(2), vec![Fact::Sighted]).await.unwrap().head.seq, 2);
    SERVER.signal_backends("CONT", &database);
}

#[tokio::test]
async fn readers_answer_while_a_writer_is_stuck() {
    let (database, store) = fresh().await;
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
    let mut stranger = stranger(&database).await;
    sqlx::raw_sql("BEGIN; SELECT * FROM head FOR UPDATE").execute(&mut stranger).await.unwrap();
    let reading = async {
        let started = Instant::now();
        for _ in 0..50 {
            store.users().await.unwrap();
            store.entries_after(0, 9).await.unwrap();
            assert_eq!(store.acquire_or_renew("first", Nonce([1; 16]), READ_TIMEOUT).await.unwrap(), Some(1));
        }
        started.elapsed()
    };
    let (written, read) = tokio::join!(store.append(UnixMs(2), vec![Fact::Sighted]), reading);
    // The lock is not awaited for ever, and nothing is left of the attempt.
    assert!(matches!(written, Err(StoreError::Database(_))), "{written:?}");
    assert!(read < Duration::from_secs(2), "{read:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut stranger).await.unwrap();
    store.set_fence(Some(Fence { term: 1, nonce: Nonce([1; 16]) }));
    assert_eq!(store.append(UnixMs(2), vec![Fact::Sighted]).await.unwrap().head.seq, 2);
}

#[tokio::test]
async fn a_leader_that_stops_in_the_middle_of_a_write_does_not_keep_the_lease() {
    let (database, proxy) = (SERVER.database(), Proxy::to(&SERVER).await);
    let (first, second) = (Nonce([1; 16]), Nonce([2; 16]));
    let stopped = opened(&proxy.address(&database)).await;
    let other = opened(&SERVER.address(&database)).await;
    let term = stopped.acquire_or_renew("first", first, Duration::from_millis(1)).await.unwrap().unwrap();
    stopped.set_fence(Some(Fence { term, nonce: first }));
    proxy.arm("UPDATE head", Fault::Stall);
    let stopped = tokio::spawn(async move { stopped.append(UnixMs(1), vec![Fact::Blinded]).await });
    let term = until_ok(async || {
        let taken = other.acquire_or_renew("second", second, WRITE_TIMEOUT).await;
        taken.map_err(|error| error.to_string())?.ok_or_else(|| "held by another".to_owned())
    })
    .await;
    other.set_fence(Some(Fence { term, nonce: second }));
    until_ok(async || other.append(UnixMs(1), vec![Fact::Sighted]).await).await;
    assert!(stopped.await.unwrap().is_err());
    let entries = other.entries_after(0, 9).await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0].fact, Fact::Sighted);
}

#[tokio::test]
async fn a_renewal_that_hangs_is_overtaken_by_one_on_a_new_connection() {
    let (database, proxy) = (SERVER.database(), Proxy::to(&SERVER).await);
    let store: Arc<dyn Lease> = Arc::new(opened(&proxy.address(&database)).await);
    let leadership = Leadership::new(Arc::clone(&store), "first".to_owned(), Arc::<Standing>::default());
    let _lead = leadership.gain().await.unwrap().unwrap();
    proxy.arm("INSERT INTO leases", Fault::Stall);
    let (started, mut least) = (Instant::now(), LEASE_TTL);
    // For as long as one ask may hang.
    while started.elapsed() < Duration::from_secs(3) {
        least = least.min(store.holder().await.unwrap().unwrap().left);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(proxy.is_disarmed(), "no renewal was met");
    assert!(least > LEASE_TTL.checked_sub(Duration::from_secs(2)).unwrap(), "{least:?}");
}
