//! A primary that is lost, a standby that takes over, and what is lost with it.

use pharos_engine::{Fact, Fold};
use pharos_model::{Status, UnixMs};
use pharos_store::{Accounts as _, Lost, PostgresStore, Store, StoreError};
use pharos_test_servers::Postgres;

use super::{opened, until_ok};
use crate::{configured, day, sample, status};

const DATABASE: &str = "postgres";

/// The address of a database that stands on several hosts.
fn on(hosts: &[&Postgres]) -> String {
    let hosts: Vec<_> = hosts.iter().map(|host| format!("127.0.0.1:{}", host.port)).collect();
    format!("postgres://postgres@{}/{DATABASE}?sslmode=disable", hosts.join(","))
}

async fn append(store: &PostgresStore, at: i64) -> Result<u64, StoreError> {
    store.append(UnixMs(at), vec![Fact::Blinded]).await.map(|appended| appended.head.seq)
}

#[tokio::test]
async fn the_promoted_standby_is_found_and_the_old_primary_is_not_gone_back_to() {
    let mut primary = Postgres::primary();
    let mut standby = primary.standby();
    // The standby comes first in the list, and is not the one to write to.
    let store = opened(&on(&[&standby, &primary])).await;
    assert_eq!(append(&store, 1).await.unwrap(), 1);
    primary.wait_for(&standby);
    primary.crash();
    standby.promote();
    assert_eq!(until_ok(async || append(&store, 2).await).await, 2);
    assert_eq!(store.entries_after(0, 9).await.unwrap().len(), 2);
    assert!(store.users().await.unwrap().is_empty());
    // Started again by mistake it takes itself for the primary still.
    primary.start();
    standby.crash();
    let refused = until_ok(async || match append(&store, 3).await {
        Err(StoreError::Unreachable { tried }) => Ok(tried),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert!(refused.contains("is on timeline 1, and 2 was seen"), "{refused}");
    standby.start();
    assert_eq!(until_ok(async || append(&store, 3).await).await, 3);
}

#[tokio::test]
async fn of_two_primaries_the_newer_one_is_written_to_from_the_start() {
    let primary = Postgres::primary();
    let standby = primary.standby();
    standby.promote();
    let store = opened(&on(&[&primary, &standby])).await;
    append(&store, 1).await.unwrap();
    assert_eq!(standby.sql(DATABASE, "select seq from head"), "1");
}

#[tokio::test]
async fn entries_that_a_failover_lost_are_noticed_and_the_journal_goes_on_under_another_name() {
    let mut primary = Postgres::primary();
    let standby = primary.standby();
    let store = opened(&on(&[&primary, &standby])).await;
    let begin = vec![day(0), configured(&["api"])];
    store.append(UnixMs(0), begin).await.unwrap();
    primary.wait_for(&standby);
    primary.freeze_senders();
    store.append(UnixMs(5), vec![status("api", Status::MajorOutage, 5)]).await.unwrap();
    let (before, lost) = (store.origin(), store.load().await.unwrap());
    primary.crash();
    standby.promote();
    // Another node, which never saw what was lost, writes something else in its place.
    let other = opened(&on(&[&standby])).await;
    other.append(UnixMs(6), vec![Fact::Blinded, Fact::Sighted]).await.unwrap();
    let noticed = until_ok(async || match store.entries_after(lost.seq, 9).await {
        Err(StoreError::Diverged { seq }) => Ok(seq),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert_eq!(noticed, 3);
    let refused = append(&store, 9).await;
    assert!(matches!(refused, Err(StoreError::Diverged { seq: 3 })), "{refused:?}");
    let fold = until_ok(async || store.load().await).await;
    assert_eq!(fold.seq, 4);
    assert_eq!(store.take_lost(), Some(Lost { kept: 2, seen: 3 }));
    assert_eq!(store.take_lost(), None);
    assert_ne!(store.origin(), before);
    assert_eq!(fold.board.origin, store.origin());
    // The other had seen nothing of it, and takes the new name all the same.
    until_ok(async || if other.has_diverged() { Ok(()) } else { Err("it goes on under the old name") }).await;
    other.load().await.unwrap();
    assert_eq!((other.origin(), other.take_lost()), (store.origin(), Some(Lost { kept: 4, seen: 4 })));
    assert_eq!(append(&store, 9).await.unwrap(), 5);
    let mut folded = Fold::empty(store.origin());
    for entry in store.entries_after(0, 9).await.unwrap() {
        folded.apply(&entry).unwrap();
    }
    assert_eq!(store.load().await.unwrap(), folded);
}

#[tokio::test]
async fn a_failover_is_told_of_with_the_observations_that_it_lost() {
    let mut primary = Postgres::primary();
    let standby = primary.standby();
    let store = opened(&on(&[&primary, &standby])).await;
    let failovers = store.failovers();
    store.record(vec![sample(1_000), sample(2_000)]).await.unwrap();
    primary.wait_for(&standby);
    primary.freeze_senders();
    store.record(vec![sample(3_000), sample(4_000)]).await.unwrap();
    let key = |slot: i64| (sample(slot).check, UnixMs(slot));
    let recorded = [1_000, 2_000, 3_000, 4_000].map(key);
    assert_eq!(store.missing(&recorded).await.unwrap(), []);
    assert!(!failovers.has_changed().unwrap());
    primary.crash();
    standby.promote();
    until_ok(async || append(&store, 1).await).await;
    assert!(failovers.has_changed().unwrap());
    assert_eq!(until_ok(async || store.missing(&recorded).await).await, [3_000, 4_000].map(key));
}

#[tokio::test]
async fn a_primary_that_another_has_taken_over_from_is_left_although_it_still_answers() {
    let primary = Postgres::primary();
    let standby = primary.standby();
    let store = opened(&on(&[&primary, &standby])).await;
    append(&store, 1).await.unwrap();
    primary.wait_for(&standby);
    assert_eq!(store.rivals(), Vec::<String>::new());
    standby.promote();
    until_ok(async || {
        let appended = append(&store, 2).await;
        if standby.sql(DATABASE, "select seq from head") != "1" {
            return Ok(());
        }
        // What was still written to the old one is lost.
        if matches!(appended, Err(StoreError::Diverged { .. })) {
            store.load().await.map_err(|error| error.to_string())?;
        }
        Err(format!("{appended:?}"))
    })
    .await;
    // The old one is still there, and that is said.
    let said = until_ok(async || store.rivals().pop().ok_or("nothing is said")).await;
    assert_eq!(said, format!("127.0.0.1:{} takes writes on timeline 1", primary.port));
}
