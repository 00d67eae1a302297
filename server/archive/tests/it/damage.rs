//! Damage: whatever is wrong with an archive is found before anything of it is believed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pharos_archive::{ArchiveError, HistoryWriter, Seal, verify};
use pharos_model::UnixMs;
use pharos_store::Retention;

use crate::{Place, archive_in, archived, live, sample};

/// An archive with something of everything, in a folder.
async fn made(place: &Place) -> PathBuf {
    let store = place.store("one").await;
    live(&store, 0, 40).await;
    store.record((0..400).map(|slot| sample("api/http", slot * 10_000)).collect()).await.unwrap();
    store.roll_up(UnixMs(4_000_000)).await.unwrap();
    archived(&place.archive(), &store, 5_000_000).await;
    let mut history =
        HistoryWriter::begin(place.archive(), Arc::clone(&store), Retention::default()).await.unwrap();
    while history.step(UnixMs(5_000_000)).await.unwrap() {}
    archived(&place.archive(), &store, 5_000_000).await;
    place.path("archive")
}

async fn checked(path: &Path) -> Result<(), ArchiveError> {
    let archive = archive_in(path, Seal::default());
    let manifest = archive.manifest_of(None).await?;
    verify(&archive, &manifest).await.map(drop)
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.retain(|path| std::fs::metadata(path).unwrap().len() > 0);
    found.sort();
    found
}

#[tokio::test]
async fn an_archive_that_is_good_is_called_good() {
    let place = Place::new();
    checked(&made(&place).await).await.unwrap();
}

#[tokio::test]
async fn a_changed_byte_of_any_object_is_found() {
    let place = Place::new();
    let root = made(&place).await;
    for file in files(&root) {
        let good = std::fs::read(&file).unwrap();
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&file, bad).unwrap();
            let error = checked(&root).await.expect_err(&format!("{} at {at}", file.display()));
            assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
        }
        std::fs::write(&file, good).unwrap();
    }
    checked(&root).await.unwrap();
}

#[tokio::test]
async fn an_object_that_is_missing_or_cut_short_is_named() {
    let place = Place::new();
    let root = made(&place).await;
    for file in files(&root) {
        let good = std::fs::read(&file).unwrap();
        std::fs::write(&file, &good[..good.len() - 1]).unwrap();
        checked(&root).await.expect_err("a file that is cut short");
        std::fs::remove_file(&file).unwrap();
        checked(&root).await.expect_err(&file.display().to_string());
        std::fs::write(&file, good).unwrap();
    }
    checked(&root).await.unwrap();
}

#[tokio::test]
async fn a_manifest_and_a_history_of_two_moments_are_noticed() {
    let place = Place::new();
    let root = made(&place).await;
    let before = std::fs::read(root.join("manifest.json")).unwrap();
    let store = place.store("one").await;
    store.record((400..900).map(|slot| sample("api/http", slot * 10_000)).collect()).await.unwrap();
    store.roll_up(UnixMs(9_000_000)).await.unwrap();
    archived(&place.archive(), &store, 9_100_000).await;
    let mut history =
        HistoryWriter::begin(place.archive(), Arc::clone(&store), Retention::default()).await.unwrap();
    while history.step(UnixMs(9_100_000)).await.unwrap() {}
    checked(&root).await.unwrap();
    std::fs::write(root.join("manifest.json"), before).unwrap();
    let error = checked(&root).await.unwrap_err().to_string();
    assert!(error.contains("newer than manifest.json"), "{error}");
}

#[tokio::test]
async fn the_history_of_another_journal_is_noticed() {
    let (place, other) = (Place::new(), Place::new());
    let (root, foreign) = (made(&place).await, made(&other).await);
    std::fs::copy(foreign.join("history.json"), root.join("history.json")).unwrap();
    let error = checked(&root).await.unwrap_err().to_string();
    assert!(error.contains("of another journal"), "{error}");
}

#[tokio::test]
async fn an_archive_that_lost_its_history_is_refused() {
    let place = Place::new();
    let root = made(&place).await;
    std::fs::remove_file(root.join("history.json")).unwrap();
    let error = checked(&root).await.unwrap_err().to_string();
    assert!(error.contains("history.json: it is missing"), "{error}");
    let manifest = place.archive().manifest_of(None).await.unwrap();
    let empty = Arc::new(pharos_store::SqliteStore::open_to_fill(&place.path("never")).await.unwrap());
    let refused =
        pharos_archive::restore(&place.archive(), &manifest, empty, pharos_archive::Target::End).await;
    assert!(matches!(refused, Err(ArchiveError::Damaged { .. })), "{refused:?}");
}
