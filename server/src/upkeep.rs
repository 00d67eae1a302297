//! Upkeep: rolls raw observations up into minutes, hours and days, and lets go of what is past its time.

use std::sync::Arc;

use pharos_store::{Retention, Standing, Store};
use tokio_util::sync::CancellationToken;

use crate::limits::UPKEEP_INTERVAL;

/// Rounds of upkeep between two rounds of letting go.
const ROUNDS_PER_RETENTION: u32 = 30;

/// Keeps the store in order until shutdown, wherever this node leads.
pub async fn run(store: Arc<dyn Store>, standing: Arc<Standing>, shutdown: CancellationToken) {
    for round in 0_u32.. {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(UPKEEP_INTERVAL) => {}
        }
        if !standing.leads() {
            continue;
        }
        let now = crate::clock::wall();
        if let Err(error) = store.roll_up(now).await {
            tracing::warn!(%error, "raw observations could not be rolled up; trying again later");
        }
        if round % ROUNDS_PER_RETENTION == 0
            && let Err(error) = store.retain(now, Retention::default()).await
        {
            tracing::warn!(%error, "old observations could not be let go; trying again later");
        }
    }
}
