//! Makes up a store that is full: entries and observations put in as a restore puts them, without a core that decides them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use pharos_engine::{CheckId, Fact};
use pharos_model::{Change, ComponentDefinition, ComponentId, Origin, PageDefinition, Status, UnixMs};
use pharos_store::{Chain, JournalRow, Restorer, STAGES, Sample, SqliteStore};

use crate::clock;
use crate::limits::{FILLED_ENTRIES_MAX, FILLED_SAMPLES_MAX};

/// Components that turn up and down, each with a check.
const COMPONENTS: i64 = 100;
/// Over how long, in milliseconds: what is older is let go.
const SPAN_MS: i64 = 6 * 86_400_000;
/// Rows put in at once.
const AT_ONCE: usize = 100_000;

/// Fill a data directory that has none yet with entries and observations of the last six days.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    /// Entries of the journal
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=FILLED_ENTRIES_MAX))]
    entries: u64,
    /// Raw observations
    #[arg(long, value_parser = clap::value_parser!(u64).range(0..=FILLED_SAMPLES_MAX))]
    samples: u64,
}

/// Fills it, and says so in one line of JSON.
///
/// # Errors
/// When the directory is in use, holds something, or cannot be written.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = SqliteStore::open_to_fill(&arguments.data).await.context("the directory cannot be filled")?;
    let now = i64::try_from(clock::unix_us() / 1_000)?;
    let began = now - SPAN_MS;
    let mut restorer = Restorer::new(Arc::new(store));
    journal(&mut restorer, arguments.entries, began).await?;
    observations(&restorer, arguments.samples, began).await?;
    let origin = Origin::new("0000000000000001").context("a name")?;
    restorer.end((origin, arguments.entries), UnixMs(now), None).await?;
    println!("{}", serde_json::json!({ "entries": arguments.entries, "samples": arguments.samples }));
    Ok(())
}

fn component(number: i64) -> anyhow::Result<ComponentId> {
    Ok(ComponentId::new(&format!("part-{number}"))?)
}

async fn journal(restorer: &mut Restorer, entries: u64, began: i64) -> anyhow::Result<()> {
    let (mut chain, mut rows) = (Chain::default(), Vec::with_capacity(AT_ONCE));
    for seq in 1..=entries {
        let part = i64::try_from(seq)?;
        let at = UnixMs(began + SPAN_MS / i64::try_from(entries)? * part);
        let fact = if seq == 1 { configured()? } else { turned(part, at)? };
        let payload = serde_json::to_string(&fact)?;
        chain = chain.after(seq, at, fact.kind(), &payload);
        let (after, kind) = (Some(seq - 1), fact.kind().to_owned());
        rows.push(JournalRow { seq, after, at, term: 1, kind, payload, chain });
        if rows.len() == AT_ONCE {
            restorer.journal(std::mem::take(&mut rows)).await?;
        }
    }
    restorer.journal(rows).await?;
    Ok(())
}

fn configured() -> anyhow::Result<Fact> {
    let parts = (0..COMPONENTS).map(|number| {
        let id = component(number)?;
        Ok(ComponentDefinition::new(id.clone(), id.as_str().into()))
    });
    let components = parts.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Fact::Public(Change::Configured(PageDefinition { components, ..PageDefinition::default() })))
}

/// Every component turns down, and up the next time.
fn turned(part: i64, at: UnixMs) -> anyhow::Result<Fact> {
    let status = if part / COMPONENTS % 2 == 0 { Status::MajorOutage } else { Status::Operational };
    Ok(Fact::Public(Change::StatusChanged { component: component(part % COMPONENTS)?, status, from: at }))
}

async fn observations(restorer: &Restorer, samples: u64, began: i64) -> anyhow::Result<()> {
    let rounds = i64::try_from(samples)? / COMPONENTS;
    let mut rows = Vec::with_capacity(AT_ONCE);
    for round in 0..rounds {
        let slot = UnixMs(began + SPAN_MS / rounds.max(1) * round);
        for number in 0..COMPONENTS {
            let component = component(number)?;
            rows.push(Sample {
                check: CheckId(format!("{component}/http")),
                component: Some(component),
                scheduled_at: slot,
                at: slot,
                status: Status::Operational,
                latency_us: Some(u32::try_from(9_000 + (round * 37 + number * 911) % 4_000)?),
                stages_us: [Some(200); STAGES],
                reason: None,
            });
        }
        if rows.len() >= AT_ONCE {
            restorer.samples(std::mem::take(&mut rows)).await?;
        }
    }
    restorer.samples(rows).await?;
    Ok(())
}
