//! What listeners must have heard: the public entries of the journal, as the database has them.

use anyhow::Result;
use pharos_engine::Entry;
use pharos_model::UnixMs;
use pharos_store::{PostgresAddress, PostgresStore, Store};
use pharos_test_servers::Postgres;

use crate::cluster::database::DATABASE;

/// Entries that are read at once.
const ENTRIES: usize = 1_000;

/// A public entry.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Its place.
    pub seq: u64,
    /// When it was decided.
    pub at: UnixMs,
}

/// Who reads the journal, as the nodes that are drilled know it. A later version may add to it afterwards.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(server: &Postgres) -> Result<PostgresStore> {
    Ok(PostgresStore::open(PostgresAddress::parse(&server.address(DATABASE))?).await?)
}

/// All public entries, in order.
///
/// # Errors
/// When the journal cannot be read.
pub async fn told(store: PostgresStore) -> Result<Vec<Told>> {
    let (mut told, mut seq) = (Vec::new(), 0);
    loop {
        let entries = store.entries_after(seq, ENTRIES).await?;
        let Some(last) = entries.last() else { break };
        seq = last.seq;
        told.extend(
            entries.iter().filter_map(Entry::event).map(|event| Told { seq: event.seq, at: event.at }),
        );
    }
    store.close().await?;
    Ok(told)
}
