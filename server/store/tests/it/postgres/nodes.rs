//! Several nodes on one database.

use std::time::{Duration, Instant};

use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{PostgresStore, Sample, Store};

use super::{PATIENCE, SERVER, fresh, opened};
use crate::sample;

async fn told(store: &PostgresStore, seq: u64) {
    let mut told = store.watch();
    tokio::time::timeout(PATIENCE, told.wait_for(|head| *head >= seq)).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_one_node_appends_another_hears_of_soon_without_being_told() {
    let (database, store) = fresh().await;
    let other = opened(&SERVER.address(&database)).await;
    store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
    let started = Instant::now();
    told(&other, 1).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(other.entries_after(0, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn with_hints_nodes_hear_of_each_other_too() {
    let address = format!("{}&hints=on", SERVER.address(&SERVER.database()));
    let (store, other) = (opened(&address).await, opened(&address).await);
    for seq in 1..=5 {
        store.append(UnixMs(1), vec![Fact::Blinded]).await.unwrap();
        told(&other, seq).await;
    }
}

#[tokio::test]
async fn two_nodes_that_append_at_once_leave_no_gap_and_break_no_chain() {
    let (database, store) = fresh().await;
    let other = opened(&SERVER.address(&database)).await;
    let appending = async |store: &PostgresStore| {
        for _ in 0..40 {
            store.append(UnixMs(1), vec![Fact::Blinded, Fact::Sighted]).await.unwrap();
        }
    };
    tokio::join!(appending(&store), appending(&other));
    // Reading verifies the chain.
    let entries = store.entries_after(0, 1_000).await.unwrap();
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=160));
    assert_eq!(store.head().await.unwrap(), other.head().await.unwrap());
}

#[tokio::test]
async fn checks_that_another_node_numbered_keep_their_numbers() {
    let (database, store) = fresh().await;
    let other = opened(&SERVER.address(&database)).await;
    store.record(vec![sample(1)]).await.unwrap();
    other.record(vec![sample(1), sample(2)]).await.unwrap();
    let seen = store.observations(&sample(1).check, 9).await.unwrap();
    assert_eq!(seen, [sample(2), sample(1)]);
}

#[tokio::test]
async fn a_reason_with_a_zero_byte_is_kept_without_it() {
    let (_, store) = fresh().await;
    let odd = Sample { reason: Some("got \0 bytes".into()), ..sample(1) };
    store.record(vec![odd]).await.unwrap();
    let seen = store.observations(&sample(1).check, 1).await.unwrap();
    assert_eq!(seen[0].reason.as_deref(), Some("got  bytes"));
}
