//! Writing: what is new, beside what is there, under a manifest that only one may replace.

use std::sync::Arc;

use pharos_archive::{ArchiveError, Writer, verify};
use pharos_model::UnixMs;

use crate::{Place, archived, live};

#[tokio::test]
async fn what_is_new_is_written_beside_what_is_there() {
    let place = Place::new();
    let (archive, store) = (place.archive(), place.store("one").await);
    live(&store, 0, 10).await;
    let mut writer = archived(&archive, &store, 200).await;
    let first = writer.manifest().segments[0].clone();
    live(&store, 10, 5).await;
    writer.journal(UnixMs(300)).await.unwrap();
    let (manifest, _) = archive.manifest().await.unwrap().unwrap();
    assert_eq!(
        manifest.segments.iter().map(|part| (part.first, part.last)).collect::<Vec<_>>(),
        [(1, 11), (12, 16)]
    );
    assert_eq!(manifest.segments[0], first);
    assert_eq!((manifest.seq, manifest.covers), (16, UnixMs(300)));
    assert_eq!(verify(&archive, &manifest).await.unwrap().entries, 16);
}

#[tokio::test]
async fn however_often_it_is_written_its_parts_stay_few() {
    let place = Place::new();
    let (archive, store) = (place.archive(), place.store("one").await);
    let mut writer = Writer::begin(archive.clone(), Arc::clone(&store), 1).await.unwrap();
    for number in 0..200 {
        live(&store, number, 1).await;
        writer.journal(UnixMs((number + 1) * 10)).await.unwrap();
    }
    assert!(writer.manifest().segments.len() < 40, "{}", writer.manifest().segments.len());
    let manifest = archive.manifest_of(None).await.unwrap();
    assert_eq!(verify(&archive, &manifest).await.unwrap().entries, 201);
}

#[tokio::test]
async fn time_that_passes_without_news_is_covered_too() {
    let place = Place::new();
    let (archive, store) = (place.archive(), place.store("one").await);
    live(&store, 0, 1).await;
    let mut writer = archived(&archive, &store, 50).await;
    writer.journal(UnixMs(9_000)).await.unwrap();
    let manifest = archive.manifest_of(None).await.unwrap();
    assert_eq!((manifest.covers, manifest.segments.len()), (UnixMs(9_000), 1));
}

#[tokio::test]
async fn of_two_writers_the_later_one_is_believed_and_the_other_told() {
    let place = Place::new();
    let (archive, store) = (place.archive(), place.store("one").await);
    live(&store, 0, 3).await;
    let mut old = archived(&archive, &store, 50).await;
    let mut new = Writer::begin(archive.clone(), Arc::clone(&store), 2).await.unwrap();
    live(&store, 3, 3).await;
    new.journal(UnixMs(100)).await.unwrap();
    let refused = old.journal(UnixMs(90)).await;
    assert!(matches!(refused, Err(ArchiveError::Overtaken { .. })), "{refused:?}");
    let manifest = archive.manifest_of(None).await.unwrap();
    assert_eq!((manifest.term, manifest.seq, manifest.covers), (2, 7, UnixMs(100)));
}
