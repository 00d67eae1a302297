//! A plain HTTP/1.1 client: one request a connection, nothing hidden.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::Context;

use crate::PATIENCE;

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// As in 200.
    pub status: u16,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// As it came, without the framing of the transfer.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks for `path`.
///
/// # Errors
/// When there is no answer, or none that can be read.
pub fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Response> {
    request(address, "GET", path, headers)
}

/// Sends a request without a body.
///
/// # Errors
/// When there is no answer, or none that can be read.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> anyhow::Result<Response> {
    send(address, method, path, (headers, None))
}

/// Sends a request with a body, where there is one.
///
/// # Errors
/// When there is no answer, or none that can be read.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    (headers, body): (&[(&str, &str)], Option<&str>),
) -> anyhow::Result<Response> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if headers.iter().all(|(name, _)| *name != "host") {
        text = format!("{text}host: {address}\r\n");
    }
    if let Some(body) = body {
        text = format!("{text}content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        text = text + name + ": " + value + "\r\n";
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer)
}

fn parse(answer: &[u8]) -> anyhow::Result<Response> {
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("the answer has no end of headers")?;
    let head = std::str::from_utf8(&answer[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?.parse()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status, headers, body: answer[end + 4..].to_vec() };
    if response.header("transfer-encoding") == Some("chunked") {
        response.body = unchunk(&response.body)?;
    }
    Ok(response)
}

fn unchunk(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").context("a chunk has no size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?, 16)?;
        let from = line + 2;
        body.extend_from_slice(rest.get(from..from + size).context("a chunk is cut short")?);
        rest = rest.get(from + size + 2..).context("a chunk has no end")?;
        if size == 0 {
            return Ok(body);
        }
    }
}
