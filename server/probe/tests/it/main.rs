//! Probes against real servers on this machine, most of them bad ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod absences;
mod bad_http;
mod calls;
mod certificates;
mod clocks;
mod databases;
mod documents;
mod echoes;
mod mail;
mod mutations;
mod names;
mod pings;
mod ports;
mod programs;
mod real;
mod registries;
mod requests;
mod shells;
mod sockets;
mod stages;
mod suppliers;
mod watches;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pharos_probe::{Outcome, ProbeResult, Prober, ProberOptions, ReasonKind, Spec};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;

const TIMEOUT_MS: u64 = 300;

/// The tests' own time: 23 November 2026, in seconds since 1970.
fn now_s() -> i64 {
    1_795_392_000
}

fn now_ms() -> i64 {
    now_s() * 1_000
}

fn prober() -> Prober {
    Prober::new(&ProberOptions::new(now_ms)).unwrap()
}

fn http(value: Value) -> Spec {
    Spec::Http(serde_json::from_value(value).unwrap())
}

/// Probes, and holds the probe to its budget.
async fn probe(spec: &Spec) -> ProbeResult {
    let started = Instant::now();
    let result = prober().probe(spec, TIMEOUT_MS).await;
    assert!(started.elapsed() < Duration::from_millis(TIMEOUT_MS + 1_000), "took {:?}", started.elapsed());
    result
}

#[track_caller]
fn assert_reason(result: &ProbeResult, outcome: Outcome, kind: ReasonKind, sentence: &str) {
    let reason = result.reason.as_ref();
    let said = reason.map(|reason| (reason.kind, reason.sentence.as_str()));
    assert_eq!((result.outcome, said), (outcome, Some((kind, sentence))));
}

/// A server that reads the head of a request and then does what it is told with the connection.
async fn server<F, Fut>(act: F) -> SocketAddr
where
    F: Fn(TcpStream, String) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let count = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..count]).into_owned();
            tokio::spawn(act(stream, head));
        }
    });
    address
}

/// A server that does what it is told with each connection, before it hears anything.
async fn greeting<F, Fut>(act: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(act(stream));
        }
    });
    address
}

/// A server that says the first of `says` at once and one more whenever it hears something, and then is silent.
async fn saying(says: &'static [&'static str]) -> SocketAddr {
    greeting(move |mut stream| async move {
        for text in says {
            stream.write_all(text.as_bytes()).await.unwrap();
            if stream.read(&mut [0; 4096]).await.unwrap_or(0) == 0 {
                return;
            }
        }
        silence().await;
    })
    .await
}

/// A server that answers every request with these bytes and closes.
async fn answering(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    server(move |mut stream, _| {
        let answer = answer.clone();
        async move {
            // A prober that has seen enough hangs up, and that is well.
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// A server that takes a request and never says anything.
async fn silent() -> SocketAddr {
    server(|stream, _| async move {
        silence().await;
        drop(stream);
    })
    .await
}

/// What a server tells of what it heard, within a bound.
async fn told<T>(hears: &mut Receiver<T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), hears.recv()).await.unwrap().unwrap()
}

/// Never ends.
async fn silence() {
    std::future::pending::<()>().await;
}
