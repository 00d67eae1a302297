//! What a store promises about copying: what is read out of one and put into an empty one makes the same.

use std::sync::Arc;

use pharos_engine::Fact;
use pharos_model::{Change, Status, UnixMs};
use pharos_store::{
    AccountChange, Accounts, AuditFilter, Copies, JournalRow, Resolution, Restorer, Store, StoreError,
};

use super::{MINUTE, Place, append, entry, incident, user};
use crate::{component, configured, day, sample, status};

const END: UnixMs = UnixMs(i64::MAX);

/// A store with something of everything in it.
async fn lived<P: Place>() -> (P, P::Store) {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![day(0), configured(&["api", "web"]), Fact::Blinded]).await;
    append(
        &store,
        10,
        vec![
            status("api", Status::MajorOutage, 5),
            Fact::Public(Change::IncidentOpened(incident("one", "api", 5))),
        ],
    )
    .await;
    append(&store, 20, vec![status("api", Status::Operational, 15), status("web", Status::Operational, 20)])
        .await;
    append(&store, 30, vec![Fact::Public(Change::Unwatched { from: UnixMs(12), until: UnixMs(30) })]).await;
    append(&store, 40, vec![configured(&["api"]), status("api", Status::PartialOutage, 2)]).await;
    append(&store, 50, vec![configured(&["api", "web"]), Fact::Sighted]).await;
    store.record((0..100).map(|look| sample(look * 10_000)).collect()).await.unwrap();
    store.roll_up(UnixMs(10 * MINUTE)).await.unwrap();
    let put = AccountChange::PutUser(Box::new(user("ann", 0)));
    store.change_accounts(vec![put], vec![entry("pharos", "users/ann")]).await.unwrap();
    (place, store)
}

async fn fill(from: &impl Store, to: Arc<dyn Store>, rows: Vec<JournalRow>) -> Result<(), StoreError> {
    let mut restorer = Restorer::new(to);
    for some in rows.chunks(3) {
        restorer.journal(some.to_vec()).await?;
    }
    restorer.samples(from.samples_between(UnixMs(0), END, 1_000).await?).await?;
    for resolution in Resolution::ALL {
        restorer.rollups(from.rollups_between(resolution, UnixMs(0), END, 1_000).await?).await?;
    }
    restorer.accounts(from.users().await?, from.tokens().await?).await?;
    restorer.audit(from.audit_after(0, 1_000).await?).await?;
    let archived = from.head().await?.seq;
    restorer.end((from.origin(), archived), UnixMs(55), from.rolled_up_until().await?).await?;
    Ok(())
}

pub async fn what_is_filled_with_a_copy_tells_the_same<P: Place>() {
    let (_origin, store) = lived::<P>().await;
    let place = P::empty().await;
    let rows = store.rows_after(0, 1_000).await.unwrap();
    fill(&store, Arc::new(place.open_to_fill().await.unwrap()), rows.clone()).await.unwrap();
    let copy = place.open().await;

    assert_eq!(copy.head().await.unwrap(), store.head().await.unwrap());
    assert_eq!(copy.rows_after(0, 1_000).await.unwrap(), rows);
    assert_ne!(copy.origin(), store.origin());
    let parent = copy.parent().await.unwrap().unwrap();
    assert_eq!((parent.origin, parent.seq, parent.archived), (store.origin(), 12, Some(12)));
    let mut fold = copy.load().await.unwrap();
    fold.board.origin = store.origin();
    assert_eq!(fold, store.load().await.unwrap());
    for name in ["api", "web"] {
        let told = copy.spans(&component(name), UnixMs(i64::MIN), END, 100).await.unwrap();
        assert_eq!(told, store.spans(&component(name), UnixMs(i64::MIN), END, 100).await.unwrap(), "{name}");
    }
    let id = incident("one", "api", 5).id;
    assert_eq!(copy.incident(&id).await.unwrap(), store.incident(&id).await.unwrap());
    for resolution in Resolution::ALL {
        let told = copy.latency(&component("api"), UnixMs(0), END, resolution, 1).await.unwrap();
        let kept = store.latency(&component("api"), UnixMs(0), END, resolution, 1).await.unwrap();
        assert_eq!(told, kept, "{resolution:?}");
    }
    assert_eq!(copy.users().await.unwrap(), store.users().await.unwrap());
    let audit = copy.audit(&AuditFilter::default(), 10).await.unwrap();
    assert_eq!(audit, store.audit(&AuditFilter::default(), 10).await.unwrap());
    assert_eq!(copy.last_watch().await.unwrap(), Some(UnixMs(55)));
}

pub async fn what_was_filled_goes_on<P: Place>() {
    let (_origin, store) = lived::<P>().await;
    let place = P::empty().await;
    let rows = store.rows_after(0, 1_000).await.unwrap();
    fill(&store, Arc::new(place.open_to_fill().await.unwrap()), rows).await.unwrap();
    let copy = place.open().await;
    append(&copy, 60, vec![status("web", Status::Operational, 60)]).await;
    let entries = copy.entries_after(12, 10).await.unwrap();
    let places: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.after)).collect();
    assert_eq!(places, [(13, Some(11))]);
    // Looks that were rolled up already are not counted twice.
    copy.record(vec![sample(990_000), sample(995_000)]).await.unwrap();
    copy.roll_up(UnixMs(30 * MINUTE)).await.unwrap();
    let points = copy.latency(&component("api"), UnixMs(0), END, Resolution::Day, 1).await.unwrap();
    assert_eq!(points.iter().map(|point| point.count).sum::<u64>(), 101);
}

pub async fn what_was_filled_in_part_cannot_be_opened_and_is_begun_anew<P: Place>() {
    let (_origin, store) = lived::<P>().await;
    let place = P::empty().await;
    let rows = store.rows_after(0, 1_000).await.unwrap();
    let half: Arc<dyn Store> = Arc::new(place.open_to_fill().await.unwrap());
    Restorer::new(Arc::clone(&half)).journal(rows[..5].to_vec()).await.unwrap();
    half.close().await.unwrap();
    drop(half);
    assert!(matches!(place.try_open().await, Err(StoreError::Unfinished)));
    fill(&store, Arc::new(place.open_to_fill().await.unwrap()), rows).await.unwrap();
    assert_eq!(place.open().await.head().await.unwrap(), store.head().await.unwrap());
}

pub async fn a_place_with_a_journal_is_not_filled<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![day(0)]).await;
    place.close(store).await;
    assert!(matches!(place.open_to_fill().await, Err(StoreError::NotEmpty { seq: 1, .. })));
    assert_eq!(place.open().await.head().await.unwrap().seq, 1);
}

pub async fn a_store_that_is_not_being_filled_takes_no_pieces<P: Place>() {
    let (_origin, store) = lived::<P>().await;
    let before = store.head().await.unwrap();
    let refused = store.fill(pharos_store::Piece::Spans(Vec::new())).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })));
    assert_eq!(store.head().await.unwrap(), before);
}

pub async fn entries_that_do_not_follow_are_not_put_in<P: Place>() {
    let (_origin, store) = lived::<P>().await;
    let place = P::empty().await;
    let mut rows = store.rows_after(0, 1_000).await.unwrap();
    rows[6].payload = rows[6].payload.replace("web", "wet");
    let refused = fill(&store, Arc::new(place.open_to_fill().await.unwrap()), rows).await;
    assert!(matches!(refused, Err(StoreError::Damaged { seq: 7, .. })), "{refused:?}");
}
