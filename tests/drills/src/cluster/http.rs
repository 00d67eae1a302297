//! One request a connection, for the crowd around a cluster: what is not known is not called failed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Most bytes of an answer that are kept.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How long an answer is waited for where nothing is measured.
pub const WAIT_MAX: Duration = Duration::from_secs(10);

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// There was a whole answer: its status and its body.
    With(u16, String),
    /// Nobody took the request.
    Refused,
    /// The request was sent, and no whole answer came in time: it may have been heard or not.
    Unknown,
}

impl Answered {
    /// Whether it was taken and done.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::With(200..=299, _))
    }
}

/// Asks for a path.
pub async fn ask(address: SocketAddr, method: &str, path: &str, wait_max: Duration) -> Answered {
    ask_with_head(address, method, path, wait_max).await.0
}

/// Asks for a path, and tells the head of the answer too, in small letters.
pub async fn ask_with_head(
    address: SocketAddr,
    method: &str,
    path: &str,
    wait_max: Duration,
) -> (Answered, String) {
    let nothing = String::new();
    let connecting = tokio::time::timeout(wait_max, TcpStream::connect(address));
    let Ok(Ok(mut stream)) = connecting.await else { return (Answered::Refused, nothing) };
    let length = if method == "GET" { "" } else { "content-length: 0\r\n" };
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{length}connection: close\r\n\r\n");
    let exchange = async {
        stream.write_all(head.as_bytes()).await?;
        let mut bytes = Vec::new();
        (&mut stream).take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await?;
        Ok::<_, std::io::Error>(bytes)
    };
    let Ok(Ok(bytes)) = tokio::time::timeout(wait_max, exchange).await else {
        return (Answered::Unknown, nothing);
    };
    let text = String::from_utf8_lossy(&bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return (Answered::Unknown, nothing) };
    match head.split(' ').nth(1).and_then(|word| word.parse().ok()) {
        Some(status) => (Answered::With(status, body.to_owned()), head.to_ascii_lowercase()),
        None => (Answered::Unknown, nothing),
    }
}
