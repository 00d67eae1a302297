//! What drives a connection beside the probe.

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::failure::asks_for_calm;
use crate::limits::HANGING_UP_MAX;

/// Keeps a connection going until it ends or this is dropped.
pub struct Driver(JoinHandle<hyper::Result<()>>);

impl Driver {
    /// Keeps `connection` going.
    pub fn of(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        Self(tokio::spawn(connection))
    }

    /// Whether the other side ended the connection because it was asked too often. For one that has ended, and whose sender is
    /// still held: without it nobody would look any more at how it ends.
    pub async fn was_asked_for_calm(&mut self) -> bool {
        let ended = timeout(HANGING_UP_MAX, &mut self.0).await;
        matches!(ended, Ok(Ok(Err(error))) if asks_for_calm(&error))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
