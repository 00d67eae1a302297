//! A folder keeps the promises of a place.

use std::sync::Arc;

use pharos_bucket::{Bucket, Durability, Folder, Key};
use tempfile::TempDir;

use crate::contract::{self, Rival};

fn folder() -> (TempDir, Rival) {
    let place = TempDir::new().unwrap();
    let path = place.path().to_owned();
    let open = move || Arc::new(Folder::open(&path, Durability::Durable).unwrap()) as Arc<dyn Bucket>;
    (place, Box::new(open))
}

contract::promises!(folder);

#[tokio::test]
async fn a_folder_that_is_only_read_is_left_as_it_is_and_is_not_made_where_there_is_none() {
    let place = TempDir::new().unwrap();
    let (there, absent) = (place.path().join("there"), place.path().join("absent"));
    std::fs::create_dir(&there).unwrap();
    std::fs::write(there.join("a"), "content").unwrap();
    let key = Key::new("a").unwrap();
    let folder = Folder::open_to_read(&there);
    let (content, _) = folder.get(&key, 100).await.unwrap().unwrap();
    assert_eq!((&*content, folder.list("").await.unwrap().len()), (&b"content"[..], 1));
    assert_eq!(std::fs::read_dir(&there).unwrap().count(), 1);
    assert_eq!(Folder::open_to_read(&absent).get(&key, 100).await.unwrap(), None);
    assert!(!absent.exists());
}
