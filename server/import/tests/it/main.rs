//! Sources read as a whole: what is made of inputs of the shape that the originals write, and what is said of hostile ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cachet;
mod kuma;
mod pharos;
mod shown;
mod upptime;

use async_trait::async_trait;
use pharos_import::{Haul, ImportError, Input, Reach, Spot, named};
use url::Url;

/// Nobody who could be asked.
struct Nowhere;

#[async_trait]
impl Reach for Nowhere {
    async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, ImportError> {
        Err(ImportError::new(Spot::of(url.as_str()), "it does not answer", "ask later"))
    }
}

/// Reads what is given with the source of this name.
async fn read(source: &str, given: &[String], page: Option<&str>) -> Result<Haul, ImportError> {
    let source = named(source).unwrap();
    source.read(&Input { given, reach: &Nowhere, page }).await
}

/// Why what is given cannot be read.
async fn refused(source: &str, given: &[String], page: Option<&str>) -> String {
    read(source, given, page).await.err().map(|error| error.to_string()).unwrap_or_default()
}
