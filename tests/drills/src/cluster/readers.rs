//! Visitors of a cluster: each node is asked for its page again and again, and what failed or took long is counted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::http::{Answered, ask};

/// How long a visitor waits for a page.
const PAGE_MAX: Duration = Duration::from_secs(3);
/// Pause between two visits of one node.
const BETWEEN: Duration = Duration::from_millis(40);

/// What visitors met.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// Visits.
    pub visits: u64,
    /// Those that got no page, each in words.
    pub failed: Vec<String>,
    /// How long the others took.
    pub took: Vec<Duration>,
}

/// Running visitors.
pub struct Readers {
    met: Arc<Mutex<Met>>,
    running: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One for each node.
    pub fn start(nodes: &[SocketAddr]) -> Self {
        let met = Arc::<Mutex<Met>>::default();
        let running = nodes.iter().map(|node| {
            let (node, met) = (*node, Arc::clone(&met));
            tokio::spawn(async move {
                loop {
                    let started = Instant::now();
                    let answered = ask(node, "GET", "/", PAGE_MAX).await;
                    {
                        let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
                        met.visits += 1;
                        match answered {
                            Answered::With(200, _) => met.took.push(started.elapsed()),
                            Answered::With(status, _) => met.failed.push(format!("{node} answered {status}")),
                            other => met.failed.push(format!("{node}: {other:?}")),
                        }
                    }
                    tokio::time::sleep(BETWEEN).await;
                }
            })
        });
        Self { running: running.collect(), met }
    }

    /// What they met so far.
    pub fn met(&self) -> Met {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}
