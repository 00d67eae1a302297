//! Journal, fold, spans, samples and rollups on a fresh store.

use std::sync::Arc;

use pharos_engine::{Fact, Fold};
use pharos_model::{Change, Status, UnixMs};
use pharos_store::{Resolution, Retention, SqliteStore, Store, StoreError};
use sqlx::Connection;
use tempfile::TempDir;

use crate::{component, configured, day, sample, status};

async fn fresh() -> (TempDir, SqliteStore) {
    let directory = TempDir::new().unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    (directory, store)
}

async fn append(store: &SqliteStore, at: i64, facts: Vec<Fact>) {
    store.append(UnixMs(at), facts).await.unwrap();
}

#[tokio::test]
async fn places_are_gapless_and_public_entries_name_the_public_one_before() {
    let (_directory, store) = fresh().await;
    append(&store, 1, vec![day(0), Fact::Blinded, configured(&["api"])]).await;
    let entries = store.entries_after(0, 10).await.unwrap();
    let places: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.after)).collect();
    assert_eq!(places, [(1, Some(0)), (2, None), (3, Some(1))]);
}

#[tokio::test]
async fn time_that_goes_backwards_is_refused_and_harms_nobody_else() {
    let (_directory, store) = fresh().await;
    append(&store, 10, vec![day(0)]).await;
    let (bad, good) = tokio::join!(
        store.append(UnixMs(5), vec![Fact::Blinded]),
        store.append(UnixMs(10), vec![Fact::Sighted])
    );
    assert!(matches!(bad, Err(StoreError::Backwards { at: UnixMs(5), head: UnixMs(10) })), "{bad:?}");
    assert_eq!(good.unwrap().head.seq, 2);
}

#[tokio::test]
async fn many_writers_at_once_leave_no_gap() {
    let (_directory, store) = fresh().await;
    let store = Arc::new(store);
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..10 {
                    store.append(UnixMs(1), vec![Fact::Blinded, Fact::Sighted]).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = store.entries_after(0, 1_000).await.unwrap();
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=400));
    assert_eq!(*store.watch().borrow(), 400);
}

#[tokio::test]
async fn loading_from_a_snapshot_row_gives_the_same_as_folding_everything() {
    let (_directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api", "web"])]).await;
    append(&store, 50, vec![status("api", Status::Operational, 40)]).await;
    let half = store.load().await.unwrap();
    store.save_fold(&half).await.unwrap();
    append(&store, 90, vec![status("api", Status::MajorOutage, 80), status("web", Status::Operational, 90)])
        .await;
    let loaded = store.load().await.unwrap();
    let mut folded = Fold::empty(store.origin());
    for entry in store.entries_after(0, 100).await.unwrap() {
        folded.apply(&entry).unwrap();
    }
    assert_eq!(loaded, folded);
}

#[tokio::test]
async fn spans_tile_time_by_the_same_rules_as_the_snapshot() {
    let (_directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    append(&store, 50, vec![status("api", Status::Operational, 40)]).await;
    // Dated before the span it ends: clamped by both.
    append(&store, 60, vec![status("api", Status::MajorOutage, 10)]).await;
    let gap = Fact::Public(Change::Unwatched { from: UnixMs(70), until: UnixMs(90) });
    append(&store, 90, vec![gap, status("api", Status::Operational, 95)]).await;
    let fold = store.load().await.unwrap();
    let tally = fold.board.components[0].day_tally(&fold.board.days, 0, UnixMs(200));
    let spans = store.spans(&component("api"), UnixMs(0), UnixMs(200)).await.unwrap();
    for status in Status::ALL {
        let length = |span: &pharos_store::Span| span.ends_at.unwrap_or(UnixMs(200)).since_ms(span.starts_at);
        let ms: u64 = spans.iter().filter(|span| span.status == status).map(length).sum();
        assert_eq!(ms, tally.of(status), "{status:?} in {spans:?}");
    }
    assert!(spans.windows(2).all(|pair| pair[0].ends_at == Some(pair[1].starts_at)), "{spans:?}");
}

#[tokio::test]
async fn a_sample_of_one_slot_is_kept_once() {
    let (directory, store) = fresh().await;
    store.record(vec![sample(1_000), sample(1_000), sample(2_000)]).await.unwrap();
    store.record(vec![sample(2_000)]).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(count(&directory, "SELECT count(*) FROM samples").await, 2);
}

#[tokio::test]
async fn rolling_up_twice_counts_once_and_late_rounds_go_on_where_the_last_ended() {
    let (_directory, store) = fresh().await;
    let minute = 60_000;
    store.record((0..30).map(|look| sample(look * 10_000)).collect()).await.unwrap();
    for now in [2 * minute, 2 * minute, 10 * minute, 10 * minute] {
        store.roll_up(UnixMs(now + 10_000)).await.unwrap();
    }
    for (resolution, buckets) in [(Resolution::Minute, 5), (Resolution::Hour, 1), (Resolution::Day, 1)] {
        let points =
            store.latency(&component("api"), UnixMs(0), UnixMs(86_400_000), resolution).await.unwrap();
        assert_eq!(points.len(), buckets, "{resolution:?}");
        assert_eq!(points.iter().map(|point| point.count).sum::<u64>(), 30, "{resolution:?}");
        let median = points[0].p50_us.unwrap();
        assert!((980..=1_020).contains(&median), "{median}");
    }
}

#[tokio::test]
async fn what_is_past_its_time_is_let_go_and_days_are_kept() {
    let (directory, store) = fresh().await;
    store.record(vec![sample(0), sample(60_000)]).await.unwrap();
    store.roll_up(UnixMs(10 * 60_000)).await.unwrap();
    let retention = Retention { samples_ms: 1, minutes_ms: 1, hours_ms: 1 };
    store.retain(UnixMs(90_000_000), retention).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(count(&directory, "SELECT count(*) FROM samples").await, 0);
    assert_eq!(count(&directory, "SELECT count(*) FROM rollups").await, 1);
}

#[tokio::test]
async fn a_flipped_byte_is_found_and_named_before_it_is_shown() {
    let (directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api"]), Fact::Blinded]).await;
    store.close().await.unwrap();
    drop(store);
    count(
        &directory,
        "UPDATE journal SET payload = replace(payload, 'api', 'apj') WHERE seq = 2 RETURNING 1",
    )
    .await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let error = store.load().await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { seq: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_snapshot_row_is_passed_over() {
    let (directory, store) = fresh().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    let good = store.load().await.unwrap();
    store.save_fold(&good).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    count(&directory, "UPDATE folds SET body = replace(body, 'api', 'apj') RETURNING 1").await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), good);
}

#[tokio::test]
async fn a_second_open_of_one_directory_is_refused_until_the_first_is_gone() {
    let (directory, store) = fresh().await;
    let refused = SqliteStore::open(directory.path()).await.err().unwrap();
    assert!(refused.to_string().contains("pharos.lock is locked"), "{refused}");
    drop(store);
    assert!(SqliteStore::open(directory.path()).await.is_ok());
}

#[tokio::test]
async fn data_of_a_newer_version_is_refused() {
    let (directory, store) = fresh().await;
    store.close().await.unwrap();
    drop(store);
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (999, 'later', 1, x'00', 0) RETURNING 1";
    count(&directory, newer).await;
    let refused = SqliteStore::open(directory.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 999, .. }), "{refused}");
}

async fn count(directory: &TempDir, query: &'static str) -> i64 {
    let file = format!("sqlite://{}", directory.path().join("pharos.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let found = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}
