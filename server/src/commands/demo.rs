//! `pharos demo`: made-up services that fail on purpose, real probes, a real page.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use crate::demo;

/// What `pharos demo` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen.
    #[arg(long, env = "PHAROS_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// The directory in which the journal is kept. Without it the demo begins anew each time.
    #[arg(long, env = "PHAROS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the demo until told to end.
///
/// # Errors
/// When an address is taken or the data directory cannot be used.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let passing = std::env::temp_dir().join(format!("pharos-demo-{}", std::process::id()));
    let data = arguments.data.clone().unwrap_or_else(|| passing.clone());
    let terminate = signal(SignalKind::terminate())?;
    let running = Box::pin(demo::start(arguments.listen, data)).await?;
    super::announce(running.address);
    let ended = running.until_signal(terminate).await;
    if arguments.data.is_none()
        && let Err(error) = std::fs::remove_dir_all(&passing)
    {
        tracing::warn!(%error, directory = %passing.display(), "the demo's data could not be removed");
    }
    ended
}
