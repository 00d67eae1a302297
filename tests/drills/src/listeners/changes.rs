//! Changes at a steady rate: targets that fail and work again, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pharos_model::UnixMs;
use tokio::task::JoinHandle;

use crate::clock;
use crate::cluster::upstream::{Switches, Upstream};

/// Running changes.
pub struct Changes {
    /// When they began.
    pub since: UnixMs,
    is_over: Arc<AtomicBool>,
    running: JoinHandle<()>,
}

impl Changes {
    /// Every so often the next of these targets fails, or works again.
    pub fn start(upstream: &Upstream, targets: usize, every: Duration) -> Self {
        let switches: Switches = upstream.switches();
        let is_over = Arc::<AtomicBool>::default();
        let over = Arc::clone(&is_over);
        let running = tokio::spawn(async move {
            let mut due = tokio::time::interval(every);
            for target in (0..targets).cycle() {
                due.tick().await;
                if over.load(Ordering::SeqCst) {
                    return;
                }
                switches.turn(target);
            }
        });
        Self { since: clock::now(), is_over, running }
    }

    /// Ends them.
    pub async fn stop(self) {
        self.is_over.store(true, Ordering::SeqCst);
        // It does not panic.
        let _ended = self.running.await;
    }
}
