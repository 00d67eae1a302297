//! Opens many event streams, notes when every frame arrives on each, and says at the end what was heard.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::rc::Rc;
use std::time::Instant;

use anyhow::Context;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::LocalSet;

use crate::limits::{HEAD_BYTES_MAX, OPEN_WAIT_MAX, OPENING_MAX, READ_BYTES_MAX, STREAMS_MAX};
use crate::tally::Tally;
use crate::{clock, leash};
use pharos_measure::chunked::Chunked;
use pharos_measure::sse::Reader;

/// Open many event streams, and say what they heard once the standard input closes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the server listens
    #[arg(long)]
    address: SocketAddr,
    /// How many streams to open
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(STREAMS_MAX)))]
    count: u32,
    /// Number of addresses to open them from, starting at 127.0.0.1: ports are short at one address
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=200))]
    sources: u8,
}

/// What all streams share.
struct Shared {
    tally: RefCell<Tally>,
    /// One buffer for all: reading needs it for a moment only.
    buffer: RefCell<Vec<u8>>,
    plain: RefCell<Vec<u8>>,
    opening: Semaphore,
    /// Streams that opened, or failed to.
    settled: watch::Sender<(u32, u32)>,
    /// Streams that ended or broke after they had opened.
    broken: RefCell<u32>,
}

/// Opens them, says so in one line of JSON, waits, and says what was heard in another.
///
/// # Errors
/// When the first line cannot be said: no stream opened.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pulled = leash::pulled();
    let started = Instant::now();
    let (settled, mut progress) = watch::channel((0, 0));
    let shared = Rc::new(Shared {
        tally: RefCell::new(Tally::new(arguments.count as usize)),
        buffer: RefCell::new(vec![0; READ_BYTES_MAX]),
        plain: RefCell::default(),
        opening: Semaphore::new(OPENING_MAX),
        settled,
        broken: RefCell::default(),
    });
    let local = LocalSet::new();
    for number in 0..arguments.count {
        let source = Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + number % u32::from(arguments.sources));
        local.spawn_local(listen(Rc::clone(&shared), arguments.address, source, number as usize));
    }
    let keeper = Rc::clone(&shared);
    local
        .run_until(async move {
            let count = arguments.count;
            let (open, failed) = *progress.wait_for(|(open, failed)| open + failed >= count).await?;
            let seconds = started.elapsed().as_secs_f64();
            println!("{}", serde_json::json!({ "open": open, "failed": failed, "seconds": seconds }));
            anyhow::ensure!(open > 0, "none of {count} streams could be opened at {}", arguments.address);
            // An end of the pipe and a line mean the same: enough.
            let _ = pulled.await;
            let mut said = serde_json::to_value(keeper.tally.borrow().outcome())?;
            said["failed"] = failed.into();
            said["broken"] = (*keeper.broken.borrow()).into();
            println!("{said}");
            Ok(())
        })
        .await
}

async fn listen(shared: Rc<Shared>, server: SocketAddr, source: Ipv4Addr, number: usize) {
    let opened = {
        // The semaphore is never closed.
        let _place = shared.opening.acquire().await;
        tokio::time::timeout(OPEN_WAIT_MAX, Listener::open(&shared, server, source, number)).await
    };
    let Ok(Ok(mut listener)) = opened else {
        shared.settled.send_modify(|(_, failed)| *failed += 1);
        return;
    };
    shared.settled.send_modify(|(open, _)| *open += 1);
    while listener.read(&shared).await.is_ok() {}
    *shared.broken.borrow_mut() += 1;
}

struct Listener {
    stream: TcpStream,
    number: usize,
    chunked: Chunked,
    reader: Reader,
    /// The head of the answer until it is complete.
    head: Option<Vec<u8>>,
}

impl Listener {
    /// Opens a stream and reads up to its first reset.
    async fn open(
        shared: &Shared,
        server: SocketAddr,
        source: Ipv4Addr,
        number: usize,
    ) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::V4(SocketAddrV4::new(source, 0)))?;
        let mut stream = socket.connect(server).await?;
        let request = format!("GET /events HTTP/1.1\r\nhost: {server}\r\naccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let (chunked, reader) = (Chunked::default(), Reader::default());
        let mut listener = Self { stream, number, chunked, reader, head: Some(Vec::new()) };
        while !shared.tally.borrow().is_open(number) {
            listener.read(shared).await?;
        }
        Ok(listener)
    }

    /// Waits for bytes and takes what is there.
    async fn read(&mut self, shared: &Shared) -> anyhow::Result<()> {
        self.stream.readable().await?;
        let mut buffer = shared.buffer.borrow_mut();
        let count = match self.stream.try_read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let now_us = clock::unix_us();
        anyhow::ensure!(count > 0, "the stream ended");
        let mut plain = shared.plain.borrow_mut();
        plain.clear();
        let bytes = buffer.get(..count).unwrap_or_default();
        match self.head.take() {
            None => self.chunked.feed(bytes, &mut plain)?,
            Some(mut head) => {
                head.extend_from_slice(bytes);
                match body_of(&head)? {
                    Some(body) => self.chunked.feed(body, &mut plain)?,
                    None => self.head = Some(head),
                }
            }
        }
        anyhow::ensure!(!self.chunked.is_ended(), "the server ended the stream");
        let mut tally = shared.tally.borrow_mut();
        self.reader.feed(&plain, |frame| tally.note(self.number, &frame, now_us))
    }
}

/// What of an answer lies behind its head; `None` while the head is not complete.
fn body_of(answer: &[u8]) -> anyhow::Result<Option<&[u8]>> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        anyhow::ensure!(answer.len() < HEAD_BYTES_MAX, "the head of the answer is too long");
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    anyhow::ensure!(head.starts_with("http/1.1 200"), "the answer is {:?}", head.lines().next());
    let is_chunked = head.lines().any(|line| line.trim() == "transfer-encoding: chunked");
    anyhow::ensure!(is_chunked, "the stream is not chunked");
    Ok(Some(answer.get(end + 4..).context("the head has no end")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_stream_once_its_head_is_complete() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc";
        assert_eq!(body_of(&answer[..30]).unwrap(), None);
        assert_eq!(body_of(answer).unwrap().unwrap(), b"3\r\nabc");
    }

    #[test]
    fn a_refusal_is_no_stream() {
        assert!(body_of(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").is_err());
    }
}
