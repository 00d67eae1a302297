//! `pharos restore`: fills an empty database with what an archive holds.

use pharos_archive::{Seal, Target, is_possible, restore};
use pharos_model::{Origin, UnixMs};

use super::{Opening, Service, say, told};
use crate::commands::remote::moment;
use crate::storage::Storage;

/// What `pharos restore` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where it is: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// Only what was decided up to this moment: RFC 3339, or a date and a time in your own zone.
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "to_seq")]
    until: Option<String>,
    /// Only up to this entry of the journal.
    #[arg(long, value_name = "N")]
    to_seq: Option<u64>,
    /// An earlier life of the journal, by its name, where the archive tells of several.
    #[arg(long, value_name = "NAME", value_parser = Origin::new)]
    life: Option<Origin>,
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    storage: Storage,
}

/// Restores.
///
/// # Errors
/// When the database is not empty, what is asked for is not there, or something is damaged. The database cannot be used then, and the
/// command may be run once more.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let archive = arguments.service.kept(&arguments.from, arguments.opening.seal(Seal::default())?)?;
    let manifest = archive.manifest_of(arguments.life.as_ref()).await?;
    let target = match (
        arguments.until.as_deref().map(str::parse::<jiff::Timestamp>).transpose()?,
        arguments.to_seq,
    ) {
        (Some(until), _) => Target::Until(UnixMs(until.as_millisecond())),
        (None, Some(seq)) => Target::Seq(seq),
        (None, None) => Target::End,
    };
    is_possible(&archive, &manifest, target).await?;
    let started = std::time::Instant::now();
    let store = arguments.storage.open_to_fill().await?;
    let restored = restore(&archive, &manifest, store, target).await?;
    let history = match restored.history_covers {
        Some(until) => format!("{} observations up to {}", restored.samples, told(until)),
        None => "no observations".to_owned(),
    };
    say(&format!(
        "{}: restored {} entries up to {}, and {history}, in {:.1} s",
        arguments.storage.place(),
        restored.head.seq,
        told(restored.covers),
        started.elapsed().as_secs_f64(),
    ));
    say(
        "Start the server as before. What was seen after that moment is lost, and the page shows it as unknown.",
    );
    Ok(())
}
