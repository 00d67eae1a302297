//! Each WebSocket there may be: an echo, and servers that break what was agreed on.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::certificates::Authority;
use crate::{answering, assert_reason, probe, server};

fn websocket(url: String, mut settings: Value) -> Spec {
    settings["url"] = url.into();
    Spec::WebSocket(serde_json::from_value(settings).unwrap())
}

/// The answer to a request for a WebSocket.
fn agreement(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
    let accept = STANDARD.encode(digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes(),
    ));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    )
}

/// The payload of a short frame of a client.
async fn heard(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 6];
    stream.read_exact(&mut head).await.ok()?;
    assert!(head[1] & 0x80 != 0, "a client masks what it sends");
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    stream.read_exact(&mut payload).await.ok()?;
    let mask = head[2..].iter().cycle();
    Some((head[0], payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()))
}

/// Says back each text in two frames with a question whether we are there between them, and reports how it ends.
async fn echo(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Vec<u8> {
    loop {
        let (opcode, text) = heard(stream).await.unwrap();
        if opcode != 0x81 {
            assert_eq!(opcode, 0x88, "a client leaves with a farewell");
            return text;
        }
        let (first, second) = text.split_at(text.len() / 2);
        let length = |part: &[u8]| u8::try_from(part.len()).unwrap();
        let frames = [&[0x01, length(first)], first, b"\x89\x02hi", &[0x80, length(second)], second].concat();
        stream.write_all(&frames).await.unwrap();
        assert_eq!(heard(stream).await, Some((0x8a, b"hi".to_vec())));
    }
}

/// A server that agrees, then says `frames` and is silent.
async fn saying(frames: &'static [u8]) -> SocketAddr {
    server(move |mut stream, head| async move {
        let _ = stream.write_all(&[agreement(&head).as_bytes(), frames].concat()).await;
        crate::silence().await;
    })
    .await
}

async fn hearing(frames: &'static [u8]) -> ProbeResult {
    let url = format!("ws://{}/live?token=canary", saying(frames).await);
    probe(&websocket(url, json!({ "send": "canary-text", "expect": "pong" }))).await
}

#[tokio::test]
async fn a_websocket_that_says_what_is_expected_is_good() {
    let (told, mut hears) = tokio::sync::mpsc::channel(1);
    let address = server(move |mut stream, head| {
        let told = told.clone();
        async move {
            assert!(head.starts_with("GET /live?room=1 HTTP/1.1\r\n"), "{head}");
            stream.write_all(agreement(&head).as_bytes()).await.unwrap();
            let farewell = echo(&mut stream).await;
            told.send(farewell).await.unwrap();
        }
    })
    .await;
    let settings = json!({ "send": "ping-pong", "expect": "ping-pong" });
    let result = probe(&websocket(format!("ws://{address}/live?room=1"), settings)).await;
    assert_eq!((result.outcome, result.reason, result.facts.status), (Outcome::Good, None, Some(101)));
    assert_eq!(crate::told(&mut hears).await, 1000_u16.to_be_bytes());
}

#[tokio::test]
async fn a_websocket_over_tls_is_opened() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("127.0.0.1", (2020, 2050), &["http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut head = [0; 4096];
        let count = stream.read(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..count]);
        stream.write_all(agreement(&head).as_bytes()).await.unwrap();
        echo(&mut stream).await;
    });
    let settings = json!({ "send": "hello", "expect": "hello" });
    let result = authority.probe(&websocket(format!("wss://{address}/"), settings)).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert!(result.facts.certificate_days_left.is_some());
}

#[tokio::test]
async fn a_websocket_need_not_say_anything() {
    let result = probe(&websocket(format!("ws://{}/", saying(b"").await), json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
}

#[tokio::test]
async fn a_server_that_opens_no_websocket() {
    for (answer, kind, sentence) in [
        ("403 Forbidden\r\n", ReasonKind::WrongStatus, "WebSocket: expected status 101, got 403"),
        (
            "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n",
            ReasonKind::WrongHeader,
            "WebSocket: expected the header Upgrade to be websocket, got \"h2c\"",
        ),
        (
            "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: canary\r\n",
            ReasonKind::WrongHeader,
            "WebSocket: expected a Sec-WebSocket-Accept that answers our key, got another; a cache or a server that does not speak WebSocket may have answered",
        ),
    ] {
        let address = answering(format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n")).await;
        let result = probe(&websocket(format!("ws://{address}/"), json!({}))).await;
        assert_reason(&result, Outcome::Down, kind, sentence);
    }
}

#[tokio::test]
async fn a_websocket_that_is_silent() {
    let sentence = "WebSocket: expected a message with \"pong\" within 300 ms, got none";
    assert_reason(&hearing(b"").await, Outcome::Down, ReasonKind::ResponseTimeout, sentence);
    let sentence = "HTTP: no answer within 300 ms";
    let result = probe(&websocket(format!("ws://{}/", crate::silent().await), json!({}))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ResponseTimeout, sentence);
}

#[tokio::test]
async fn a_websocket_that_says_something_else_is_heard_without_what_we_showed() {
    let sentence = "WebSocket: expected a message with \"pong\" within 300 ms, got \"no [hidden]\"";
    let result = hearing(b"\x81\x05hello\x81\x0eno canary-text").await;
    assert_reason(&result, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn a_websocket_that_ends_before_the_message_comes() {
    let sentence = "WebSocket: expected a message with \"pong\" before the server ended it with \"1011 busy [hidden]\", got none";
    let result = hearing(b"\x88\x12\x03\xf3busy canary-text").await;
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_websocket_that_breaks_off_within_a_frame() {
    let address = server(|mut stream, head| async move {
        stream.write_all(&[agreement(&head).as_bytes(), b"\x81\x05he"].concat()).await.unwrap();
    })
    .await;
    let result = probe(&websocket(format!("ws://{address}/"), json!({ "expect": "pong" }))).await;
    let sentence = "WebSocket: expected a message with \"pong\" before the connection was lost, got none";
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_websocket_that_claims_a_huge_message() {
    let sentence = "WebSocket: expected a message with \"pong\" among the first 64 KiB, got none";
    let result = hearing(b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff").await;
    assert_reason(&result, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn a_websocket_that_speaks_garbage() {
    let sentence = "WebSocket: expected a message with \"pong\" but a frame uses an extension that was not agreed on, got none";
    assert_reason(&hearing(b"\xff\xff\xff\xff").await, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn a_websocket_that_never_stops_talking_is_not_listened_to_forever() {
    for kind in [0x81, 0x89] {
        let frame = [&[kind, 125][..], &[b'x'; 125]].concat();
        let address = server(move |mut stream, head| {
            let frames = frame.repeat(100);
            async move {
                stream.write_all(agreement(&head).as_bytes()).await.unwrap();
                while stream.write_all(&frames).await.is_ok() {}
            }
        })
        .await;
        let result = probe(&websocket(format!("ws://{address}/"), json!({ "expect": "pong" }))).await;
        let reason = result.reason.unwrap();
        assert!(reason.sentence.contains("among the first 64 KiB"), "{reason:?}");
    }
}
