//! A service to be watched, as a process of its own: `service KIND ADDRESS`. It says where it listens, does what it is told in
//! lines of its standard input, and ends with it.
//!
//! Each line is how it is from then on: `well`, `limping` (a part of it is down), `down`, or `failing` (it answers 500 and no
//! document, or a gRPC server that breaks its calls).

mod documents;
mod grpc;

use std::io::{BufRead, Write};
use std::net::TcpListener;

use anyhow::{Context, bail};
use tokio::sync::watch;

/// How the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Well,
    Limping,
    Down,
    Failing,
}

impl State {
    fn parse(word: &str) -> anyhow::Result<Self> {
        Ok(match word {
            "well" => Self::Well,
            "limping" => Self::Limping,
            "down" => Self::Down,
            "failing" => Self::Failing,
            other => bail!("\"{other}\" is no state: say well, limping, down or failing"),
        })
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().context("say which kind of service")?;
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address)?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", listener.local_addr()?)?;
    out.flush()?;
    let (tell, state) = watch::channel(State::Well);
    std::thread::spawn(move || {
        let ended = match kind.as_str() {
            "actuator" => documents::serve(&listener, &state, documents::actuator),
            "health+json" => documents::serve(&listener, &state, documents::health_json),
            "statuspage" => documents::serve(&listener, &state, documents::statuspage),
            "grpc" => grpc::serve(listener, state, true),
            "grpc-without-watch" => grpc::serve(listener, state, false),
            other => Err(anyhow::anyhow!("there is no service \"{other}\"")),
        };
        // What is watched and has ended cannot be told from what was killed, so that the tests see it.
        drop(writeln!(std::io::stderr(), "ended: {ended:?}"));
        std::process::exit(1);
    });
    for line in std::io::stdin().lock().lines() {
        tell.send_replace(State::parse(line?.trim())?);
        writeln!(out, "so it is")?;
        out.flush()?;
    }
    Ok(())
}
