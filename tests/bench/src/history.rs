//! Makes up a long history in a store of its own: a journal led through the real core, and the rollups beside it.

use std::path::PathBuf;

use anyhow::Context;
use pharos_engine::{Engine, Fold, Input, Observation, Output};
use pharos_model::{ComponentId, UnixMs};
use pharos_store::{Resolution, RollupRow, Sketch, SqliteStore, StageSums, Store};

use crate::clock;
use crate::limits::{HISTORY_COMPONENTS_MAX, HISTORY_DAYS_MAX};
use crate::past::{self, DAY_MS, Past};

/// Rows of rollups that are written at once.
const ROLLUPS_PER_WRITE: usize = 5_000;
/// Looks in a minute, as with a check every ten seconds.
const LOOKS_PER_MINUTE: u64 = 6;
/// Days for which minutes are made up; before that only hours and days.
const MINUTE_DAYS: u32 = 1;

/// Make up a history that ends now, in a data directory that has none yet.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    /// How many components
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(HISTORY_COMPONENTS_MAX)))]
    components: u32,
    /// How many days
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(HISTORY_DAYS_MAX)))]
    days: u32,
    /// Entries after the newest snapshot row, as after a power cut; the server saves one every 1,000
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    unsaved: u32,
}

/// Writes it, and says how much in one line of JSON.
///
/// # Errors
/// When the directory holds a journal already, or cannot be written.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = SqliteStore::open(&arguments.data).await.context("the data directory cannot be used")?;
    anyhow::ensure!(store.head().await?.seq == 0, "{} already holds a journal", arguments.data.display());
    let now = UnixMs(i64::try_from(clock::unix_us() / 1_000)?);
    let past = Past::new(arguments.components, arguments.days, now);
    let fold = write_journal(&store, &past).await?;
    save_as_after_power_cut(&store, &fold, arguments.unsaved).await?;
    let rollups = write_rollups(&store, &past, arguments.days).await?;
    store.renew_watch(now).await?;
    let entries = fold.seq;
    store.close().await?;
    println!("{}", serde_json::json!({ "entries": entries, "rollups": rollups }));
    Ok(())
}

/// Leads the core through the past and appends what it decides.
async fn write_journal(store: &SqliteStore, past: &Past) -> anyhow::Result<Fold> {
    let begin = past::clocks(past.begin, past.begin);
    let (mut engine, first) = Engine::start(Fold::empty(store.origin()), past.config()?, None, begin);
    append(store, first).await?;
    for (at, looks) in past.looks() {
        let now = past::clocks(at, past.begin);
        for (check, status) in looks {
            let observation = Observation {
                check,
                scheduled_at: at,
                at,
                status,
                latency_us: Some(12_000),
                reason: None,
                role: None,
                lag_ms: None,
            };
            append(store, engine.step(now, Input::Observed(observation))).await?;
        }
        append(store, engine.step(now, Input::Tick)).await?;
    }
    append(store, engine.step(past::clocks(past.end, past.begin), Input::Tick)).await?;
    store.load().await.context("the journal that was just written cannot be read")
}

async fn append(store: &SqliteStore, output: Output) -> anyhow::Result<()> {
    if !output.facts.is_empty() {
        store.append(output.at, output.facts).await?;
    }
    Ok(())
}

/// Leaves the newest snapshot row `unsaved` entries before the end of the journal.
async fn save_as_after_power_cut(store: &SqliteStore, fold: &Fold, unsaved: u32) -> anyhow::Result<()> {
    let saved_seq = fold.seq.saturating_sub(u64::from(unsaved));
    let mut saved = Fold::empty(store.origin());
    while saved.seq < saved_seq {
        let entries = store.entries_after(saved.seq, 500).await?;
        anyhow::ensure!(!entries.is_empty(), "the journal ends at {}, before {saved_seq}", saved.seq);
        for entry in entries.iter().filter(|entry| entry.seq <= saved_seq) {
            saved.apply(entry)?;
        }
    }
    store.save_fold(&saved).await?;
    Ok(())
}

/// Hours and days of the whole time, minutes of its end.
async fn write_rollups(store: &SqliteStore, past: &Past, days: u32) -> anyhow::Result<usize> {
    let (mut waiting, mut written) = (Vec::new(), 0);
    for component in past.components()? {
        for resolution in [Resolution::Minute, Resolution::Hour, Resolution::Day] {
            let is_minute = resolution == Resolution::Minute;
            let reach_days = if is_minute { days.min(MINUTE_DAYS) } else { days };
            let from = resolution.start(past.end.minus_ms(u64::from(reach_days) * DAY_MS));
            let count = u64::from(reach_days) * DAY_MS / resolution.ms();
            for bucket in 0..count {
                waiting.push(rollup(&component, resolution, from.plus_ms(bucket * resolution.ms())));
                if waiting.len() == ROLLUPS_PER_WRITE {
                    written += waiting.len();
                    store.import_rollups(std::mem::take(&mut waiting)).await?;
                }
            }
        }
    }
    written += waiting.len();
    store.import_rollups(waiting).await?;
    Ok(written)
}

fn rollup(component: &ComponentId, resolution: Resolution, starts_at: UnixMs) -> RollupRow {
    let looks = resolution.ms() / 60_000 * LOOKS_PER_MINUTE;
    let mut sketch = Sketch::default();
    // Each bucket of time has a few of the latencies that a service has over a day.
    for step in 0..looks.min(40) {
        let spread = past::scatter(starts_at.0.unsigned_abs() + step) % 30_000;
        sketch.add(8_000 + u32::try_from(spread).unwrap_or(0));
    }
    RollupRow {
        component: component.clone(),
        resolution,
        starts_at,
        looks,
        failed: 0,
        sketch,
        stages: StageSums::default(),
    }
}
