//! A node's stream of events as it is opened and read: no more of HTTP than that needs, for one process holds thousands of them.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::chunked::Chunked;
use crate::sse::{Frame, Reader};

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// Most bytes of the head of an answer.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What all connections of a process read into: it is needed for a moment only.
#[derive(Default)]
pub struct Buffers {
    raw: RefCell<Vec<u8>>,
    plain: RefCell<Vec<u8>>,
}

/// A stream that was asked for.
pub struct Connection {
    stream: TcpStream,
    chunked: Chunked,
    reader: Reader,
    /// The head of the answer until it is complete.
    head: Option<Vec<u8>>,
}

/// Connects from an address of this machine and asks for the stream, from a place where one is named.
///
/// # Errors
/// When nobody takes the connection.
pub async fn ask(node: SocketAddr, source: Ipv4Addr, place: Option<String>) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::V4(SocketAddrV4::new(source, 0)))?;
    ask_on(socket, node, place).await
}

/// The same on a socket that was made before.
///
/// # Errors
/// When nobody takes the connection.
pub async fn ask_on(socket: TcpSocket, node: SocketAddr, place: Option<String>) -> Result<TcpStream> {
    let mut stream = socket.connect(node).await.map_err(|error| anyhow::anyhow!("{}", error.kind()))?;
    let resume = place.map(|place| format!("last-event-id: {place}\r\n")).unwrap_or_default();
    let request =
        format!("GET /events HTTP/1.1\r\nhost: {node}\r\naccept: text/event-stream\r\n{resume}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| anyhow::anyhow!("{}", error.kind()))?;
    Ok(stream)
}

impl Connection {
    /// Of a stream that was asked for.
    pub fn new(stream: TcpStream) -> Self {
        let (chunked, reader) = (Chunked::default(), Reader::default());
        Self { stream, chunked, reader, head: Some(Vec::new()) }
    }

    /// Waits for bytes, and hands out the frames that they complete.
    ///
    /// # Errors
    /// When the stream ended, or is none.
    pub async fn read(&mut self, buffers: &Buffers, take: impl FnMut(Frame)) -> Result<()> {
        self.stream.readable().await?;
        let mut raw = buffers.raw.borrow_mut();
        raw.resize(READ_BYTES, 0);
        let count = match self.stream.try_read(&mut raw) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => bail!("{}", error.kind()),
        };
        ensure!(count > 0, "the stream ended");
        let bytes = raw.get(..count).unwrap_or_default();
        let mut plain = buffers.plain.borrow_mut();
        plain.clear();
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
        self.reader.feed(&plain, take)?;
        ensure!(!self.chunked.is_ended(), "the node ended the stream");
        Ok(())
    }
}

/// What of an answer lies behind its head; `None` while the head is not complete.
fn body_of(answer: &[u8]) -> Result<Option<&[u8]>> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        ensure!(answer.len() < HEAD_BYTES_MAX, "the head of the answer is too long");
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    ensure!(head.starts_with("HTTP/1.1 200"), "{}", head.lines().next().unwrap_or_default());
    let is_chunked = head.lines().any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked"));
    ensure!(is_chunked, "the stream is not chunked");
    Ok(Some(answer.get(end + 4..).context("the head has no end")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_stream_once_its_head_is_complete_and_a_refusal_is_none() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc";
        assert_eq!(body_of(&answer[..30]).unwrap(), None);
        assert_eq!(body_of(answer).unwrap().unwrap(), b"3\r\nabc");
        let refused = body_of(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap_err().to_string();
        assert_eq!(refused, "HTTP/1.1 503 Service Unavailable");
    }

    #[test]
    fn an_answer_that_is_not_chunked_is_no_stream() {
        let refused = body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").unwrap_err().to_string();
        assert_eq!(refused, "the stream is not chunked");
    }
}
