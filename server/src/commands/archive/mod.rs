//! Commands about the archive that need no server: writing it, reading it, restoring from it.

pub mod backup;
pub mod restore;
pub mod scrub;
pub mod verify;

use std::path::PathBuf;

use anyhow::Context;
use pharos_archive::{Archive, Seal};
use pharos_bucket::{Access, Durability, Place};
use pharos_model::UnixMs;
use secrecy::SecretString;

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

/// How a service that speaks S3 is reached. A folder needs none of it.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Service {
    /// The address of a service that speaks S3: scheme and host. Without it that of Amazon.
    #[arg(long, env = "PHAROS_S3_ENDPOINT", value_name = "URL")]
    s3_endpoint: Option<String>,
    /// Its region.
    #[arg(long, env = "PHAROS_S3_REGION", value_name = "REGION")]
    s3_region: Option<String>,
}

/// The keys of the service, which no command line should show.
const KEYS: [&str; 3] = ["PHAROS_S3_ACCESS_KEY_ID", "PHAROS_S3_SECRET_ACCESS_KEY", "PHAROS_S3_SESSION_TOKEN"];

impl Service {
    /// The archive at a place, to be written.
    fn archive(self, place: &str, seal: Seal) -> anyhow::Result<Archive> {
        Ok(Archive::new(self.place(place)?.open(Durability::Durable, now_ms)?, seal))
    }

    /// The archive at a place, only to be read: what is left may lie where nobody can write any more.
    fn kept(self, place: &str, seal: Seal) -> anyhow::Result<Archive> {
        Ok(Archive::new(self.place(place)?.open_to_read(now_ms)?, seal))
    }

    fn place(self, place: &str) -> anyhow::Result<Place> {
        let is_service = place.starts_with("s3://");
        let [id, secret, session] =
            KEYS.map(|name| std::env::var(name).ok().filter(|_| is_service).map(SecretString::from));
        if is_service && (id.is_none() || secret.is_none()) {
            anyhow::bail!(
                "the keys of the service are missing; set {} and {} in the environment",
                KEYS[0],
                KEYS[1]
            );
        }
        let access = Access {
            endpoint: self.s3_endpoint.filter(|_| is_service),
            region: self.s3_region.filter(|_| is_service),
            access_key_id: id,
            secret_access_key: secret,
            session_token: session,
        };
        Ok(Place::parse(place, access)?)
    }
}

fn now_ms() -> i64 {
    crate::clock::wall().0
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
