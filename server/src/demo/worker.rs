//! The demo's queue worker: does nothing, and sends a heartbeat after each round of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::targets::Switches;

/// How long a round takes.
const ROUND: Duration = Duration::from_millis(1_500);
/// How long a heartbeat may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Works until shutdown.
pub async fn run(
    node: SocketAddr,
    token: &'static str,
    switches: Arc<Switches>,
    shutdown: CancellationToken,
) {
    loop {
        // Without the broker it has nothing to do.
        let is_stuck = [&switches.worker_down, &switches.broker_down];
        if !is_stuck.iter().any(|switch| switch.load(Ordering::Relaxed)) {
            match tokio::time::timeout(TIMEOUT, beat(node, token)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "the demo's heartbeat failed"),
                Err(_) => tracing::debug!("the demo's heartbeat took too long"),
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

async fn beat(node: SocketAddr, token: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, node.port())).await?;
    let request = format!(
        "POST /push/{token} HTTP/1.1\r\nhost: {node}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(())
}
