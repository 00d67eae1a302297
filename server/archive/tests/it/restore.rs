//! Restoring: to the end, to an entry, to a moment; and what is not possible.

use std::sync::Arc;

use age::secrecy::ExposeSecret;
use pharos_archive::{ArchiveError, Seal, Target, is_possible, restore};
use pharos_model::UnixMs;
use pharos_store::SqliteStore;

use crate::{Place, archived, folded, live};

#[tokio::test]
async fn what_is_restored_is_what_was_there() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 50).await;
    store.renew_watch(UnixMs(505)).await.unwrap();
    archived(&place.archive(), &store, 600).await;
    let restored = place.restored(&place.archive(), "two", Target::End).await;
    assert_eq!((restored.head, restored.origin), (store.head().await.unwrap(), store.origin()));
    let two = place.store("two").await;
    assert_eq!(folded(&two).await, folded(&store).await);
    assert_eq!(two.last_watch().await.unwrap(), Some(UnixMs(505)));
}

#[tokio::test]
async fn a_moment_is_restored_to_the_entry() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 50).await;
    archived(&place.archive(), &store, 600).await;
    for (at, seq) in [(0, 1), (9, 1), (10, 2), (255, 26), (500, 51), (600, 51)] {
        let name = format!("at-{at}");
        let restored = place.restored(&place.archive(), &name, Target::Until(UnixMs(at))).await;
        assert_eq!(restored.head.seq, seq, "{at}");
        let two = place.store(&name).await;
        assert_eq!(
            two.rows_after(0, 100).await.unwrap(),
            store.rows_after(0, seq.try_into().unwrap()).await.unwrap()
        );
        // Up to then somebody watched, and from then on nobody did.
        assert_eq!(two.last_watch().await.unwrap(), Some(UnixMs(at)));
    }
}

#[tokio::test]
async fn an_entry_is_restored() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 50).await;
    archived(&place.archive(), &store, 600).await;
    let restored = place.restored(&place.archive(), "two", Target::Seq(17)).await;
    assert_eq!((restored.head.seq, restored.covers), (17, UnixMs(160)));
}

async fn impossible(place: &Place, target: Target) -> String {
    let manifest = place.archive().manifest_of(None).await.unwrap();
    let store = SqliteStore::open_to_fill(&place.path("never")).await.unwrap();
    let error = restore(&place.archive(), &manifest, Arc::new(store), target).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Impossible { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_a_sentence_that_names_what_is() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 99_999, 2).await;
    archived(&place.archive(), &store, 2_000_000).await;
    let after = impossible(&place, Target::Until(UnixMs(2_000_001))).await;
    assert!(after.contains("from 1970-01-01T00:00:00Z to 1970-01-01T00:33:20Z"), "{after}");
    let before = impossible(&place, Target::Until(UnixMs(-1))).await;
    assert!(before.contains("from 1970-01-01T00:00:00Z"), "{before}");
    let seq = impossible(&place, Target::Seq(4)).await;
    assert!(seq.contains("from 1 to 3"), "{seq}");
    impossible(&place, Target::Seq(0)).await;
    let absent = Place::new().archive().manifest_of(None).await.unwrap_err();
    assert!(matches!(absent, ArchiveError::Absent { .. }));
}

#[tokio::test]
async fn a_sealed_archive_is_restored_with_its_key_and_not_without() {
    let place = Place::new();
    let key = age::x25519::Identity::generate();
    let sealing = Seal::for_recipients([key.to_public().to_string().as_str()]).unwrap();
    let store = place.store("one").await;
    live(&store, 0, 5).await;
    archived(&place.sealed(sealing), &store, 100).await;
    let manifest = place.archive().manifest_of(None).await.unwrap();
    let told = pharos_archive::verify(&place.archive(), &manifest).await.unwrap();
    assert!(!told.opened && told.objects > 2 && told.entries == 0);
    let never = SqliteStore::open_to_fill(&place.path("never")).await.unwrap();
    let refused = restore(&place.archive(), &manifest, Arc::new(never), Target::End).await;
    assert!(matches!(refused, Err(ArchiveError::Sealed { .. })), "{refused:?}");
    let other = age::x25519::Identity::generate().to_string();
    let other = place.sealed(Seal::default().with_identities(other.expose_secret()).unwrap());
    let refused = pharos_archive::verify(&other, &manifest).await.unwrap_err();
    assert!(matches!(refused, ArchiveError::OtherKey { .. }), "a wrong key is no damage: {refused}");
    let refused = is_possible(&other, &manifest, Target::End).await;
    assert!(matches!(refused, Err(ArchiveError::OtherKey { .. })), "before a place is touched: {refused:?}");
    let opening = Seal::default().with_identities(key.to_string().expose_secret()).unwrap();
    let restored = place.restored(&place.sealed(opening), "two", Target::End).await;
    assert_eq!(restored.head, store.head().await.unwrap());
}
