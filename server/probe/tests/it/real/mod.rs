//! Real databases, looked at by probes.

mod mariadb;
mod postgres;
mod redis;

use std::time::{Duration, Instant};

use pharos_probe::{ProbeResult, Spec};
use pharos_test_servers::PATIENCE;

use crate::prober;

/// Probes with time enough for a busy machine.
pub async fn probe(spec: &Spec) -> ProbeResult {
    prober().probe(spec, 10_000).await
}

/// Probes until what comes back is as it should be.
pub async fn probe_until(spec: &Spec, is_so: impl Fn(&ProbeResult) -> bool) -> ProbeResult {
    let started = Instant::now();
    loop {
        let result = probe(spec).await;
        if is_so(&result) {
            return result;
        }
        assert!(started.elapsed() < PATIENCE, "{result:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
