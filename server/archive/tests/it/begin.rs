//! Which journal may go on with an archive.

use std::sync::Arc;

use pharos_archive::{ArchiveError, Target, Writer, verify};
use pharos_model::UnixMs;
use pharos_store::Store;

use crate::{Place, archived, live};

async fn refused(place: &Place, store: &Arc<dyn Store>) -> String {
    let error = Writer::begin(place.archive(), Arc::clone(store), 1).await.err().unwrap();
    assert!(matches!(error, ArchiveError::Foreign { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn an_empty_journal_does_not_overwrite_an_archive() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 5).await;
    archived(&place.archive(), &store, 100).await;
    let before = place.archive().manifest_of(None).await.unwrap();
    let error = refused(&place, &place.store("empty").await).await;
    assert!(error.contains("6 entries"), "{error}");
    assert_eq!(place.archive().manifest_of(None).await.unwrap(), before);
}

#[tokio::test]
async fn an_old_copy_of_the_database_does_not_overwrite_an_archive() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 5).await;
    store.close().await.unwrap();
    drop(store);
    std::fs::create_dir(place.path("old")).unwrap();
    std::fs::copy(place.path("one").join("pharos.db"), place.path("old").join("pharos.db")).unwrap();
    let store = place.store("one").await;
    live(&store, 5, 5).await;
    archived(&place.archive(), &store, 200).await;
    let old = place.store("old").await;
    assert!(refused(&place, &old).await.contains("lacks the newest"));
    // Nor when it went on to as many entries, of its own.
    live(&old, 20, 5).await;
    assert!(refused(&place, &old).await.contains("lacks the newest"));
}

#[tokio::test]
async fn a_restored_journal_goes_on_with_the_archive_under_its_own_name() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 9).await;
    archived(&place.archive(), &store, 100).await;
    drop(store);
    place.restored(&place.archive(), "two", Target::End).await;
    let two = place.store("two").await;
    live(&two, 9, 3).await;
    let writer = archived(&place.archive(), &two, 200).await;
    let manifest = writer.manifest();
    assert_eq!(manifest.origin, two.origin());
    assert_eq!(
        manifest.segments.iter().map(|part| (part.first, part.last)).collect::<Vec<_>>(),
        [(1, 10), (11, 13)]
    );
    assert_eq!(verify(&place.archive(), manifest).await.unwrap().entries, 13);
}

#[tokio::test]
async fn the_life_before_a_restore_can_still_be_restored() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 9).await;
    archived(&place.archive(), &store, 100).await;
    let life = store.origin();
    place.restored(&place.archive(), "two", Target::Seq(4)).await;
    let two = place.store("two").await;
    archived(&place.archive(), &two, 200).await;
    assert_eq!(place.archive().manifest_of(None).await.unwrap().seq, 4);
    let lives = place.archive().lives().await.unwrap();
    let told = lives.iter().map(|life| (life.name.as_str(), life.end)).collect::<Vec<_>>();
    let expected = [(two.origin(), 4, 200), (life.clone(), 10, 100)]
        .map(|(name, seq, at)| (name, Some((seq, UnixMs(at)))));
    assert_eq!(told, expected.each_ref().map(|(name, end)| (name.as_str(), *end)));
    let before = place.archive().manifest_of(Some(&life)).await.unwrap();
    assert_eq!(verify(&place.archive(), &before).await.unwrap().entries, 10);
}

#[tokio::test]
async fn of_many_lives_the_newest_is_told_first_and_last_what_is_lost() {
    let place = Place::new();
    let mut store = place.store("0").await;
    live(&store, 0, 3).await;
    archived(&place.archive(), &store, 100).await;
    let mut expected = vec![store.origin().as_str().to_owned()];
    for number in 1..6 {
        let name = number.to_string();
        place.restored(&place.archive(), &name, Target::Seq(2)).await;
        store = place.store(&name).await;
        archived(&place.archive(), &store, 100 + number).await;
        expected.insert(0, store.origin().as_str().to_owned());
    }
    let lost = expected.remove(2);
    std::fs::write(place.path("archive").join(format!("lives/{lost}/manifest.json")), "damaged").unwrap();
    let lives = place.archive().lives().await.unwrap();
    let told = lives.iter().map(|life| life.name.clone()).collect::<Vec<_>>();
    assert_eq!(told, [expected, vec![lost]].concat());
    assert_eq!(lives.last().unwrap().end, None);
}

#[tokio::test]
async fn a_restored_journal_does_not_overwrite_an_archive_that_went_on() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 9).await;
    let mut writer = archived(&place.archive(), &store, 100).await;
    place.restored(&place.archive(), "two", Target::End).await;
    live(&store, 9, 1).await;
    writer.journal(UnixMs(300)).await.unwrap();
    let error = refused(&place, &place.store("two").await).await;
    assert!(error.contains("somebody went on with it"), "{error}");
}

#[tokio::test]
async fn who_went_on_before_a_restored_journal_is_told() {
    let place = Place::new();
    let store = place.store("one").await;
    live(&store, 0, 9).await;
    let mut writer = archived(&place.archive(), &store, 100).await;
    place.restored(&place.archive(), "two", Target::End).await;
    archived(&place.archive(), &place.store("two").await, 200).await;
    live(&store, 9, 1).await;
    assert!(matches!(writer.journal(UnixMs(300)).await, Err(ArchiveError::Overtaken { .. })));
    assert!(refused(&place, &store).await.contains("this is journal"));
}
