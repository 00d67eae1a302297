//! `pharos verify`: reads all of an archive and holds it against itself.

use pharos_archive::{Seal, verify};
use pharos_model::Origin;

use super::{Opening, Service, say, told};

/// What `pharos verify` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where it is: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// An earlier life of the journal, by its name, where the archive tells of several.
    #[arg(long, value_name = "NAME", value_parser = Origin::new)]
    life: Option<Origin>,
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    service: Service,
}

/// Verifies.
///
/// # Errors
/// At the first that is not as it should be.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let archive = arguments.service.kept(&arguments.from, arguments.opening.seal(Seal::default())?)?;
    let manifest = archive.manifest_of(arguments.life.as_ref()).await?;
    let found = verify(&archive, &manifest).await?;
    let place = archive.place();
    if !found.opened {
        say(&format!(
            "{place}: {} objects of {} bytes are what they should be by their hashes; it is encrypted, and without its key (--identity) \
             nothing more can be said",
            found.objects, found.bytes,
        ));
        return Ok(());
    }
    let history =
        found.history_covers.map_or(String::new(), |until| format!(", observations up to {}", told(until)));
    say(&format!(
        "{place}: good. {} entries up to {}{history}; {} observations, {} rollups, {} users, {} entries of the audit log, {} snapshots; \
         {} objects of {} bytes",
        found.entries,
        told(found.covers),
        found.samples,
        found.rollups,
        found.users,
        found.audit,
        found.snapshots,
        found.objects,
        found.bytes,
    ));
    let lives = archive.lives().await?;
    if lives.len() > 1 {
        say("It tells of several lives of the journal, the newest first:");
        for life in lives {
            say(&format!("  {life}"));
        }
    }
    Ok(())
}
