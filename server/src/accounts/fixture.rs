//! Accounts for tests: an empty store in a directory of its own.

use std::net::IpAddr;
use std::sync::Arc;

use pharos_store::SqliteStore;
use tempfile::TempDir;

use super::sessions::Accounts;
use super::setup::Setup;
use crate::clock;
use crate::operators::Author;

/// A password that is good.
pub const PASSWORD: &str = "correct horse battery";

/// Nobody's accounts, and the directory that holds them.
pub async fn accounts() -> (TempDir, Accounts) {
    let directory = TempDir::new().unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    (directory, Accounts::new(Arc::new(store), Setup::default(), clock::wall))
}

/// Who asks.
pub fn author() -> Author {
    Author { actor: "user:anna".into(), address: address().to_string() }
}

/// From where.
pub fn address() -> IpAddr {
    IpAddr::from([192, 0, 2, 1])
}
