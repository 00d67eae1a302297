//! What a store promises of raw observations: counted once, rolled up exactly, let go in their time.

use pharos_model::{Status, UnixMs};
use pharos_store::{Resolution, Retention, RollupRow, Sketch, StageSums, Store};

use super::{DAY, MINUTE, Place};
use crate::{component, sample};

/// How many looks the chart of `api` knows of, and how many of them failed.
async fn looks(store: &impl Store, resolution: Resolution) -> (u64, u64) {
    let points = store.latency(&component("api"), UnixMs(0), UnixMs(10 * DAY), resolution, 1).await.unwrap();
    (points.iter().map(|point| point.count).sum(), points.iter().map(|point| point.failed).sum())
}

pub async fn a_sample_of_one_slot_is_counted_once<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.record(vec![sample(1_000), sample(1_000), sample(2_000)]).await.unwrap();
    store.record(vec![sample(2_000)]).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    assert_eq!(looks(&store, Resolution::Minute).await, (2, 0));
}

pub async fn rolling_up_twice_counts_once_and_late_rounds_go_on_where_the_last_ended<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.record((0..30).map(|look| sample(look * 10_000)).collect()).await.unwrap();
    for now in [3 * MINUTE, 3 * MINUTE, 10 * MINUTE, 10 * MINUTE] {
        store.roll_up(UnixMs(now)).await.unwrap();
    }
    for (resolution, buckets) in [(Resolution::Minute, 5), (Resolution::Hour, 1), (Resolution::Day, 1)] {
        let points = store.latency(&component("api"), UnixMs(0), UnixMs(DAY), resolution, 1).await.unwrap();
        assert_eq!(points.len(), buckets, "{resolution:?}");
        assert_eq!(points.iter().map(|point| point.count).sum::<u64>(), 30, "{resolution:?}");
        let median = points[0].p50_us.unwrap();
        assert!((980..=1_020).contains(&median), "{median}");
    }
}

pub async fn a_point_that_stands_for_several_minutes_is_made_of_all_their_looks<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    // One slow look in the first minute, ninety-nine quick ones in the second, and one in another ten minutes.
    let slow = pharos_store::Sample { latency_us: Some(900_000), ..sample(0) };
    let quick = (0..99).map(|look| sample(MINUTE + look));
    store.record(std::iter::once(slow).chain(quick).chain([sample(10 * MINUTE)]).collect()).await.unwrap();
    store.roll_up(UnixMs(20 * MINUTE)).await.unwrap();
    let (from, until) = (UnixMs(0), UnixMs(DAY));
    let points = store.latency(&component("api"), from, until, Resolution::Minute, 10).await.unwrap();
    let counts: Vec<_> = points.iter().map(|point| (point.start.0, point.count)).collect();
    assert_eq!(counts, [(0, 100), (10 * MINUTE, 1)]);
    let p95 = points[0].p95_us.unwrap();
    assert!((980..=1_020).contains(&p95), "{p95}");
}

pub async fn a_point_tells_where_the_time_of_its_looks_went<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let staged = |slot, first_byte| pharos_store::Sample {
        stages_us: [Some(1_000), Some(2_000), None, Some(first_byte), Some(500)],
        ..sample(slot)
    };
    // A look over TCP alone and one that failed tell nothing of stages.
    let failed =
        pharos_store::Sample { status: Status::MajorOutage, latency_us: None, ..staged(2, 9_000_000) };
    store.record(vec![staged(0, 10_000), staged(MINUTE, 30_000), failed, sample(3)]).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    for (resolution, merged) in [(Resolution::Minute, 10), (Resolution::Hour, 1), (Resolution::Day, 1)] {
        let points =
            store.latency(&component("api"), UnixMs(0), UnixMs(DAY), resolution, merged).await.unwrap();
        assert_eq!(points[0].stages_us, Some([1_000, 2_000, 0, 20_000, 500]), "{resolution:?}");
    }
    // What comes late is told too.
    store.record(vec![staged(4, 20_000)]).await.unwrap();
    let points = store.latency(&component("api"), UnixMs(0), UnixMs(DAY), Resolution::Hour, 1).await.unwrap();
    assert_eq!((points[0].count, points[0].stages_us), (5, Some([1_000, 2_000, 0, 20_000, 500])));
}

/// A look that waits for its answer is handed in long after it began, when its minute may be rolled up already.
pub async fn a_look_that_took_a_minute_to_fail_is_counted_in_its_own_minute<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.record(vec![sample(0)]).await.unwrap();
    store.roll_up(UnixMs(2 * MINUTE)).await.unwrap();
    let slow = pharos_store::Sample { status: Status::MajorOutage, latency_us: None, ..sample(MINUTE - 1) };
    store.record(vec![slow]).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    assert_eq!(looks(&store, Resolution::Minute).await, (2, 1));
    assert_eq!(looks(&store, Resolution::Day).await, (2, 1));
}

pub async fn what_no_component_is_behind_is_in_no_chart<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let reference = pharos_store::Sample {
        check: pharos_engine::CheckId("reference/tcp".to_owned()),
        component: None,
        ..sample(0)
    };
    store.record(vec![reference, sample(0)]).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    assert_eq!(looks(&store, Resolution::Hour).await, (1, 0));
}

pub async fn rollups_made_elsewhere_take_the_place_of_those_that_are_there<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    for looked in [3, 5] {
        let row = RollupRow {
            component: component("api"),
            resolution: Resolution::Hour,
            starts_at: UnixMs(0),
            looks: looked,
            failed: 1,
            sketch: Sketch::default(),
            stages: StageSums::default(),
        };
        store.import_rollups(vec![row]).await.unwrap();
    }
    assert_eq!(looks(&store, Resolution::Hour).await, (5, 1));
}

pub async fn minutes_and_hours_past_their_time_are_let_go_and_days_are_kept<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    store.record(vec![sample(0), sample(MINUTE)]).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    let retention = Retention { samples_ms: 1, minutes_ms: 1, hours_ms: 1 };
    store.retain(UnixMs(2 * DAY), retention).await.unwrap();
    assert_eq!(looks(&store, Resolution::Minute).await, (0, 0));
    assert_eq!(looks(&store, Resolution::Hour).await, (0, 0));
    assert_eq!(looks(&store, Resolution::Day).await, (2, 0));
}
