//! The set-up for drills on several nodes: a primary and its standby, real nodes that each reach them through proxies that break, what
//! is watched, jobs that report and visitors who look. Everything is on this machine, so that all share one clock.

pub mod database;
pub mod http;
pub mod jobs;
pub mod leaders;
pub mod node;
pub mod proxy;
pub mod readers;
pub mod reigns;
pub mod slots;
pub mod upstream;
pub mod witness;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::play::Play;
use node::Node;
use upstream::Upstream;

/// Threads of what stands around a cluster: it shares the machine with what is drilled.
const THREADS: usize = 2;

/// Does async work to its end.
///
/// # Errors
/// When the work fails.
pub fn play<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let runtime = runtime.context("the system gives no threads")?;
    let done = runtime.block_on(work);
    // Nobody waits for what is still under way.
    runtime.shutdown_background();
    done
}

/// A cluster at work: nodes of which one leads, what they watch, and jobs that report.
pub struct Cluster {
    /// The nodes, which all list the same hosts.
    pub nodes: Vec<Node>,
    /// What they watch.
    pub upstream: Upstream,
    /// The jobs' secrets.
    pub tokens: Vec<String>,
}

/// How large a cluster is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Targets that are watched.
    pub targets: usize,
    /// Jobs that report.
    pub jobs: usize,
}

/// Nodes of a cluster.
const NODES: usize = 3;
/// How long a cluster may take until one leads.
const LEADS_MAX: Duration = Duration::from_secs(25);

impl Cluster {
    /// Starts the nodes, which reach these ports of 127.0.0.1 through proxies of their own, and waits until one leads.
    ///
    /// # Errors
    /// When one does not come up, or none leads.
    pub async fn start(drill: &Play, hosts: &[u16], size: Size) -> Result<Self> {
        Self::start_every(drill, hosts, size, 1).await
    }

    /// The same with targets that are looked at every so many seconds.
    ///
    /// # Errors
    /// When a node does not come up, or none leads.
    pub async fn start_every(drill: &Play, hosts: &[u16], size: Size, every_s: u64) -> Result<Self> {
        let upstream = Upstream::start(size.targets).await?;
        let tokens = jobs::tokens(size.jobs, &mut drill.chance(1_000));
        let file = node::yaml_every(&upstream, size.targets, &tokens, every_s);
        Self::start_on(drill, hosts, upstream, (tokens, &file)).await
    }

    /// The same with a configuration of one's own.
    ///
    /// # Errors
    /// When a node does not come up, or none leads.
    pub async fn start_on(
        drill: &Play,
        hosts: &[u16],
        upstream: Upstream,
        (tokens, file): (Vec<String>, &str),
    ) -> Result<Self> {
        let mut nodes = Vec::new();
        for number in 0..NODES {
            nodes.push(Node::start(drill, &format!("n{number}"), hosts, file).await?);
        }
        leaders::wait(&nodes, &upstream, LEADS_MAX).await?;
        Ok(Self { nodes, upstream, tokens })
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Whether a node said something in its log.
    pub fn logged(&self, words: &str) -> bool {
        self.nodes.iter().any(|node| node.log().contains(words))
    }

    /// Starts nodes again that ended by themselves; tells how many had.
    pub fn revive(&mut self) -> usize {
        self.nodes.iter_mut().filter_map(|node| node.revive_if_ended().ok()).filter(|ended| *ended).count()
    }
}

/// A percentile of durations in milliseconds; 0 of none.
pub fn percentile_ms(mut durations: Vec<Duration>, percent: usize) -> f64 {
    durations.sort_unstable();
    let place = (durations.len() * percent).div_ceil(100).saturating_sub(1);
    durations.get(place).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_one_that_so_many_do_not_exceed() {
        let durations = |count: u64| (1..=count).rev().map(Duration::from_millis).collect::<Vec<_>>();
        assert!((percentile_ms(durations(100), 99) - 99.0).abs() < 1e-9);
        assert!((percentile_ms(durations(3), 99) - 3.0).abs() < 1e-9);
        assert!(percentile_ms(Vec::new(), 99).abs() < 1e-9);
    }
}
