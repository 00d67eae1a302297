//! What nodes tell of themselves and each other.

use std::time::Duration;

use pharos_store::{Beat, Fence, Lease as _, Letter, Nodes as _, Nonce, PostgresStore};

use super::{SERVER, fresh, opened};

const FIRST: Nonce = Nonce([1; 16]);
const SECOND: Nonce = Nonce([2; 16]);
const LEASE: Duration = Duration::from_mins(1);

/// What was collected, without how old it is.
async fn collected(store: &PostgresStore, id: Nonce, fence: Option<Fence>, limit: usize) -> Vec<Letter> {
    let letters = store.collect(id, fence, limit).await.unwrap();
    letters.into_iter().map(|(letter, _)| letter).collect()
}

fn letter(to: Option<Nonce>, number: u64) -> Letter {
    Letter { to, from: FIRST, number, body: vec![u8::try_from(number).unwrap()] }
}

fn beat(id: Nonce, seq: u64) -> Beat {
    Beat {
        id,
        name: format!("node {seq}"),
        version: "1.2.3".to_owned(),
        config: "abc".to_owned(),
        seq,
        term: (seq > 1).then_some(7),
        told: vec![1, 2, 3],
    }
}

#[tokio::test]
async fn a_node_hears_of_all_that_told_of_themselves_and_of_none_that_left() {
    let (database, store) = fresh().await;
    let other = opened(&SERVER.address(&database)).await;
    store.beat(&beat(FIRST, 1)).await.unwrap();
    let heard = other.beat(&beat(SECOND, 2)).await.unwrap();
    let beats: Vec<Beat> = heard.iter().map(|row| row.beat.clone()).collect();
    assert_eq!(beats, [beat(FIRST, 1), beat(SECOND, 2)]);
    assert!(heard.iter().all(|row| row.silent < Duration::from_secs(20)), "{heard:?}");
    store.leave(FIRST).await.unwrap();
    let heard = other.beat(&beat(SECOND, 3)).await.unwrap();
    assert_eq!(heard.into_iter().map(|row| row.beat).collect::<Vec<_>>(), [beat(SECOND, 3)]);
}

#[tokio::test]
async fn letters_come_to_whom_they_are_for_once_and_in_their_order() {
    let (database, store) = fresh().await;
    let other = opened(&SERVER.address(&database)).await;
    let sent: Vec<Letter> = (1..=5).map(|number| letter(Some(SECOND), number)).collect();
    assert!(store.post(sent.clone(), None).await.unwrap());
    assert_eq!(collected(&other, FIRST, None, 10).await, []);
    assert_eq!(collected(&other, SECOND, None, 2).await, sent[..2]);
    let (one, two) = tokio::join!(collected(&other, SECOND, None, 10), collected(&store, SECOND, None, 10));
    let mut rest = [one, two].concat();
    rest.sort_by_key(|letter| letter.number);
    assert_eq!(rest, sent[2..]);
}

#[tokio::test]
async fn letters_for_whoever_leads_come_to_who_holds_the_lease_only() {
    let (_database, store) = fresh().await;
    let term = store.acquire_or_renew("second", SECOND, LEASE).await.unwrap().unwrap();
    let fence = Fence { term, nonce: SECOND };
    store.post(vec![letter(None, 1)], None).await.unwrap();
    assert_eq!(collected(&store, FIRST, None, 10).await, []);
    let stale = Fence { term: term + 1, nonce: SECOND };
    assert_eq!(collected(&store, FIRST, Some(stale), 10).await, []);
    assert_eq!(collected(&store, SECOND, Some(fence), 10).await, [letter(None, 1)]);
}

#[tokio::test]
async fn a_leader_of_before_sends_nothing() {
    let (_database, store) = fresh().await;
    let term = store.acquire_or_renew("first", FIRST, LEASE).await.unwrap().unwrap();
    let stale = Fence { term, nonce: SECOND };
    assert!(!store.post(vec![letter(Some(SECOND), 1)], Some(stale)).await.unwrap());
    assert_eq!(collected(&store, SECOND, None, 10).await, []);
    let fence = Fence { term, nonce: FIRST };
    assert!(store.post(vec![letter(Some(SECOND), 1)], Some(fence)).await.unwrap());
    assert_eq!(collected(&store, SECOND, None, 10).await.len(), 1);
}

#[tokio::test]
async fn a_letter_is_taken_back_unless_somebody_has_it() {
    let (_database, store) = fresh().await;
    store.post(vec![letter(None, 1), letter(Some(SECOND), 2)], None).await.unwrap();
    assert!(store.withdraw(FIRST, 1).await.unwrap());
    collected(&store, SECOND, None, 10).await;
    assert!(!store.withdraw(FIRST, 2).await.unwrap());
}

#[tokio::test]
async fn letters_that_nobody_wanted_for_long_come_to_nobody() {
    let (database, store) = fresh().await;
    store.post(vec![letter(Some(SECOND), 1)], None).await.unwrap();
    SERVER.sql(&database, "UPDATE letters SET sent_at = sent_at - interval '61 seconds'");
    assert_eq!(collected(&store, SECOND, None, 10).await, []);
    store.beat(&beat(FIRST, 1)).await.unwrap();
    assert_eq!(SERVER.sql(&database, "SELECT count(*) FROM letters"), "0");
}
