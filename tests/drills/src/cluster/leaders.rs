//! Who leads, as nodes say themselves; and where they do not, as it shows in who looks at what is watched.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::http::Answered;
use super::node::Node;
use super::upstream::Upstream;
use crate::limits::POLL_PAUSE;

/// The figure by which a node says that it leads.
const FIGURE: &str = "leads ";
/// Who looked so short ago leads, where nodes do not say it: targets are looked at every second.
const LOOKED: Duration = Duration::from_millis(1_500);

/// Whether a node says that it leads; `None` where it says nothing.
pub async fn says(node: &Node) -> Option<bool> {
    let Answered::With(200, figures) = node.get("/metrics").await else { return None };
    let mut lines = figures.lines().filter(|line| !line.starts_with('#'));
    let line = lines.find(|line| line.starts_with(FIGURE) || line.contains(&format!("_{FIGURE}")))?;
    Some(line.ends_with(" 1"))
}

/// Whether a node leads now.
pub async fn leads(node: &Node, upstream: &Upstream) -> bool {
    match says(node).await {
        Some(leads) => leads,
        None => upstream.last_look(&node.name).is_some_and(|at| at.elapsed() < LOOKED),
    }
}

/// Waits until one of the nodes leads, and tells its place.
///
/// # Errors
/// When none does in time.
pub async fn wait(nodes: &[Node], upstream: &Upstream, wait_max: Duration) -> Result<usize> {
    let until = Instant::now() + wait_max;
    while Instant::now() < until {
        for (place, node) in nodes.iter().enumerate() {
            if leads(node, upstream).await {
                return Ok(place);
            }
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    let logs: Vec<String> = nodes.iter().map(|node| format!("{}:\n{}", node.name, node.log())).collect();
    None.with_context(|| {
        format!("no node leads within {} s. Their logs:\n{}", wait_max.as_secs(), logs.join("\n"))
    })
}
