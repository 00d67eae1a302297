//! A gRPC server that counts pings, as the common ones do: who pings too often is sent away.

use std::net::SocketAddr;
use std::time::Duration;

use pharos_probe::grpc::{Heard, Pace};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;

use crate::told;
use crate::watches::{message, quick, watching_at};

/// Pings that come too soon before the connection is ended.
const STRIKES_MAX: u32 = 2;
/// The shortest time between two pings where nobody says otherwise.
const STOCK_PAUSE: Duration = Duration::from_mins(5);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const ACK: u8 = 1;
const ENHANCE_YOUR_CALM: u8 = 11;

/// What a server tells of a connection.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// One ping more came in time.
    Pinged,
    /// The connection was ended for its pings.
    SentAway,
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[a, b, c, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Speaks with one client: says once that the service serves, and counts strikes.
async fn serve(mut stream: TcpStream, shortest: Duration, seen: Sender<Seen>) -> Option<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.ok()?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.ok()?;
    let (mut last, mut strikes) = (None::<Instant>, 0);
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.ok()?;
        match (head[3], head[4] & ACK) {
            (SETTINGS, 0) => stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await.ok()?,
            (HEADERS, _) => {
                // `:status: 200` and `content-type: application/grpc`, as HPACK has them.
                let fields = [&[0x88, 0x5f, 16][..], b"application/grpc"].concat();
                let answer = [frame(HEADERS, 4, 1, &fields), frame(DATA, 0, 1, &message(1))].concat();
                stream.write_all(&answer).await.ok()?;
            }
            (PING, 0) => {
                if last.is_some_and(|last| last.elapsed() < shortest) {
                    strikes += 1;
                }
                last = Some(Instant::now());
                if strikes > STRIKES_MAX {
                    let why = [&[0, 0, 0, 1, 0, 0, 0, ENHANCE_YOUR_CALM][..], b"too_many_pings"].concat();
                    stream.write_all(&frame(GO_AWAY, 0, 0, &why)).await.ok()?;
                    return seen.send(Seen::SentAway).await.ok();
                }
                stream.write_all(&frame(PING, ACK, 0, &payload)).await.ok()?;
                seen.send(Seen::Pinged).await.ok()?;
            }
            _ => {}
        }
    }
}

async fn striking(shortest: Duration) -> (SocketAddr, Receiver<Seen>) {
    let (sender, seen) = mpsc::channel(64);
    let address = crate::greeting(move |stream| {
        let sender = sender.clone();
        async move { _ = serve(stream, shortest, sender).await }
    })
    .await;
    (address, seen)
}

#[tokio::test(start_paused = true)]
async fn a_stock_server_does_not_end_a_watch_for_its_pings() {
    let (address, mut seen) = striking(STOCK_PAUSE).await;
    let (_heard, _task) = watching_at(address, Pace::default());
    // Hours, which pass as soon as nobody has anything to do.
    for _ in 0..20 {
        assert_eq!(seen.recv().await, Some(Seen::Pinged));
    }
}

#[tokio::test]
async fn who_is_sent_away_for_its_pings_pings_half_as_often() {
    let (address, mut seen) = striking(Duration::from_millis(250)).await;
    let (mut heard, _task) = watching_at(address, quick());
    assert_eq!(told(&mut heard).await, Heard::Serving);
    // From 100 ms over 200 to 400.
    let (mut sent_away, mut in_a_row) = (0, 0);
    while in_a_row < 6 {
        match told(&mut seen).await {
            Seen::Pinged => in_a_row += 1,
            Seen::SentAway => (sent_away, in_a_row) = (sent_away + 1, 0),
        }
        assert!(sent_away <= 3, "the pings come no less often");
    }
    assert!(sent_away > 0);
}

/// Whether the system has a timer for asking the other side of the connection to this port, as its table of connections says.
#[cfg(target_os = "linux")]
fn is_asked_when_silent(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let (remote, timer) = (format!(":{port:04X}"), "02:");
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).any(|fields| {
        fields.get(2).is_some_and(|address| address.ends_with(&remote)) && fields[5].starts_with(timer)
    })
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn that_a_server_is_gone_is_noticed_without_waiting_for_the_next_ping() {
    let (address, _seen) = striking(STOCK_PAUSE).await;
    let (mut heard, _task) = watching_at(address, Pace::default());
    assert_eq!(told(&mut heard).await, Heard::Serving);
    let asked = async {
        while !is_asked_when_silent(address.port()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asked).await.unwrap();
}
