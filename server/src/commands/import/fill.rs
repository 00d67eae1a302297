//! Filling an empty database with a past. Until that is done nobody can open it, so that whatever interrupts it leaves nothing half imported.

use std::fmt::Write as _;

use anyhow::{Context, bail};
use pharos_import::Looks;
use pharos_model::Origin;
use pharos_store::{Head, Restorer, Store};
use serde::Serialize;

use super::journal::Past;
use super::looks;
use crate::storage::Storage;

/// What begins the name of a journal that was imported.
const MARK: &str = "import-";

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is to be filled.
    Nothing,
    /// It is empty, or was not filled to its end.
    Empty,
    /// It has this very past.
    Same,
}

/// What was put in.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Filled {
    /// Looks that the source told of.
    pub looks: u64,
    /// Those of them that are kept one by one.
    pub samples: u64,
    /// Figures of minutes, hours and days.
    pub rollups: u64,
}

/// Looks what is there, and changes nothing.
///
/// # Errors
/// When it holds something else.
pub async fn state(storage: &Storage, head: Head) -> anyhow::Result<State> {
    // Where there is nothing that can be read there is nothing that could be lost; filling it says what is wrong with it.
    let Ok(store) = storage.open_to_copy().await else { return Ok(State::Empty) };
    let found = compared(store.as_ref(), head, &storage.place()).await;
    store.close().await?;
    found
}

async fn compared(store: &dyn Store, head: Head, place: &str) -> anyhow::Result<State> {
    if store.head().await?.seq == 0 {
        return Ok(State::Empty);
    }
    if store.chain_at(head.seq).await? == Some(head.chain) {
        return Ok(State::Same);
    }
    let parent = store.parent().await?;
    if parent.is_some_and(|parent| parent.origin.as_str().starts_with(MARK)) {
        bail!(
            "{place} holds what was imported before, and the source says something else by now; nothing was changed. Import it into an empty place (--data), or keep what is there"
        );
    }
    bail!("{place} holds a journal already; an import fills an empty place. Name another with --data");
}

/// Fills it.
///
/// # Errors
/// When it is not empty, or something cannot be written. It cannot be used then, and may be filled once more.
pub async fn fill(
    storage: &Storage,
    source: &str,
    (past, head): (&Past, Head),
    looks: Option<Box<dyn Looks>>,
) -> anyhow::Result<Filled> {
    let store = storage.open_to_fill().await?;
    let mut restorer = Restorer::new(store);
    let mut rows = past.rows();
    loop {
        let some = rows.next()?;
        if some.is_empty() {
            break;
        }
        restorer.journal(some).await?;
    }
    let put = match looks {
        Some(looks) => looks::put(looks, &restorer, past.covers()).await?,
        None => looks::Put::default(),
    };
    let origin = Origin::new(&name(source, head)).context("the journal can be given no name")?;
    restorer.end((origin, head.seq), past.covers(), put.rolled_up_until).await?;
    Ok(Filled { looks: put.looks, samples: put.samples, rollups: put.rollups })
}

/// The name of the journal that it comes from: one that there never was.
fn name(source: &str, head: Head) -> String {
    let mut name = format!("{MARK}{source}-");
    for byte in &head.chain.0[..8] {
        // A string takes whatever is written to it.
        let _written = write!(name, "{byte:02x}");
    }
    name
}
