//! `pharos agent`: looks from where it runs at what a page asks it to look at.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::agent::{self, Servers};
use crate::lifecycle;

/// The variable with the token.
const TOKEN: &str = "PHAROS_AGENT_TOKEN";

/// What `pharos agent` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The token is that of one of the `vantages` of the page's configuration. It is read from --token-file, \
                        or from the variable PHAROS_AGENT_TOKEN."
)]
pub struct Arguments {
    /// The addresses of the page, or of its nodes: the next is asked when one does not answer.
    #[arg(
        long = "server",
        env = "PHAROS_SERVER",
        value_name = "URL",
        value_delimiter = ',',
        required = true
    )]
    servers: Vec<String>,
    /// A file that holds the token and nothing else; it is read anew when the token is refused.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The address of this machine from which to look and to hand in, where it has several.
    #[arg(long, env = "PHAROS_AGENT_FROM", value_name = "ADDRESS")]
    from_address: Option<IpAddr>,
    /// Speak to a server without TLS, although the token can then be read on the way.
    #[arg(long)]
    allow_http: bool,
}

/// Looks until told to end.
///
/// # Errors
/// When there is no token, or a server's address is not good.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let (from, file) = (arguments.from_address, arguments.token_file);
    let read_token = Box::new(move || token(file.as_deref()));
    let servers = Servers::new(&arguments.servers, read_token, (from, arguments.allow_http))?;
    let prober = lifecycle::prober(from)?;
    let shutdown = CancellationToken::new();
    let ended = shutdown.clone();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        ended.cancel();
    });
    agent::run(servers, prober, shutdown).await;
    Ok(())
}

fn token(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("the token cannot be read from {}", path.display()))?,
        None => std::env::var(TOKEN).unwrap_or_default(),
    };
    let token = text.trim();
    if token.is_empty() {
        bail!("there is no token: name a file that holds it with --token-file, or set {TOKEN}");
    }
    Ok(token.to_owned().into())
}
