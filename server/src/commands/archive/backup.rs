//! `pharos backup`: copies everything that there is to an archive, once.

use std::sync::Arc;

use pharos_archive::{HistoryWriter, Seal, Writer};
use pharos_store::{Retention, Store};

use super::{Service, say, told};
use crate::storage::Storage;

/// What `pharos backup` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// For whom it is encrypted: a public key of age; may be given several times.
    #[arg(long = "encrypt-to", value_name = "AGE1…")]
    encrypt_to: Vec<String>,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    storage: Storage,
}

/// Writes what is new since the last time.
///
/// # Errors
/// When the database or the place cannot be used, or the archive there is another journal's.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    arguments.storage.must_be_there()?;
    let seal = Seal::for_recipients(arguments.encrypt_to.iter().map(String::as_str))?;
    let archive = arguments.service.archive(&arguments.to, seal)?;
    let store = arguments.storage.open_to_copy().await?;
    let term = store.holder().await?.map_or(0, |holder| holder.fence.term);
    let mut writer = Writer::begin(archive.clone(), Arc::clone(&store), term).await?;
    let before = writer.manifest().seq;
    writer.journal(crate::clock::wall()).await?;
    writer.rest().await?;
    let mut history =
        HistoryWriter::begin(archive.clone(), Arc::<dyn Store>::clone(&store), Retention::default()).await?;
    while history.step(crate::clock::wall()).await? {}
    // That there is a history by now.
    writer.rest().await?;
    store.close().await?;
    let manifest = writer.manifest();
    // Slices of it that are not over are not in it.
    let seen =
        history.covers().map_or(String::new(), |until| format!(", observations up to {}", told(until)));
    say(&format!(
        "{}: {} entries, {} of them new, up to {}{seen}",
        archive.place(),
        manifest.seq,
        manifest.seq - before.min(manifest.seq),
        told(manifest.covers),
    ));
    Ok(())
}
