//! Jobs that wait for their answer, however long it takes, and note what they were told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cluster::http::{Answered, ask_with_head};

/// How long an answer is waited for: longer than a node may take.
const ANSWER_MAX: Duration = Duration::from_secs(14);
/// Pause between two heartbeats.
const BETWEEN: Duration = Duration::from_millis(200);

/// What jobs were told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// That it is kept.
    pub taken: u64,
    /// That it is not, and when to come again.
    pub again: u64,
    /// Nothing, or something that does not help.
    pub otherwise: u64,
}

/// Running jobs, one at each node.
pub struct Askers {
    is_over: Arc<AtomicBool>,
    running: Vec<JoinHandle<Told>>,
}

impl Askers {
    /// One at each node.
    pub fn start(tokens: &[String], nodes: &[SocketAddr]) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let running = tokens.iter().zip(nodes).map(|(token, node)| {
            let (path, node, is_over) = (format!("/push/{token}"), *node, Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut told = Told::default();
                while !is_over.load(Ordering::SeqCst) {
                    let (answered, head) = ask_with_head(node, "POST", &path, ANSWER_MAX).await;
                    match answered {
                        Answered::With(200..=299, _) => told.taken += 1,
                        Answered::With(503, _) if head.contains("\r\nretry-after: ") => told.again += 1,
                        _ => told.otherwise += 1,
                    }
                    tokio::time::sleep(BETWEEN).await;
                }
                told
            })
        });
        Self { running: running.collect(), is_over }
    }

    /// Ends them when each has its answer; what was said after the end counts too.
    pub async fn stop(self) -> Told {
        self.is_over.store(true, Ordering::SeqCst);
        let mut all = Told::default();
        for job in self.running {
            // None panics.
            let told = job.await.unwrap_or_default();
            all.taken += told.taken;
            all.again += told.again;
            all.otherwise += told.otherwise;
        }
        all
    }
}
