//! How it is noticed that the other side of a connection that lasts is gone without a word.

use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::limits::{SILENCE_ASKED_EVERY, SILENCE_ASKED_MAX, SILENCE_MAX};

/// Pings of HTTP/2. Where something stands between that keeps the connection open, nothing else gets an answer from the other
/// side itself; but servers take pings that come often for an attack.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    /// Time between two of them.
    pub every: Duration,
    /// How long an answer may take.
    pub patience: Duration,
}

/// Has TCP ask whether the other side is there when it is silent, and end the connection when there is no answer. No server counts
/// that.
pub fn ask_when_silent(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let asking = TcpKeepalive::new()
        .with_time(SILENCE_MAX)
        .with_interval(SILENCE_ASKED_EVERY)
        .with_retries(SILENCE_ASKED_MAX);
    // Only hints to the system; without them the pings are left.
    let _set = socket.set_tcp_keepalive(&asking);
    #[cfg(target_os = "linux")]
    // The same for what was sent and is never acknowledged, of which the system would be in hope for a quarter of an hour.
    let _set = socket.set_tcp_user_timeout(Some(SILENCE_MAX + SILENCE_ASKED_EVERY * SILENCE_ASKED_MAX));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_dies_in_silence_is_found_dead_within_half_a_minute() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        ask_when_silent(&stream);
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        let (first, every) = (socket.tcp_keepalive_time().unwrap(), socket.tcp_keepalive_interval().unwrap());
        let all = first + every * socket.tcp_keepalive_retries().unwrap();
        assert!(all <= Duration::from_secs(30), "{all:?}");
        assert!(socket.tcp_user_timeout().unwrap().is_some_and(|bound| bound <= Duration::from_secs(30)));
    }
}
