//! A folder keeps the promises of a place.

use std::sync::Arc;

use pharos_bucket::{Bucket, Durability, Folder};
use tempfile::TempDir;

use crate::contract::{self, Rival};

fn folder() -> (TempDir, Rival) {
    let place = TempDir::new().unwrap();
    let path = place.path().to_owned();
    let open = move || Arc::new(Folder::open(&path, Durability::Durable).unwrap()) as Arc<dyn Bucket>;
    (place, Box::new(open))
}

contract::promises!(folder);
