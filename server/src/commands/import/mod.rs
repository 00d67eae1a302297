//! `pharos import`: makes a page of Pharos from what another status page or monitor says: a configuration file, and a journal with its past.

mod configuration;
mod fetch;
mod fill;
mod journal;
mod looks;
mod maintenances;
mod plan;
mod series;
mod update;
mod yaml;

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::{PossibleValue, PossibleValuesParser};
use pharos_import::{Haul, Input, SOURCES, named};
use pharos_model::UnixMs;

use crate::clock;
use crate::http::written;
use crate::limits::IMPORT_BEGINS_MIN;
use crate::storage::Storage;
use configuration::Made;
use fetch::Web;
use fill::State;
use journal::Past;
use plan::Plan;

/// What `pharos import` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// From what.
    #[arg(value_name = "SOURCE", value_parser = sources())]
    source: String,
    /// Files, a folder or an address, as the source has them.
    #[arg(value_name = "INPUT", required = true)]
    input: Vec<String>,
    /// Which of several status pages, where the source has several: its name in addresses there.
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Where the configuration file is written. One that is there already stays as it is, and what was made is written beside it.
    #[arg(long, env = "PHAROS_CONFIG", default_value = "pharos.yaml", value_name = "FILE")]
    config: PathBuf,
    /// Do it, instead of only saying what would be done.
    #[arg(long)]
    yes: bool,
    /// Print the plan as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Refuses a past that is none: no later entry of the journal may bear an earlier time, and each of its days is an entry.
fn of_our_time(past: &Past, input: &str, now: UnixMs) -> anyhow::Result<()> {
    let told = |at: UnixMs| format!("{input} tells of {} at {}, which is", past.told_at(at), written(at));
    if past.begin() < IMPORT_BEGINS_MIN {
        bail!("{} too long ago; correct the time", told(past.begin()));
    }
    if past.covers() > now {
        bail!("{} still to come; correct the time, or set the clock", told(past.covers()));
    }
    Ok(())
}

fn sources() -> PossibleValuesParser {
    let values = SOURCES.iter().map(|source| PossibleValue::new(source.name()).help(source.takes()));
    PossibleValuesParser::new(values.collect::<Vec<_>>())
}

/// Reads the source, says what is to be made of it, and makes it where that is wanted.
///
/// # Errors
/// When the source cannot be read, what was made of it is not good, or the database holds something else. Nothing that anybody could use is
/// changed then, and the command may be run again.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let source = named(&arguments.source);
    let source = source.ok_or_else(|| anyhow::anyhow!("there is no source `{}`", arguments.source))?;
    let web = Web::new()?;
    let input = Input { given: &arguments.input, reach: &web, page: arguments.page.as_deref() };
    let mut haul = source.read(&input).await?;
    let made = configuration::made(&haul, source.name(), &arguments.config)?;
    let given = arguments.input.first().map_or("input", String::as_str);
    series::leave_what_never_comes(&mut haul, &made.loaded.engine.time_zone, given);
    let past = Past::of(&haul, &made.loaded)?;
    if let Some(past) = &past {
        of_our_time(past, given, clock::wall())?;
    }
    let head = past.as_ref().map(Past::head).transpose()?;
    let state = match head {
        Some(head) => fill::state(&arguments.storage, head).await?,
        None => State::Nothing,
    };
    let mut plan = Plan::of(source.name(), &haul, &made, past.as_ref().zip(head));
    plan.note_state(state, &arguments.storage.place());
    if arguments.yes {
        carry_out(&arguments, source.name(), (&mut haul, &made, past.as_ref().zip(head)), (&mut plan, state))
            .await?;
    }
    plan.print(arguments.json)
}

async fn carry_out(
    arguments: &Arguments,
    source: &str,
    (haul, made, past): (&mut Haul, &Made, Option<(&Past, pharos_store::Head)>),
    (plan, state): (&mut Plan, State),
) -> anyhow::Result<()> {
    made.write()?;
    if let Some((past, head)) = past
        && state == State::Empty
    {
        let looks = haul.looks.take();
        plan.filled(fill::fill(&arguments.storage, source, (past, head), looks).await?);
    }
    plan.carried_out();
    Ok(())
}
