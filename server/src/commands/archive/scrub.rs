//! `pharos scrub`: holds a database against its own journal, and against the archive.

use std::time::Duration;

use anyhow::{anyhow, bail};
use pharos_archive::{Manner, Scrubbed, Seal, scrub};
use pharos_store::{Cut, Part, StoreError};

use super::{Opening, Service, say};
use crate::storage::Storage;

/// What is said where too much is gone.
const UNMENDED: &str = "the damage took what nothing can be mended without; restore the database whole into another place (`pharos restore`), and look after the disk";

/// What `pharos scrub` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The archive to hold the history against: a folder, or `s3://BUCKET/PREFIX`. Without one it is not looked at.
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
    /// How long to pause after each piece, in milliseconds, so that a server beside it notices nothing.
    #[arg(long, default_value_t = 5, value_name = "MS")]
    pause_ms: u64,
    /// Mend what is wrong: history and entries from the archive, everything else from the journal. No server may run meanwhile.
    #[arg(long, requires = "from")]
    repair: bool,
    /// Give every page of the file its sum before anything else, whatever is in it: once for a large database of an older version, and after another
    /// program wrote to the file. No server may run meanwhile.
    #[arg(long, conflicts_with = "repair")]
    seal: bool,
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    storage: Storage,
}

/// Scrubs.
///
/// # Errors
/// When something cannot be read, or is not what it should be.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (storage, pause) = (&arguments.storage, Duration::from_millis(arguments.pause_ms));
    storage.must_be_there()?;
    if arguments.seal {
        say(&match storage.seal().await? {
            None => "Every page has its sum now.".to_owned(),
            Some(changed) => format!("{changed} pages did not match their sums, and are taken as they are."),
        });
    }
    let lost = if arguments.repair { rebuild(storage).await? } else { Vec::new() };
    pages(storage, pause).await?;
    let store = if arguments.repair { storage.open().await? } else { storage.open_to_copy().await? };
    let archive = match &arguments.from {
        Some(place) => {
            let archive = arguments.service.kept(place, arguments.opening.seal(Seal::default())?)?;
            let manifest = archive.manifest_of(Some(&store.origin())).await?;
            Some((archive, manifest))
        }
        None => None,
    };
    let beside = archive.as_ref().map(|(archive, manifest)| (archive, manifest));
    let manner = Manner { now: crate::clock::wall(), pause, mends: arguments.repair };
    let found = scrub(&*store, beside, manner).await?;
    store.close().await?;
    tell(storage, &found, &lost)
}

/// Makes the file anew where pages of it are damaged. Returns the parts that nothing brings back.
async fn rebuild(storage: &Storage) -> anyhow::Result<Vec<Part>> {
    let rebuilt = storage.rebuild().await.map_err(|error| match error.downcast_ref() {
        // What it says of mending is not true here.
        Some(StoreError::Page { .. }) => anyhow!(UNMENDED),
        Some(StoreError::Damaged { .. } | StoreError::Database(_) | StoreError::Migrate(_)) => {
            error.context(UNMENDED)
        }
        _ => error,
    });
    let Some(cuts) = rebuilt? else { return Ok(Vec::new()) };
    say(
        "damaged: pages of the file. It was made anew from what can be read; the old one is pharos.db.damaged beside it",
    );
    let mut lost = Vec::new();
    for Cut { table, part } in cuts {
        say(&format!("damaged: rows of {table} lay on pages that are damaged"));
        // What stands in the archive or follows from the journal is put back by what comes next, and the rest of this is made anew by a server.
        let is_mended = matches!(
            part,
            Part::Journal | Part::Spans | Part::Incidents | Part::Maintenances | Part::Rollups
        );
        if !is_mended && !["samples", "folds", "lease", "leases"].contains(&&*table) {
            lost.push(part);
        }
    }
    lost.dedup();
    Ok(lost)
}

/// Reads every page, and says which are damaged.
async fn pages(storage: &Storage, pause: Duration) -> anyhow::Result<()> {
    let Some(read) = storage.read_pages(pause).await? else { return Ok(()) };
    if read.damaged.is_empty() {
        say(&format!("{}: {} pages, each with its sum", storage.place(), read.pages));
        return Ok(());
    }
    for number in &read.damaged {
        say(&format!("damaged: page {number} of {}", read.pages));
    }
    let parts: Vec<String> = read.parts.iter().map(ToString::to_string).collect();
    let held = if parts.is_empty() { "nothing that is in use".to_owned() } else { parts.join(", ") };
    bail!(
        "the database is damaged, where it holds {held}; mend it (`--repair --from PLACE`, while no server runs) or, where that says that it cannot, restore it (`pharos restore`), and look after the disk"
    )
}

fn tell(storage: &Storage, found: &Scrubbed, lost: &[Part]) -> anyhow::Result<()> {
    say(&format!(
        "{}: {} entries of the journal, spans of {} components, {} incidents, {} slices of history",
        storage.place(),
        found.entries,
        found.components,
        found.incidents,
        found.slices,
    ));
    for fault in &found.faults {
        say(&format!("damaged: {fault}"));
    }
    for part in lost {
        say(&format!("lost: rows of {part}, which only a whole restore brings back (`pharos restore`)"));
    }
    let left = (found.faults.len() as u64).saturating_sub(found.mended);
    if found.mended > 0 && left == 0 {
        say("All of that was mended. Look after the disk.");
        return Ok(());
    }
    anyhow::ensure!(
        left == 0,
        "the database is damaged; mend it (`--repair --from PLACE`, while no server runs) or restore it (`pharos restore`), and look after the disk"
    );
    say("All of it is what it should be.");
    Ok(())
}
