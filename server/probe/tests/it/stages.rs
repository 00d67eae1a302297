//! Servers that stop or break off at a certain stage, and the version of HTTP that TLS agrees on.

use std::net::SocketAddr;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::certificates::Authority;
use crate::{TIMEOUT_MS, answering, assert_reason, http, probe, prober, server};

/// Connections that a full server is tried with before the test gives up filling it.
const FILLING_MAX: usize = 64;

/// A server whose queue is full because it never takes anybody, and what fills it.
async fn full() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let patience = std::time::Duration::from_millis(100);
    while let Ok(connected) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        waiting.push(connected.unwrap());
        assert!(waiting.len() < FILLING_MAX, "a queue of one does not fill");
    }
    (listener, waiting)
}

#[tokio::test]
async fn a_server_that_takes_no_connection() {
    let (listener, _waiting) = full().await;
    let address = listener.local_addr().unwrap();
    for spec in [
        http(json!({ "url": format!("http://{address}/") })),
        Spec::Tcp(serde_json::from_value(json!({ "address": address.to_string() })).unwrap()),
        Spec::Tls(serde_json::from_value(json!({ "address": address.to_string() })).unwrap()),
    ] {
        let sentence = format!("Connect: {address} did not answer within 300 ms");
        assert_reason(&probe(&spec).await, Outcome::Down, ReasonKind::ConnectTimeout, &sentence);
    }
}

/// A server that says `first` and then resets the connection.
async fn resetting(first: &'static [u8]) -> SocketAddr {
    server(move |mut stream, _| async move {
        stream.write_all(first).await.unwrap();
        // Closing a connection that keeps nothing for later is a reset.
        stream.set_zero_linger().unwrap();
        drop(stream);
    })
    .await
}

#[tokio::test]
async fn a_server_that_resets_the_connection() {
    let address = resetting(b"").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "HTTP: the other side reset the connection before the answer was whole";
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_server_that_resets_the_connection_within_the_body() {
    let address = resetting(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "HTTP: the other side reset the connection before the answer was whole";
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_tcp_service_that_hangs_up_without_a_word() {
    for address in [resetting(b"").await, answering("").await] {
        let check = json!({ "address": address.to_string(), "send": "PING\r\n", "expect": "PONG" });
        let result = probe(&Spec::Tcp(serde_json::from_value(check).unwrap())).await;
        let sentence = "TCP: expected \"PONG\", got no answer before the connection ended";
        assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
    }
}

#[tokio::test]
async fn a_server_that_resets_as_soon_as_it_accepts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_zero_linger().unwrap();
            drop(stream);
        }
    });
    for url in [format!("http://{address}/"), format!("https://{address}/")] {
        let result = probe(&http(json!({ "url": url }))).await;
        let kind = result.reason.as_ref().map(|reason| reason.kind);
        assert_eq!((result.outcome, kind), (Outcome::Down, Some(ReasonKind::ConnectionClosed)), "{result:?}");
    }
}

#[tokio::test]
async fn a_target_that_only_has_the_sixth_address_family() {
    let listener =
        TcpListener::bind("[::1]:0").await.expect("this test needs a machine with the address ::1");
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        }
    });
    for spec in [
        http(json!({ "url": format!("http://{address}/") })),
        Spec::Tcp(serde_json::from_value(json!({ "address": address.to_string() })).unwrap()),
    ] {
        let result = probe(&spec).await;
        assert_eq!((result.reason, result.facts.address), (None, Some(address)));
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls() {
    let address = answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let result = probe(&http(json!({ "url": format!("https://{address}/") }))).await;
    let sentence = "TLS: what 127.0.0.1 answered is not TLS; check the port";
    assert_reason(&result, Outcome::Down, ReasonKind::TlsFailed, sentence);
}

#[tokio::test]
async fn a_server_that_does_not_speak_the_second_version_of_http_without_tls() {
    let address = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        crate::silence().await;
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/"), "version": "2" }))).await;
    let reason = result.reason.unwrap();
    assert_eq!((result.outcome, reason.kind), (Outcome::Down, ReasonKind::NotHttp), "{reason:?}");
    assert!(reason.sentence.starts_with("HTTP: what came is not HTTP version 2"), "{reason:?}");
}

#[tokio::test]
async fn a_web_server_that_does_not_end_the_handshake() {
    let address = crate::silent().await;
    let result = prober().probe(&http(json!({ "url": format!("https://{address}/") })), TIMEOUT_MS).await;
    assert_eq!((result.outcome, result.reason.unwrap().kind), (Outcome::Down, ReasonKind::TlsTimeout));
    assert!(result.stages.connect_us.is_some() && result.stages.first_byte_us.is_none());
}

/// Asks a server that offers these protocols, and that speaks whichever was agreed on.
async fn agreeing_on(protocols: &'static [&'static str], version: &str) -> ProbeResult {
    let authority = Authority::new();
    let acceptor = authority.acceptor("127.0.0.1", (2020, 2050), protocols);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let is_second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let service = service_fn(|_| async {
                Ok::<_, std::convert::Infallible>(hyper::Response::new(String::from("ok")))
            });
            let io = TokioIo::new(stream);
            tokio::spawn(async move {
                // A prober hangs up when it has seen enough, and that is well.
                if is_second {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(builder.serve_connection(io, service).await);
                } else {
                    drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
                }
            });
        }
    });
    authority.probe(&http(json!({ "url": format!("https://{address}/"), "version": version }))).await
}

#[tokio::test]
async fn the_second_version_of_http_is_spoken_where_the_server_offers_it() {
    let result = agreeing_on(&["h2", "http/1.1"], "auto").await;
    assert_eq!((result.outcome, result.facts.protocol), (Outcome::Good, Some("HTTP/2.0")), "{result:?}");
}

#[tokio::test]
async fn the_first_version_of_http_is_spoken_where_the_server_offers_nothing_else() {
    for protocols in [&["http/1.1"][..], &[]] {
        let result = agreeing_on(protocols, "auto").await;
        assert_eq!((result.outcome, result.facts.protocol), (Outcome::Good, Some("HTTP/1.1")), "{result:?}");
    }
}

#[tokio::test]
async fn the_first_version_of_http_is_spoken_where_it_is_asked_for() {
    let result = agreeing_on(&["h2", "http/1.1"], "1.1").await;
    assert_eq!((result.outcome, result.facts.protocol), (Outcome::Good, Some("HTTP/1.1")), "{result:?}");
}

#[tokio::test]
async fn the_second_version_of_http_is_not_forced_on_a_server_that_does_not_offer_it() {
    for protocols in [&["http/1.1"][..], &[]] {
        let result = agreeing_on(protocols, "2").await;
        let sentence = "HTTP: expected version 2, which the server does not offer; set version to auto";
        assert_reason(&result, Outcome::Down, ReasonKind::WrongVersion, sentence);
    }
}

#[tokio::test]
async fn a_head_without_end_in_the_second_version_of_http_ends_in_a_reason() {
    for fields in [70, 200] {
        let address = with_fields(fields).await;
        let result = probe(&http(json!({ "url": format!("http://{address}/"), "version": "2" }))).await;
        let sentence = result.reason.unwrap().sentence;
        assert_eq!(result.outcome, Outcome::Down);
        assert!(sentence.contains("longer than 64 KiB"), "{fields} fields: {sentence}");
    }
}

/// A server of the second version of HTTP that answers with so many fields of a thousand bytes.
async fn with_fields(count: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(move |_| async move {
                let mut response = hyper::Response::new(String::from("ok"));
                for number in 0..count {
                    let name = hyper::header::HeaderName::try_from(format!("x-filler-{number}")).unwrap();
                    response.headers_mut().insert(name, "y".repeat(1_000).parse().unwrap());
                }
                Ok::<_, std::convert::Infallible>(response)
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}
