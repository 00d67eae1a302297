//! Appending facts, and keeping what is derived from them in the same transaction.

use pharos_engine::Fact;
use pharos_model::UnixMs;

use super::project::project;
use super::{Connection, insert_entries};
use crate::journal::{Journal, Written};
use crate::{Appended, StoreError};

/// Appends facts after `journal` and moves it on.
pub async fn append(
    connection: &mut Connection,
    journal: &mut Journal,
    term: u64,
    (at, facts): (UnixMs, Vec<Fact>),
) -> Result<Appended, StoreError> {
    let written = journal.entries(at, facts)?;
    insert_entries(connection, &written, term).await?;
    for Written { entry, .. } in &written {
        if let Some(change) = entry.fact.public() {
            project(connection, at, change).await?;
        }
    }
    let entries = written.into_iter().map(|written| written.entry).collect();
    Ok(Appended { entries, head: journal.head })
}
