//! A listener to the event stream that notes everything it hears.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use anyhow::Context;
use pharos_model::{Event, Snapshot};

use crate::PATIENCE;

/// One server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The `id` field; empty without one.
    pub id: String,
    /// The `event` field.
    pub event: String,
    /// The `data` field.
    pub data: String,
    /// The `retry` field, in milliseconds.
    pub retry_ms: Option<u64>,
}

impl Frame {
    /// The change it tells of.
    ///
    /// # Errors
    /// When it tells of none.
    pub fn change(&self) -> anyhow::Result<Event> {
        serde_json::from_str(&self.data).with_context(|| format!("no change: {self:?}"))
    }

    /// The snapshot it brings.
    ///
    /// # Errors
    /// When it brings none.
    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        serde_json::from_str(&self.data).with_context(|| format!("no snapshot: {self:?}"))
    }
}

/// An open stream.
pub struct EventStream {
    frames: Receiver<Frame>,
    /// The head of the answer.
    pub head: String,
}

impl EventStream {
    /// Opens the stream, from after `last` when given.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(address: SocketAddr, last: Option<&str>) -> anyhow::Result<Self> {
        Self::resumed(address, "/events", last)
    }

    /// Opens the stream of a page whose stream is at `path`, from after `last` when given.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn resumed(address: SocketAddr, path: &str, last: Option<&str>) -> anyhow::Result<Self> {
        let resume = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        Self::opened(address, path, &resume)
    }

    /// Opens the stream of a page whose stream is at `path`.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_at(address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        Self::opened(address, path, "")
    }

    fn opened(address: SocketAddr, path: &str, resume: &str) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n{resume}\r\n"
        )?;
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            anyhow::ensure!(reader.read_line(&mut head)? > 0, "the stream ended within its head: {head}");
        }
        let (sender, frames) = channel();
        std::thread::spawn(move || {
            let mut frame = Frame::default();
            for line in reader.lines().map_while(Result::ok) {
                match line.split_once(": ") {
                    Some(("id", value)) => value.clone_into(&mut frame.id),
                    Some(("event", value)) => value.clone_into(&mut frame.event),
                    Some(("data", value)) => value.clone_into(&mut frame.data),
                    Some(("retry", value)) => frame.retry_ms = value.parse().ok(),
                    // The sizes of chunks, and the line that ends one.
                    _ if frame.event.is_empty() || !line.is_empty() => {}
                    _ if sender.send(std::mem::take(&mut frame)).is_ok() => {}
                    _ => return,
                }
            }
        });
        Ok(Self { frames, head })
    }

    /// The next frame, pulses too.
    ///
    /// # Errors
    /// When none comes in time, or the stream ended.
    pub fn next_frame(&self) -> anyhow::Result<Frame> {
        self.frames.recv_timeout(PATIENCE).context("the stream is silent or has ended")
    }

    /// The next frame that is not a pulse.
    ///
    /// # Errors
    /// When none comes in time, or the stream ended.
    pub fn next_fact(&self) -> anyhow::Result<Frame> {
        loop {
            let frame = self.next_frame()?;
            if frame.event != "pulse" {
                return Ok(frame);
            }
        }
    }

    /// The next change for which `wanted` holds; all changes up to it are returned with it, it being the last.
    ///
    /// # Errors
    /// When none comes in time, or the stream ended.
    pub fn until(&self, wanted: impl Fn(&Event) -> bool) -> anyhow::Result<Vec<Event>> {
        let mut heard = Vec::new();
        loop {
            let event = self.next_fact()?.change()?;
            let found = wanted(&event);
            heard.push(event);
            if found {
                return Ok(heard);
            }
        }
    }
}
