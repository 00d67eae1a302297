//! `pharos serve`: watches what a configuration file names, and serves the page.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{self, ConfigWatcher};
use crate::lifecycle::Node;
use crate::storage::Storage;
use crate::supervisor::Supervisor;

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
    let supervisor = Supervisor::of_environment().map(Arc::new);
    let store = arguments.storage.open().await?;
    let loaded = config::load(&arguments.config)?;
    let reloads = ConfigWatcher::spawn(arguments.config, &loaded);
    let node = Node { listen: arguments.listen, loaded, reloads, supervisor, name: arguments.node_name };
    let terminate = signal(SignalKind::terminate())?;
    let running = Box::pin(node.start_on(store)).await?;
    super::announce(running.address);
    running.until_signal(terminate).await
}
