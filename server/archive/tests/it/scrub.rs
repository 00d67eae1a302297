//! Scrubbing: whatever changed in a database by itself is found, and named.

use std::sync::Arc;
use std::time::Duration;

use pharos_archive::{HistoryWriter, Manner, Scrubbed, scrub};
use pharos_engine::Fact;
use pharos_model::{Change, Maintenance, MaintenanceId, Status, UnixMs};
use pharos_store::{Retention, Store};
use sqlx::Connection;

use crate::{Place, archived, live, sample, status};

const HOUR: i64 = 3_600_000;
const NOW: UnixMs = UnixMs(40 * HOUR);
const FOREVER: Retention = Retention { samples_ms: u64::MAX, minutes_ms: u64::MAX, hours_ms: u64::MAX };

/// A store with something of everything, and its archive.
async fn made(place: &Place) -> Arc<dyn Store> {
    let store = place.store("one").await;
    live(&store, 0, 40).await;
    store.record((0..8_640).map(|slot| sample("api/http", slot * 10_000)).collect()).await.unwrap();
    store.roll_up(UnixMs(25 * HOUR)).await.unwrap();
    archived(&place.archive(), &store, NOW.0).await;
    let mut history = HistoryWriter::begin(place.archive(), Arc::clone(&store), FOREVER).await.unwrap();
    while history.step(NOW).await.unwrap() {}
    store
}

/// Changes the database behind everybody's back.
async fn change(place: &Place, statement: &'static str) {
    let path = place.path("one").join("pharos.db");
    let mut connection =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let done = sqlx::query(statement).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

async fn scrubbed(place: &Place, store: &Arc<dyn Store>, mends: bool) -> Scrubbed {
    let (archive, manifest) = (place.archive(), place.archive().manifest_of(None).await.unwrap());
    let manner = Manner { now: NOW, pause: Duration::ZERO, mends };
    scrub(&**store, Some((&archive, &manifest)), manner).await.unwrap()
}

#[tokio::test]
async fn a_database_that_is_good_is_called_good() {
    let place = Place::new();
    let store = made(&place).await;
    let told = scrubbed(&place, &store, false).await;
    assert_eq!(told.faults, Vec::<String>::new());
    assert_eq!((told.entries, told.components), (41, 1));
    assert!(told.slices > 100, "{told:?}");
}

#[tokio::test]
async fn what_changed_by_itself_is_named_and_mended_from_the_archive() {
    for (statement, told) in [
        (
            "UPDATE journal SET payload = replace(payload, 'major', 'minor') WHERE seq = 7",
            "entry 7 of the journal",
        ),
        ("DELETE FROM journal WHERE seq = 12", "entry 12 of the journal"),
        ("UPDATE spans SET starts_at = starts_at + 1 WHERE id = 9", "the spans of api"),
        ("DELETE FROM spans WHERE id = 9", "the spans of api"),
        ("UPDATE spans SET status = 'operational' WHERE id = 9", "the spans of api"),
        ("UPDATE samples SET latency_us = latency_us + 1 WHERE scheduled_at = 3600000", "samples from"),
        ("DELETE FROM samples WHERE scheduled_at = 3600000", "samples from"),
        (
            "UPDATE rollups SET looks = looks + 1 WHERE resolution = 60000 AND starts_at = 3600000",
            "minutes from",
        ),
        (
            "UPDATE rollups SET sketch = x'00' WHERE resolution = 3600000 AND starts_at = 3600000",
            "hours from",
        ),
    ] {
        let place = Place::new();
        let store = made(&place).await;
        change(&place, statement).await;
        let faults = scrubbed(&place, &store, false).await.faults;
        assert!(faults.iter().any(|fault| fault.contains(told)), "{statement}: {faults:?}");
        let mended = scrubbed(&place, &store, true).await;
        assert!(mended.mended > 0, "{statement}: {mended:?}");
        let after = scrubbed(&place, &store, false).await;
        assert_eq!(after.faults, Vec::<String>::new(), "{statement}");
    }
}

#[tokio::test]
async fn maintenance_that_is_gone_or_another_is_named_and_made_anew_from_the_journal() {
    let place = Place::new();
    let store = made(&place).await;
    for id in ["one", "two"] {
        let maintenance = Maintenance { id: MaintenanceId::new(id).unwrap(), ..Maintenance::default() };
        let fact = Fact::Public(Change::MaintenanceChanged(Box::new(maintenance)));
        store.append(UnixMs(50_000), vec![fact]).await.unwrap();
    }
    for statement in [
        "DELETE FROM maintenances WHERE id = 'one'",
        "UPDATE maintenances SET payload = 'x' WHERE id = 'two'",
    ] {
        change(&place, statement).await;
        let faults = scrubbed(&place, &store, false).await.faults;
        assert!(faults.iter().any(|fault| fault.starts_with("the maintenance ")), "{statement}: {faults:?}");
        assert!(scrubbed(&place, &store, true).await.mended > 0, "{statement}");
        assert_eq!(scrubbed(&place, &store, false).await.faults, Vec::<String>::new(), "{statement}");
    }
}

#[tokio::test]
async fn what_goes_on_meanwhile_is_no_damage() {
    let place = Place::new();
    let store = made(&place).await;
    let writing = async {
        for number in 0..20 {
            let at = 50_000 + number * 10;
            let is = if number % 2 == 0 { Status::Operational } else { Status::MajorOutage };
            store.append(UnixMs(at), vec![status("api", is, at)]).await.unwrap();
        }
    };
    let (found, ()) = tokio::join!(scrubbed(&place, &store, false), writing);
    assert_eq!(found.faults, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_let_go_in_its_time_is_no_damage() {
    let place = Place::new();
    let store = made(&place).await;
    // In the middle of slices of each kind.
    let kept = |hours: u64, minutes: u64| (hours * 60 + minutes) * 60_000;
    let retention = Retention { samples_ms: kept(30, 5), minutes_ms: kept(28, 30), hours_ms: kept(27, 30) };
    store.retain(NOW, retention).await.unwrap();
    assert_eq!(scrubbed(&place, &store, false).await.faults, Vec::<String>::new());
}
