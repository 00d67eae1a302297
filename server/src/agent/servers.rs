//! The nodes that an agent may ask: any of them will do, and the next is tried when one does not answer.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::limits::{AGENT_REQUEST_TIMEOUT, ASSIGNMENT_BYTES_MAX};
use crate::vantage::{Assignment, HandedIn, Taken};

/// Reads the token from where it is kept.
pub type ReadToken = Box<dyn Fn() -> anyhow::Result<SecretString> + Send + Sync>;

/// The nodes, and the token that they know the agent by.
pub struct Servers {
    http: reqwest::Client,
    roots: Vec<String>,
    token: Mutex<SecretString>,
    /// Asked again when the token is refused: another may be there by now.
    read_token: ReadToken,
    /// Which of them answered last.
    current: AtomicUsize,
    /// Whether none answers, so that it is said once.
    is_cut_off: AtomicBool,
}

impl Servers {
    /// The nodes at these addresses, reached from an address of this machine where one is chosen.
    ///
    /// # Errors
    /// When there is no token, an address is not good, or would carry the token in the clear.
    pub fn new(
        addresses: &[String],
        read_token: ReadToken,
        (from, allow_http): (Option<IpAddr>, bool),
    ) -> anyhow::Result<Self> {
        let token = Mutex::new(read_token()?);
        let roots = addresses.iter().map(|address| root(address, allow_http));
        let roots = roots.collect::<anyhow::Result<Vec<String>>>()?;
        if roots.is_empty() {
            bail!("there is no server to ask: name one with --server");
        }
        let provider = rustls::crypto::ring::default_provider();
        // Another part of the program may have chosen it already.
        let _chosen = provider.install_default();
        let client = reqwest::Client::builder()
            .timeout(AGENT_REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .local_address(from);
        let http = client.build().context("connections cannot be made")?;
        let (current, is_cut_off) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self { http, roots, token, read_token, current, is_cut_off })
    }

    /// What to look at, with its tag; `None` when that is what `known` is the tag of.
    ///
    /// # Errors
    /// When no server answers; it is logged.
    pub async fn assignment(&self, known: Option<&str>) -> Result<Option<(Assignment, Option<String>)>, ()> {
        let ask = |root: &str| {
            let request = self.http.get([root, "/agent/assignment"].concat());
            if let Some(tag) = known { request.header(IF_NONE_MATCH, tag) } else { request }
        };
        let response = self.first_answer(ask).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Some((document(response).await?, tag)))
    }

    /// Hands in results.
    ///
    /// # Errors
    /// When no server takes them; it is logged.
    pub async fn hand_in(&self, results: &HandedIn) -> Result<Taken, ()> {
        let ask = |root: &str| self.http.post([root, "/agent/results"].concat()).json(results);
        document(self.first_answer(ask).await?).await
    }

    /// The answer of the first server that has a good one, beginning with the one that had the last.
    async fn first_answer(&self, ask: impl Fn(&str) -> RequestBuilder) -> Result<Response, ()> {
        let first = self.current.load(Ordering::Relaxed);
        let mut failed = Vec::new();
        for turn in 0..self.roots.len() {
            let index = (first + turn) % self.roots.len();
            let Some(root) = self.roots.get(index) else { continue };
            match self.answer(ask(root)).await {
                Ok(response) => {
                    self.current.store(index, Ordering::Relaxed);
                    if self.is_cut_off.swap(false, Ordering::Relaxed) {
                        tracing::info!(server = root, "a server answers again");
                    } else if turn > 0 {
                        tracing::info!(server = root, "asking another server from now on");
                    }
                    return Ok(response);
                }
                Err(why) => failed.push(format!("{root}: {why}")),
            }
        }
        if !self.is_cut_off.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "no server takes what is seen; looking goes on and results are kept: {}",
                failed.join("; ")
            );
        }
        Err(())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, String> {
        let request = request.bearer_auth(self.token().expose_secret());
        let sent = request.send().await;
        let response = sent.map_err(|error| innermost(&error))?;
        match response.status() {
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
            StatusCode::UNAUTHORIZED => {
                if let Ok(token) = (self.read_token)() {
                    *self.token() = token;
                }
                Err("the token is not that of any vantage: compare it with `vantages` in the configuration"
                    .to_owned())
            }
            status => Err(format!("answered {status}")),
        }
    }

    fn token(&self) -> MutexGuard<'_, SecretString> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a document within its bound.
async fn document<T: DeserializeOwned>(mut response: Response) -> Result<T, ()> {
    let failed = |why: &str| {
        tracing::error!("a server's answer cannot be read: {why}");
        Err(())
    };
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ASSIGNMENT_BYTES_MAX => bytes.extend(chunk),
            Ok(Some(_)) => return failed("it is too long"),
            Ok(None) => break,
            Err(error) => return failed(&innermost(&error)),
        }
    }
    // What stands in it is not repeated: it may hold credentials.
    serde_json::from_slice(&bytes).or_else(|_| failed("is it a Pharos of this version?"))
}

/// Where a server's paths begin.
fn root(address: &str, allow_http: bool) -> anyhow::Result<String> {
    let url = Url::parse(address).with_context(|| format!("{address} is not an address of a server"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() || address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => bail!("{address} names no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_here || allow_http => {}
        "http" => bail!(
            "{address} would carry the token and what it gives access to in the clear: use https://, or --allow-http in a network that you trust"
        ),
        _ => bail!("{address} does not begin with https://"),
    }
    Ok(address.trim_end_matches('/').to_owned())
}

/// The innermost reason, which is the one that helps.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_token_that_was_changed_is_read_anew_when_the_old_one_is_refused() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", server.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = server.accept().await {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let is_new = String::from_utf8_lossy(&request[..read]).contains("Bearer new");
                let status = if is_new { "304 Not Modified" } else { "401 Unauthorized" };
                let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let reads = AtomicUsize::new(0);
        let read_token: ReadToken = Box::new(move || {
            let token = if reads.fetch_add(1, Ordering::Relaxed) == 0 { "old" } else { "new" };
            Ok(token.to_owned().into())
        });
        let servers = Servers::new(&[address], read_token, (None, false)).unwrap();
        assert!(servers.assignment(Some("tag")).await.is_err());
        assert!(matches!(servers.assignment(Some("tag")).await, Ok(None)));
    }

    #[test]
    fn a_token_travels_in_the_clear_only_where_that_is_allowed() {
        assert_eq!(root("https://status.example.org/", false).unwrap(), "https://status.example.org");
        assert_eq!(root("https://example.org/status/", false).unwrap(), "https://example.org/status");
        for address in ["http://127.0.0.1:8080", "http://[::1]:8080/", "http://localhost:1"] {
            assert!(root(address, false).is_ok(), "{address}");
        }
        for address in ["http://status.example.org", "http://127.0.0.1.example.org", "http://10.0.0.1"] {
            let error = root(address, false).unwrap_err().to_string();
            assert!(error.contains("--allow-http"), "{error}");
            assert!(root(address, true).is_ok());
        }
        for address in ["status.example.org", "ftp://a", "unix:/run/x"] {
            assert!(root(address, true).is_err(), "{address}");
        }
    }
}
