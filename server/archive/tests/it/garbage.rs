//! What nothing refers to goes, and nothing else.

use std::path::Path;
use std::sync::Arc;

use pharos_archive::{Target, Writer, verify};
use pharos_model::UnixMs;

use crate::history::{HOUR, watched, written};
use crate::{Place, archived, live};

/// Makes files as old as they can be.
fn aged(folder: &Path) {
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(1);
    for file in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::File::options().write(true).open(file.unwrap().path()).unwrap();
        file.set_modified(long_ago).unwrap();
    }
}

#[tokio::test]
async fn what_no_manifest_refers_to_goes_when_it_is_old() {
    let place = Place::new();
    let (archive, store) = (place.archive(), place.store("one").await);
    let mut writer = Writer::begin(archive.clone(), Arc::clone(&store), 1).await.unwrap();
    for number in 0..40 {
        live(&store, number, 1).await;
        writer.journal(UnixMs((number + 1) * 10)).await.unwrap();
    }
    assert_eq!(archive.remove_garbage().await.unwrap(), 0);
    aged(&place.path("archive/journal"));
    // Something that is new, by whose time the others are old.
    writer.rest().await.unwrap();
    assert_eq!(archive.remove_garbage().await.unwrap(), 32);
    let manifest = archive.manifest_of(None).await.unwrap();
    assert_eq!(verify(&archive, &manifest).await.unwrap().entries, 41);
}

/// What a lost manifest referred to can still be put right by hand.
#[tokio::test]
async fn while_a_manifest_is_lost_nothing_is_removed() {
    for lost in ["manifest.json", "history.json"] {
        let place = Place::new();
        let (archive, store) = (place.archive(), place.store("one").await);
        live(&store, 0, 9).await;
        watched(&store, 0, HOUR).await;
        written(&place, &store, 2 * HOUR).await;
        // By now it has a history, and says so.
        archived(&archive, &store, 2 * HOUR).await;
        let life = store.origin();
        place.restored(&archive, "two", Target::Seq(4)).await;
        let two = place.store("two").await;
        written(&place, &two, 3 * HOUR).await;
        for folder in ["journal", "history/samples"] {
            aged(&place.path("archive").join(folder));
        }
        assert_eq!(archive.remove_garbage().await.unwrap(), 0);
        std::fs::remove_file(place.path("archive/lives").join(life.as_str()).join(lost)).unwrap();
        let refused = archive.remove_garbage().await.unwrap_err().to_string();
        assert!(refused.contains(lost) && refused.contains("it is missing"), "{refused}");
    }
}
