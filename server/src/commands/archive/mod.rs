//! Commands about the archive that need no server: writing it, reading it, restoring from it.

pub mod backup;
pub mod restore;
pub mod verify;

use std::path::PathBuf;

use anyhow::Context;
use pharos_archive::{Archive, Seal};
use pharos_bucket::Durability;
use pharos_model::UnixMs;

use crate::config::PlaceOf;

/// The longest file with keys.
const KEY_BYTES_MAX: u64 = 64 * 1024;

/// The key that opens an archive.
#[derive(Debug, clap::Args)]
pub struct Opening {
    /// The file with the key of an encrypted archive, as age-keygen writes it.
    #[arg(long, env = "PHAROS_IDENTITY_FILE", value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Opening {
    fn seal(&self, seal: Seal) -> anyhow::Result<Seal> {
        let Some(file) = &self.identity else { return Ok(seal) };
        let shown = file.display();
        let length = std::fs::metadata(file).with_context(|| format!("{shown} cannot be read"))?.len();
        anyhow::ensure!(length <= KEY_BYTES_MAX, "{shown} is too long to be a file with keys");
        let text = std::fs::read_to_string(file).with_context(|| format!("{shown} cannot be read"))?;
        seal.with_identities(&text).with_context(|| format!("{shown} holds no key"))
    }
}

/// The archive at a place.
fn archive(place: &str, seal: Seal) -> anyhow::Result<Archive> {
    Ok(Archive::new(PlaceOf::folder(place.as_ref()).open(Durability::Durable)?, seal))
}

/// A moment as people read it.
fn told(at: UnixMs) -> String {
    crate::http::written(at)
}

/// Says something on standard output.
#[expect(clippy::print_stdout, reason = "what a command found out")]
fn say(text: &str) {
    println!("{text}");
}
