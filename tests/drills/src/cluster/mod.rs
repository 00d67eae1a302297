//! The set-up for drills on several nodes: a primary and its standby, real nodes that each reach them through proxies that break, what
//! is watched, jobs that report and visitors who look. Everything is on this machine, so that all share one clock.

pub mod database;
pub mod http;
pub mod jobs;
pub mod leaders;
pub mod node;
pub mod proxy;
pub mod readers;
pub mod upstream;

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result};

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
