//! `pharos serve`: watches what a configuration file names, and serves the page.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{self, ConfigWatcher};
use crate::lifecycle::{Ended, Node, Running};
use crate::limits::{LEASE_RETRY, REFOLDS_MAX};
use crate::storage::Storage;
use pharos_store::Store;

/// What `pharos serve` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file. It is read anew when it changes and on SIGHUP.
    #[arg(long, env = "PHAROS_CONFIG", value_name = "FILE")]
    config: PathBuf,
    /// Where to listen.
    #[arg(long, env = "PHAROS_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// What operators call this node where several share a database; the address it listens on if it is not given.
    #[arg(long, env = "PHAROS_NODE_NAME", value_name = "NAME")]
    node_name: Option<String>,
    #[command(flatten)]
    storage: Storage,
}

/// Serves until told to end.
///
/// # Errors
/// When the configuration is not good, the address is taken, or the data directory cannot be used.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let store = arguments.storage.open().await?;
    let mut running = started(&arguments, arguments.listen, Arc::clone(&store)).await?;
    super::announce(running.address);
    loop {
        let address = running.address;
        match running.until_signal().await? {
            Ended::Stopped => return Ok(()),
            Ended::Diverged => running = started_anew(&arguments, address, &store).await?,
        }
    }
}

async fn started(
    arguments: &Arguments,
    listen: SocketAddr,
    store: Arc<dyn Store>,
) -> anyhow::Result<Running> {
    let loaded = config::load(&arguments.config)?;
    let reloads = ConfigWatcher::spawn(arguments.config.clone(), &loaded);
    Node { listen, loaded, reloads, name: arguments.node_name.clone() }.start_on(store).await
}

/// Starts the node again from the journal as it is now.
async fn started_anew(
    arguments: &Arguments,
    listen: SocketAddr,
    store: &Arc<dyn Store>,
) -> anyhow::Result<Running> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match started(arguments, listen, Arc::clone(store)).await {
            Ok(running) => return Ok(running),
            Err(error) if attempts >= REFOLDS_MAX => return Err(error),
            Err(error) => tracing::warn!("the journal cannot be read anew yet: {error:#}"),
        }
        tokio::time::sleep(LEASE_RETRY).await;
    }
}
