//! Open pages: at each node one that hears from the pulses whether what it shows may be out of date.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use pharos_model::Pulse;
use pharos_tests::EventStream;

use crate::cluster::node::Node;

/// Moments of pulses that say so, of one node.
type Stale = Arc<Mutex<Vec<Instant>>>;

/// Open pages.
pub struct Pulses(Vec<Stale>);

impl Pulses {
    /// One of each node.
    ///
    /// # Errors
    /// When a stream cannot be opened.
    pub fn of(nodes: &[Node]) -> Result<Self> {
        nodes.iter().map(listen).collect::<Result<_>>().map(Self)
    }

    /// How long after a moment the last of them first said so; infinite where one did not.
    pub fn all_stale_s(&self, since: Instant) -> f64 {
        let first = |stale: &Stale| {
            let stale = stale.lock().unwrap_or_else(PoisonError::into_inner);
            let first = stale.iter().find(|at| **at >= since);
            first.map_or(f64::INFINITY, |at| at.duration_since(since).as_secs_f64())
        };
        self.0.iter().map(first).fold(0.0, f64::max)
    }
}

fn listen(node: &Node) -> Result<Stale> {
    let stream = EventStream::open(node.address, None)?;
    let stale = Stale::default();
    let heard = Arc::clone(&stale);
    // It ends with the node.
    std::thread::spawn(move || {
        while let Ok(frame) = stream.next_frame() {
            if frame.event == "pulse"
                && serde_json::from_str::<Pulse>(&frame.data).is_ok_and(|pulse| pulse.stale)
            {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            }
        }
    });
    Ok(stale)
}
