//! Asking the provider, within bounds.

use std::time::Duration;

use serde::de::DeserializeOwned;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// The way to a provider. What goes wrong on it is told as a sentence.
#[derive(Debug)]
pub struct Asking(reqwest::Client);

impl Asking {
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
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(client))
    }

    /// A question.
    pub fn get(&self, address: &str) -> reqwest::RequestBuilder {
        self.0.get(address)
    }

    /// A question with a body.
    pub fn post(&self, address: &str) -> reqwest::RequestBuilder {
        self.0.post(address)
    }
}

/// What is at an address, as JSON.
///
/// # Errors
/// When it is not there, or something else.
pub async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder, address: &str) -> Result<T, String> {
    let request = request.header(http::header::ACCEPT, "application/json");
    let (status, bytes) = sent(request).await?;
    if !status.is_success() {
        return Err(format!("{address} answers {status}"));
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("{address}: {error}"))
}

/// The answer to a question.
///
/// # Errors
/// When there is none in time, or it is too large.
pub async fn sent(request: reqwest::RequestBuilder) -> Result<(http::StatusCode, Vec<u8>), String> {
    let mut response = request.send().await.map_err(|error| chain(&error))?;
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| chain(&error))? {
        if bytes.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err("its answer is too large".to_owned());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok((response.status(), bytes))
}

/// An error with what is behind it: the first sentence alone says little.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
