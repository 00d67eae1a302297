//! One request a connection, for controls and figures; not for load.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::limits;

/// An answer.
pub struct Answer {
    /// As in 200.
    pub status: u16,
    head: String,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header field by its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Asks for a path.
///
/// # Errors
/// When there is no whole answer in time.
pub fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    send(address, "GET", path, (headers, ""))
}

/// Sends a body.
///
/// # Errors
/// When there is no whole answer in time.
pub fn post(address: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
    send(address, "POST", path, (headers, body))
}

fn send(address: &str, method: &str, path: &str, (headers, body): (&[(&str, &str)], &str)) -> Result<Answer> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_read_timeout(Some(limits::ANSWER_WAIT_MAX)).context("cannot set a time limit")?;
    let length = if method == "GET" { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{length}");
    let mut request = headers.iter().fold(head, |head, (name, value)| head + name + ": " + value + "\r\n");
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).context("cannot send the request")?;
    let mut bytes = Vec::new();
    stream.take(limits::ANSWER_BYTES_MAX).read_to_end(&mut bytes).context("cannot read the answer")?;
    parse(&bytes).with_context(|| format!("{method} {path} from {address}"))
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let end =
        bytes.windows(4).position(|window| window == b"\r\n\r\n").context("the answer has no end of head")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status =
        head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("the answer has no status")?;
    Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
}

/// Asks for JSON.
///
/// # Errors
/// When the answer is not 200 or not JSON.
pub fn json(address: &str, path: &str) -> Result<Value> {
    let answer = get(address, path, &[])?;
    ensure!(answer.status == 200, "GET {path} from {address}: {}", answer.status);
    serde_json::from_slice(&answer.body).with_context(|| format!("GET {path} from {address}: no JSON"))
}

/// What the server said of itself at one moment. Some of its figures count from one such look to the next.
pub struct Metrics {
    text: String,
}

impl Metrics {
    /// Asks for all figures.
    ///
    /// # Errors
    /// When they are not there.
    pub fn of(address: &str) -> Result<Self> {
        let answer = get(address, "/metrics", &[])?;
        ensure!(answer.status == 200, "GET /metrics: {}", answer.status);
        Ok(Self { text: String::from_utf8_lossy(&answer.body).into_owned() })
    }

    /// The sum of all samples of one figure, over its labels.
    ///
    /// # Errors
    /// When the server does not know it.
    pub fn sum(&self, name: &str) -> Result<f64> {
        sum_of(&self.text, name).with_context(|| format!("/metrics has no {name}"))
    }
}

fn sum_of(text: &str, name: &str) -> Option<f64> {
    let values: Vec<f64> = text
        .lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter(|rest| rest.starts_with([' ', '{']))
        .filter_map(|rest| rest.rsplit('}').next()?.split_whitespace().next()?.parse().ok())
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Waits until the page is there and says all of `texts`.
///
/// # Errors
/// When it does not in time.
pub fn wait_for_page(address: &str, texts: &[&str]) -> Result<()> {
    let deadline = Instant::now() + limits::PAGE_WAIT_MAX;
    let mut missing = "an answer".to_owned();
    while Instant::now() < deadline {
        if let Ok(answer) = get(address, "/", &[]) {
            let page = String::from_utf8_lossy(&answer.body).into_owned();
            match texts.iter().find(|text| !page.contains(**text)) {
                None if answer.status == 200 => return Ok(()),
                None => missing = format!("200 instead of {}", answer.status),
                Some(text) => missing = format!("{text:?} on the page"),
            }
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    anyhow::bail!("waited {} s in vain for {missing}", limits::PAGE_WAIT_MAX.as_secs())
}

/// Waits until the page stays the same for a while: the first probes have come in and told what they had to tell.
///
/// # Errors
/// When it does not come to rest in time.
pub fn wait_for_rest(address: &str) -> Result<()> {
    let deadline = Instant::now() + limits::PAGE_WAIT_MAX;
    let (mut tag, mut since) = (None, Instant::now());
    while Instant::now() < deadline {
        let answer = get(address, "/", &[("accept-encoding", "gzip")])?;
        let found = answer.field("etag").map(str::to_owned);
        if found != tag {
            (tag, since) = (found, Instant::now());
        } else if answer.status == 200 && since.elapsed() > limits::REST {
            return Ok(());
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    anyhow::bail!("the page did not come to rest within {} s", limits::PAGE_WAIT_MAX.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_summed_over_its_labels_and_not_over_longer_names() {
        let text =
            "# TYPE a counter\na_total{outcome=\"x\"} 3\na_total{outcome=\"y\"} 4.5\na_total_more 9\nb 1\n";
        assert_eq!(sum_of(text, "a_total"), Some(7.5));
        assert_eq!(sum_of(text, "b"), Some(1.0));
        assert_eq!(sum_of(text, "c"), None);
    }

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = parse(b"HTTP/1.1 304 Not Modified\r\nETag: \"X\"\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.field("etag"), answer.body.len()), (304, Some("\"X\""), 0));
    }
}
