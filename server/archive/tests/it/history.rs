//! The history: what charts show is the same after a restore, to the end and to a moment.

use std::sync::Arc;

use pharos_archive::{HistoryWriter, Target};
use pharos_model::UnixMs;
use pharos_store::{LatencyPoint, Resolution, Retention, Store};

use crate::{Place, archived, id, live, sample};

pub const HOUR: i64 = 3_600_000;
const FOREVER: Retention = Retention { samples_ms: u64::MAX, minutes_ms: u64::MAX, hours_ms: u64::MAX };

/// Looks every ten seconds for this long.
pub async fn watched(store: &Arc<dyn Store>, from: i64, until: i64) {
    let looks: Vec<_> =
        (from / 10_000..until / 10_000).map(|slot| sample("api/http", slot * 10_000)).collect();
    for looks in looks.chunks(5_000) {
        store.record(looks.to_vec()).await.unwrap();
    }
    store.roll_up(UnixMs(until)).await.unwrap();
}

pub async fn written(place: &Place, store: &Arc<dyn Store>, now: i64) -> HistoryWriter {
    archived(&place.archive(), store, now).await;
    let mut writer = HistoryWriter::begin(place.archive(), Arc::clone(store), FOREVER).await.unwrap();
    while writer.step(UnixMs(now)).await.unwrap() {}
    writer
}

async fn charts(store: &Arc<dyn Store>, until: i64) -> Vec<Vec<LatencyPoint>> {
    let mut charts = Vec::new();
    for resolution in Resolution::ALL {
        charts.push(store.latency(&id("api"), UnixMs(0), UnixMs(until), resolution, 1).await.unwrap());
    }
    charts
}

#[tokio::test]
async fn charts_are_the_same_after_a_restore() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    // Two days and some hours and minutes, so that days and hours are open.
    let end = 51 * HOUR + 40 * 60_000;
    watched(&store, 0, end).await;
    let writer = written(&place, &store, end).await;
    // The last slice of ten minutes has not settled.
    assert_eq!(writer.covers(), Some(UnixMs(51 * HOUR + 30 * 60_000)));
    let restored = place.restored(&place.archive(), "two", Target::End).await;
    assert_eq!(i64::try_from(restored.samples).unwrap(), (51 * HOUR + 30 * 60_000) / 10_000);
    let two = place.store("two").await;
    // What was seen after the last slice is lost, and everything before counts once.
    two.roll_up(UnixMs(end)).await.unwrap();
    let (_, other) = (0, place.store("three").await);
    watched(&other, 0, 51 * HOUR + 30 * 60_000).await;
    other.roll_up(UnixMs(end)).await.unwrap();
    assert_eq!(charts(&two, end).await, charts(&other, end).await);
}

#[tokio::test]
async fn charts_end_at_the_moment_that_is_restored() {
    let place = Place::new();
    let store = place.store("one").await;
    let end = 51 * HOUR;
    store.append(UnixMs(0), vec![crate::configured(&["api"])]).await.unwrap();
    watched(&store, 0, end).await;
    written(&place, &store, end).await;
    let moment = 30 * HOUR + 17 * 60_000 + 5_000;
    place.restored(&place.archive(), "two", Target::Until(UnixMs(moment))).await;
    let two = place.store("two").await;
    two.roll_up(UnixMs(end)).await.unwrap();
    let other = place.store("three").await;
    watched(&other, 0, moment + 10_000).await;
    other.roll_up(UnixMs(end)).await.unwrap();
    assert_eq!(charts(&two, end).await, charts(&other, end).await);
}

#[tokio::test]
async fn a_slice_into_which_something_came_late_is_written_anew() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    watched(&store, 0, 3 * HOUR).await;
    let mut writer = written(&place, &store, 3 * HOUR).await;
    store.record((0..10).map(|slot| sample("api/http@fra", HOUR + slot * 10_000)).collect()).await.unwrap();
    archived(&place.archive(), &store, 4 * HOUR).await;
    while writer.step(UnixMs(3 * HOUR + 700_000)).await.unwrap() {}
    let restored = place.restored(&place.archive(), "two", Target::End).await;
    let two = place.store("two").await;
    assert_eq!(restored.samples, 3 * 360 + 10);
    let minutes =
        two.latency(&id("api"), UnixMs(HOUR), UnixMs(HOUR + 60_000), Resolution::Minute, 1).await.unwrap();
    assert_eq!(minutes[0].count, 12);
}

#[tokio::test]
async fn what_is_past_its_time_is_let_go() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    watched(&store, 0, 3 * HOUR).await;
    written(&place, &store, 3 * HOUR).await;
    let kept = Retention { samples_ms: 3_600_000, ..FOREVER };
    let mut writer = HistoryWriter::begin(place.archive(), Arc::clone(&store), kept).await.unwrap();
    store.retain(UnixMs(3 * HOUR), kept).await.unwrap();
    while writer.step(UnixMs(3 * HOUR)).await.unwrap() {}
    archived(&place.archive(), &store, 4 * HOUR).await;
    let restored = place.restored(&place.archive(), "two", Target::End).await;
    // An hour, but for the slice that has not settled.
    assert_eq!(restored.samples, 300);
}

#[tokio::test]
async fn a_history_goes_no_further_than_a_journal_that_is_not_written_any_more() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    watched(&store, 0, 3 * HOUR).await;
    let mut writer = written(&place, &store, HOUR).await;
    while writer.step(UnixMs(3 * HOUR)).await.unwrap() {}
    assert!(writer.covers().unwrap() <= UnixMs(HOUR));
    let restored = place.restored(&place.archive(), "two", Target::End).await;
    assert_eq!(restored.history_covers, writer.covers());
    archived(&place.archive(), &store, 3 * HOUR).await;
    while writer.step(UnixMs(3 * HOUR)).await.unwrap() {}
    assert_eq!(writer.covers(), Some(UnixMs(3 * HOUR - 600_000)));
}

/// The history of the first life was taken for that of a stranger, and nothing could be restored any more.
#[tokio::test]
async fn a_journal_that_was_restored_twice_before_anything_was_seen_is_restored_again() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    watched(&store, HOUR, 2 * HOUR).await;
    written(&place, &store, 2 * HOUR).await;
    for name in ["two", "three"] {
        place.restored(&place.archive(), name, Target::Seq(2)).await;
        written(&place, &place.store(name).await, 3 * HOUR).await;
    }
    let manifest = place.archive().manifest_of(None).await.unwrap();
    pharos_archive::verify(&place.archive(), &manifest).await.unwrap();
    assert_eq!(place.restored(&place.archive(), "four", Target::End).await.head.seq, 2);
}

#[tokio::test]
async fn a_journal_without_any_history_is_restored() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 3).await;
    let writer = written(&place, &store, HOUR).await;
    assert_eq!(writer.covers(), None);
    for (name, target) in
        [("end", Target::End), ("until", Target::Until(UnixMs(25))), ("seq", Target::Seq(2))]
    {
        let restored = place.restored(&place.archive(), name, target).await;
        assert_eq!((restored.samples, restored.history_covers), (0, None));
    }
}
