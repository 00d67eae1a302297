//! Stores observations as fast as the store takes them, in the batches in which the server hands them in.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use pharos_engine::CheckId;
use pharos_model::{ComponentId, Status, UnixMs};
use pharos_store::{Sample, SqliteStore, Store};

use crate::clock;
use crate::latencies::summary;
use crate::limits::LOAD_SECONDS_MAX;

/// Observations of one batch: what the server collects at most before it writes.
const BATCH_ROWS: u32 = 100;
/// Checks the observations belong to.
const CHECKS: u32 = 1_000;

/// Store observations as fast as possible in a data directory of their own, and say how many.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    /// How long, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=i64::from(LOAD_SECONDS_MAX)))]
    seconds: u32,
}

/// Stores, and says how many rows a second and how long a commit took in one line of JSON.
///
/// # Errors
/// When the store cannot be opened or written.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = SqliteStore::open(&arguments.data).await.context("the data directory cannot be used")?;
    let begin = UnixMs(i64::try_from(clock::unix_us() / 1_000)?);
    let (started, until) = (Instant::now(), Duration::from_secs(arguments.seconds.into()));
    let (mut rows, mut commits_us) = (0_u32, Vec::new());
    while started.elapsed() < until {
        let batch =
            (rows..rows + BATCH_ROWS).map(|row| sample(begin, row)).collect::<anyhow::Result<Vec<_>>>()?;
        let handed_in = Instant::now();
        store.record(batch).await?;
        commits_us.push(u64::try_from(handed_in.elapsed().as_micros())?);
        rows += BATCH_ROWS;
    }
    let rows_per_second = f64::from(rows) / started.elapsed().as_secs_f64();
    store.close().await?;
    println!("{}", serde_json::json!({ "rows_per_second": rows_per_second, "commit": summary(commits_us) }));
    Ok(())
}

/// Every row is another slot of its check, as no observation comes twice.
fn sample(begin: UnixMs, row: u32) -> anyhow::Result<Sample> {
    let (check, slot) = (row % CHECKS, row / CHECKS);
    let at = begin.plus_ms(u64::from(slot) * 1_000 + u64::from(check));
    Ok(Sample {
        check: CheckId(format!("component-{:03}/check-{:02}", check / 10, check % 10)),
        component: Some(ComponentId::new(&format!("component-{:03}", check / 10))?),
        scheduled_at: at,
        at,
        status: Status::Operational,
        latency_us: Some(8_000 + row % 5_000),
        stages_us: [Some(300), Some(900), None, Some(6_000), Some(800)],
        reason: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rows_are_the_same_observation() {
        let keys: BTreeSet<(CheckId, UnixMs)> = (0..5_000)
            .map(|row| sample(UnixMs(7), row).unwrap())
            .map(|sample| (sample.check, sample.scheduled_at))
            .collect();
        assert_eq!(keys.len(), 5_000);
    }
}
