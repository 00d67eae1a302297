//! Visitors at a steady rate over kept connections: how long an answer takes from when it was due, in quiet times and
//! around changes.
//!
//! The rate does not give way when the server stalls: a request that could not be sent in time counts from when it
//! should have been. So a stall shows in the percentiles however short it is, which it does not when every connection
//! simply waits for its answer.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::latencies::summary;
use crate::limits::{
    ANSWER_WAIT_MAX, BODY_BYTES_MAX, CONNECTIONS_MAX, HEAD_BYTES_MAX, LOAD_SECONDS_MAX, READ_BYTES_MAX,
};
use pharos_measure::chunked::Chunked;
use pharos_measure::sse::Reader;

/// How long after a change a request counts as touched by it.
const TOUCHED_BY_CHANGE: Duration = Duration::from_millis(500);

/// Ask for a page at a steady rate over kept connections, and say how long the answers took.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Where the server listens
    #[arg(long)]
    address: SocketAddr,
    /// What to ask for
    #[arg(long, default_value = "/")]
    path: String,
    /// Connections kept open
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=i64::from(CONNECTIONS_MAX)))]
    connections: u32,
    /// Requests a second, over all connections
    #[arg(long, default_value_t = 3_200, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    rate: u32,
    /// How long, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=i64::from(LOAD_SECONDS_MAX)))]
    seconds: u32,
}

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    /// When each request was due, and how long after that it was answered.
    answers: Vec<(Instant, Duration)>,
    errors: u64,
    first_error: Option<String>,
    changes: Vec<Instant>,
}

/// Visits, and says what was seen in one line of JSON.
///
/// # Errors
/// When nothing was answered.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let local = LocalSet::new();
    let (watcher, server) = (Rc::clone(&seen), arguments.address);
    // Who cannot listen sees no changes, and the measurement that wanted some says so.
    local.spawn_local(async move { watch_changes(server, &watcher).await });
    let started = Instant::now() + Duration::from_millis(200);
    let visits: Vec<_> = (0..arguments.connections)
        .map(|number| {
            let first = started + Duration::from_secs_f64(f64::from(number) / f64::from(arguments.rate));
            local.spawn_local(visit(arguments.clone(), first, started, Rc::clone(&seen)))
        })
        .collect();
    local
        .run_until(async move {
            for visit in visits {
                visit.await?;
            }
            anyhow::Ok(())
        })
        .await?;
    let seen = seen.borrow();
    let Seen { answers, errors, first_error, changes } = &*seen;
    anyhow::ensure!(
        !answers.is_empty(),
        "no answer: {}",
        first_error.as_deref().unwrap_or("no reason is known")
    );
    println!(
        "{}",
        json!({
            "errors": errors,
            "first_error": first_error,
            "changes": changes.len(),
            "all": summary(answers.iter().map(|(_, took)| microseconds(*took)).collect()),
            "after_changes": summary(touched(answers, changes)),
        })
    );
    Ok(())
}

/// Latencies in microseconds of the requests that were due, or not yet answered, shortly after a change.
fn touched(answers: &[(Instant, Duration)], changes: &[Instant]) -> Vec<u64> {
    answers
        .iter()
        .filter(|(due, took)| changes.iter().any(|at| *due + *took >= *at && *due <= *at + TOUCHED_BY_CHANGE))
        .map(|(_, took)| microseconds(*took))
        .collect()
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// One connection. A broken one is opened anew for the next request that is due.
async fn visit(arguments: Arguments, first: Instant, started: Instant, seen: Rc<RefCell<Seen>>) {
    let period = Duration::from_secs_f64(f64::from(arguments.connections) / f64::from(arguments.rate));
    let until = started + Duration::from_secs(arguments.seconds.into());
    let (mut due, mut connection) = (first, None);
    while due < until {
        tokio::time::sleep_until(due).await;
        let asked = tokio::time::timeout(ANSWER_WAIT_MAX, ask(&mut connection, &arguments)).await;
        let mut seen = seen.borrow_mut();
        seen.answers.push((due, due.elapsed()));
        if let Err(error) = asked.context("no answer in time").and_then(|asked| asked) {
            connection = None;
            seen.errors += 1;
            seen.first_error.get_or_insert_with(|| format!("{error:#}"));
        }
        due += period;
    }
}

async fn ask(connection: &mut Option<TcpStream>, arguments: &Arguments) -> anyhow::Result<()> {
    let stream = match connection {
        Some(stream) => stream,
        None => connection.insert(TcpStream::connect(arguments.address).await?),
    };
    stream.set_nodelay(true)?;
    let Arguments { address, path, .. } = arguments;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(READ_BYTES_MAX);
    let end = loop {
        anyhow::ensure!(stream.read_buf(&mut answer).await? > 0, "the connection was closed");
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        anyhow::ensure!(answer.len() < HEAD_BYTES_MAX, "the head of the answer is too long");
    };
    let length = body_bytes(&answer[..end])?;
    while answer.len() < end + length {
        anyhow::ensure!(stream.read_buf(&mut answer).await? > 0, "the body was cut short");
    }
    Ok(())
}

/// The length of the body, of a good answer that came compressed.
fn body_bytes(head: &[u8]) -> anyhow::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    anyhow::ensure!(head.starts_with("http/1.1 200"), "the answer is {:?}", head.lines().next());
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    anyhow::ensure!(field("content-encoding:") == Some("gzip"), "the answer is not compressed");
    let length = field("content-length:").context("the answer has no length")?.parse()?;
    anyhow::ensure!(length <= BODY_BYTES_MAX, "the answer is larger than {BODY_BYTES_MAX} bytes");
    Ok(length)
}

async fn watch_changes(server: SocketAddr, seen: &RefCell<Seen>) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(format!("GET /events HTTP/1.1\r\nhost: {server}\r\n\r\n").as_bytes()).await?;
    let (mut chunked, mut reader, mut bytes, mut in_body) =
        (Chunked::default(), Reader::default(), Vec::with_capacity(READ_BYTES_MAX), false);
    loop {
        anyhow::ensure!(stream.read_buf(&mut bytes).await? > 0, "the stream ended");
        if !in_body {
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            bytes.drain(..end + 4);
            in_body = true;
        }
        let mut plain = Vec::new();
        chunked.feed(&bytes, &mut plain)?;
        bytes.clear();
        let now = Instant::now();
        reader.feed(&plain, |frame| {
            if frame.event == "change" {
                seen.borrow_mut().changes.push(now);
            }
        })?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_waits_through_a_change_is_touched_by_it() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let answers =
            [(start, ms(5)), (start + ms(90), ms(30)), (start + ms(550), ms(1)), (start + ms(700), ms(2))];
        assert_eq!(touched(&answers, &[start + ms(100)]), [30_000, 1_000]);
    }

    #[test]
    fn only_a_good_compressed_answer_counts() {
        assert_eq!(
            body_bytes(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n").unwrap(),
            12
        );
        assert!(body_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n").is_err());
        assert!(
            body_bytes(b"HTTP/1.1 503 Busy\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n").is_err()
        );
    }
}
