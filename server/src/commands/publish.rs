//! `pharos publish`: writes the static copy of the page once, from what the journal says.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use pharos_app::Shell;
use pharos_bucket::Durability;
use pharos_bucket::edition::{EditionError, Publisher};
use tokio_util::sync::CancellationToken;

use crate::clock::wall;
use crate::config;
use crate::copy::{Around, Copy, CopyError, Shown};
use crate::further::FurtherPages;
use crate::http::Assets;
use crate::limits::COPY_ALARM;
use crate::pages::Renderer;
use crate::storage::Storage;

/// What `pharos publish` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file. Its `copy` says where the copy is kept.
    #[arg(long, env = "PHAROS_CONFIG", value_name = "FILE")]
    config: PathBuf,
    /// Replace a copy that another journal published, such as that from before a restore.
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Publishes once.
///
/// # Errors
/// When the configuration names no place, there is no journal or it cannot be read, or the place fails.
#[expect(clippy::print_stdout, reason = "this command's answer")]
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let loaded = config::load(&arguments.config)?;
    let Some(place) = &loaded.copy else {
        bail!("{} says nothing of a copy; name a place for it under `copy:`", arguments.config.display());
    };
    arguments.storage.must_be_there()?;
    let store = arguments.storage.open().await;
    let store = store
        .context("the journal cannot be opened; while the server runs, it publishes the copy by itself")?;
    let fold = store.load().await.context("the journal cannot be read")?;
    let snapshot = Arc::new(fold.board.clone());
    let bucket = place.open(Durability::Fast, || wall().0)?;
    let takeover_after = if arguments.take_over { Duration::ZERO } else { COPY_ALARM };
    let publisher = Publisher::new(bucket, takeover_after);
    // Whoever leads goes on from here.
    let term = publisher.there().await?.filter(|there| there.origin == snapshot.origin.to_string());
    let term = term.map_or(0, |there| there.term);
    let assets = Arc::new(Assets::load());
    let renderer = Renderer::new(Arc::clone(&store), Shell::new(assets.scripts()));
    let further = FurtherPages::new(renderer.clone(), &fold, CancellationToken::new());
    let mut copy = Copy::new(publisher, (renderer, assets), Arc::clone(&store));
    // Whether anybody has watched since, nobody knows here.
    let times = (wall(), snapshot.at);
    let around = Around { leads: || true, is_behind: || false };
    let done =
        match copy.publish((&snapshot, Shown::all(&further)), (term, &loaded.brand), times, around).await {
            Err(CopyError::Edition(error @ EditionError::OfAnother { .. })) => {
                return Err(error).context("if that journal is gone for good, say so with --take-over");
            }
            done => done.context("the copy could not be published")?,
        };
    println!("{}: {} of {} parts written", place.name(), done.written, done.parts);
    store.close().await.context("the store could not be closed in order")
}
