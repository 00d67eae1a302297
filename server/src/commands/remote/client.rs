//! The way to a server, and what it answers.

use std::time::Duration;

use serde_json::Value;

/// How long a server may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take over what takes long.
const LONG_TIMEOUT: Duration = Duration::from_hours(1);

/// Which server, and with which token.
#[derive(Debug, clap::Args)]
pub struct Server {
    /// The server's address.
    #[arg(
        id = "server",
        long = "server",
        env = "PHAROS_SERVER",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL",
        global = true
    )]
    address: String,
    /// A token; better in the environment than here, where others may see it.
    #[arg(
        long,
        env = "PHAROS_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        default_value = "",
        global = true
    )]
    token: String,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
}

impl Server {
    /// Whether answers are printed as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The way to it.
    ///
    /// # Errors
    /// When there is no token, or connections cannot be made at all.
    pub fn client(&self) -> Result<Client, Failed> {
        self.client_for(TIMEOUT)
    }

    /// The way to it, for what takes as long as it takes.
    ///
    /// # Errors
    /// As [`Server::client`].
    pub fn patient_client(&self) -> Result<Client, Failed> {
        self.client_for(LONG_TIMEOUT)
    }

    fn client_for(&self, timeout: Duration) -> Result<Client, Failed> {
        if self.token.is_empty() {
            let hint = "set PHAROS_TOKEN; tokens are made in the admin under Tokens";
            return Err(Failed::new(exit::UNAUTHENTICATED, "there is no token", Some(hint)));
        }
        let provider = rustls::crypto::ring::default_provider();
        // Another part of the program may have chosen it already.
        let _chosen = provider.install_default();
        let built =
            reqwest::Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).build();
        let http = built.map_err(|error| Failed::new(exit::UNAVAILABLE, &error.to_string(), None))?;
        let root = self.address.trim_end_matches('/').to_owned();
        Ok(Client { http, root, token: self.token.clone() })
    }
}

/// What the program ends with, beside 0 for done and 2 for what the command line cannot mean.
pub mod exit {
    /// Something else.
    pub const OTHER: u8 = 1;
    /// A value is not good.
    pub const INVALID: u8 = 3;
    /// There is no such thing.
    pub const NOT_FOUND: u8 = 4;
    /// It cannot be done as things are, or somebody else was first.
    pub const CONFLICT: u8 = 5;
    /// The token is not good, or may not do this.
    pub const UNAUTHENTICATED: u8 = 6;
    /// The server does not answer, or cannot now.
    pub const UNAVAILABLE: u8 = 7;
}

/// Why a command failed, and what the program ends with.
#[derive(Debug)]
pub struct Failed {
    /// What the program ends with.
    pub code: u8,
    detail: String,
    hint: Option<String>,
}

impl Failed {
    fn new(code: u8, detail: &str, hint: Option<&str>) -> Self {
        Self { code, detail: detail.to_owned(), hint: hint.map(str::to_owned) }
    }

    fn of(status: u16, problem: &Value) -> Self {
        let code = match status {
            401 | 403 => exit::UNAUTHENTICATED,
            404 => exit::NOT_FOUND,
            409 | 412 => exit::CONFLICT,
            400 | 413 | 415 | 422 => exit::INVALID,
            429 | 500.. => exit::UNAVAILABLE,
            _ => exit::OTHER,
        };
        let text = |name: &str| problem[name].as_str().map(str::to_owned);
        let detail = text("detail").unwrap_or_else(|| format!("the server answered {status}"));
        Self { code, detail, hint: text("hint") }
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Failed {}

/// The way to a server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    root: String,
    token: String,
}

impl Client {
    /// Reads.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn get(&self, path: &str) -> Result<Value, Failed> {
        self.send(reqwest::Method::GET, path, None).await
    }

    /// Sends. The request has a key of its own, so that it is done once even when it is tried again.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.send(reqwest::Method::POST, path, Some(body)).await
    }

    /// Puts.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.send(reqwest::Method::PUT, path, Some(body)).await
    }

    /// Removes.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn delete(&self, path: &str) -> Result<Value, Failed> {
        self.send(reqwest::Method::DELETE, path, None).await
    }

    /// Reads what may be long, a piece after the other. What breaks off is not asked for again.
    ///
    /// # Errors
    /// When the server refuses or does not answer, or `take` does not take a piece.
    pub async fn follow(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let ask = async || self.answer(&reqwest::Method::GET, path, None, "").await;
        let mut response = patiently(ask).await?;
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            take(&piece)?;
        }
        Ok(())
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Value, Failed> {
        let key = crate::accounts::Secret::draw();
        let key = key.map_err(|error| Failed::new(exit::OTHER, &error.to_string(), None))?;
        patiently(async || {
            let response = self.answer(&method, path, body, key.expose()).await?;
            let text = response.text().await.map_err(|error| self.unreachable(&error))?;
            Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
        })
        .await
    }

    /// The beginning of an answer, if it is a good one.
    async fn answer(
        &self,
        method: &reqwest::Method,
        path: &str,
        body: Option<&Value>,
        key: &str,
    ) -> Result<reqwest::Response, Failed> {
        let address = format!("{}/api/v1{path}", self.root);
        let mut request = self.http.request(method.clone(), address).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("idempotency-key", key).json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        let problem: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        Err(Failed::of(status.as_u16(), &problem))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failed {
        let hint = "check --server and whether it runs";
        let detail = format!("{} does not answer: {}", self.root, plain(error));
        Failed::new(exit::UNAVAILABLE, &detail, Some(hint))
    }
}

/// Does something again, after a while, where the server is not there for it.
async fn patiently<T>(once: impl AsyncFn() -> Result<T, Failed>) -> Result<T, Failed> {
    const ATTEMPTS: u32 = 3;
    const PAUSE: Duration = Duration::from_millis(500);
    let mut attempt = 1;
    loop {
        match once().await {
            Err(failed) if failed.code == exit::UNAVAILABLE && attempt < ATTEMPTS => {
                tokio::time::sleep(PAUSE * attempt).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

/// The innermost reason, which is the one that helps.
fn plain(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}
