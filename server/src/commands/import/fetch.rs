//! Fetching addresses for an import, within bounds.

use std::time::Duration;

use async_trait::async_trait;
use pharos_import::{ImportError, Reach, Spot};
use url::Url;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many redirects are followed.
const REDIRECTS_MAX: usize = 5;

/// The way to addresses.
pub struct Web(reqwest::Client);

impl Web {
    /// A way of its own.
    ///
    /// # Errors
    /// When connections cannot be made at all.
    pub fn new() -> Result<Self, reqwest::Error> {
        // Another part of the program may have chosen it already.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
            .user_agent(concat!("Pharos/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Reach for Web {
    async fn get(&self, url: &Url, bytes_max: usize) -> Result<Vec<u8>, ImportError> {
        let wrong = |what: String| {
            let hint = "check the address, or save the files and import those";
            ImportError::new(Spot::of(url.as_str()), what, hint)
        };
        let broken = |error: reqwest::Error| wrong(format!("it does not answer: {}", innermost(&error)));
        let mut response = self.0.get(url.clone()).send().await.map_err(broken)?;
        if response.status() != http::StatusCode::OK {
            return Err(wrong(format!("it answers {}", response.status())));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > bytes_max {
                return Err(wrong(format!("its answer has more than {} MiB", bytes_max / 1024 / 1024)));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// The innermost reason, which is the one that helps.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}
