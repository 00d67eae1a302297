//! `pharos scrub`: holds a database against its own journal, and against the archive.

use std::time::Duration;

use pharos_archive::{Manner, Seal, scrub};

use super::{Opening, Service, say};
use crate::storage::Storage;

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
    let storage = &arguments.storage;
    let store = if arguments.repair { storage.open().await? } else { storage.open_to_copy().await? };
    let archive = match &arguments.from {
        Some(place) => {
            let archive = arguments.service.archive(place, arguments.opening.seal(Seal::default())?)?;
            let manifest = archive.manifest_of(Some(&store.origin())).await?;
            Some((archive, manifest))
        }
        None => None,
    };
    let beside = archive.as_ref().map(|(archive, manifest)| (archive, manifest));
    let manner = Manner {
        now: crate::clock::wall(),
        pause: Duration::from_millis(arguments.pause_ms),
        mends: arguments.repair,
    };
    let found = scrub(&*store, beside, manner).await?;
    store.close().await?;
    say(&format!(
        "{}: {} entries of the journal, spans of {} components, {} incidents, {} slices of history",
        arguments.storage.place(),
        found.entries,
        found.components,
        found.incidents,
        found.slices,
    ));
    for fault in &found.faults {
        say(&format!("damaged: {fault}"));
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
