//! HTTP servers of every bad kind, and a few good ones.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pharos_probe::limits::BODY_BYTES_MAX;
use pharos_probe::{Outcome, ReasonKind};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::{TIMEOUT_MS, answering, assert_reason, http, probe, prober, server, silence, silent};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_good_answer_is_good_and_every_stage_is_timed() {
    let address = answering(OK).await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_eq!(
        (result.outcome, result.reason.clone(), result.facts.status),
        (Outcome::Good, None, Some(200))
    );
    let stages = result.stages;
    assert!(stages.connect_us.is_some() && stages.first_byte_us.is_some() && stages.body_us.is_some());
    assert!(stages.total_us.unwrap() >= stages.first_byte_us.unwrap());
    assert_eq!((stages.dns_us, stages.tls_us), (None, None));
}

#[tokio::test]
async fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = format!("Connect: nobody listens on {address}");
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectRefused, &sentence);
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let address = silent().await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ResponseTimeout, "HTTP: no answer within 300 ms");
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_of_the_head() {
    let address = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-").await.unwrap();
        silence().await;
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ResponseTimeout, "HTTP: no answer within 300 ms");
}

#[tokio::test]
async fn a_server_that_says_without_end_that_an_answer_is_to_come() {
    let address = server(|mut stream, _| async move {
        let still = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000);
        // The prober has had enough at some point.
        while stream.write_all(still.as_bytes()).await.is_ok() {}
    })
    .await;
    let mut check = http(json!({ "url": format!("http://{address}/") }));
    let result = prober().probe(&check, 10_000).await;
    let sentence = "HTTP: more than 2048 KiB came before the answer was whole";
    assert_reason(&result, Outcome::Down, ReasonKind::HeadTooLarge, sentence);
    // A body in chunks of a byte each is six times as long as it says, and fits.
    let chunks = "1\r\nx\r\n".repeat(BODY_BYTES_MAX - 1);
    let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    check = http(json!({ "url": format!("http://{}/", answering(answer).await) }));
    assert_eq!(prober().probe(&check, 10_000).await.outcome, Outcome::Good);
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_of_the_body() {
    let address = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await.unwrap();
        silence().await;
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "HTTP: expected the whole body within 300 ms, got 4 bytes of it";
    assert_reason(&result, Outcome::Down, ReasonKind::BodyTimeout, sentence);
}

#[tokio::test]
async fn a_server_that_drips() {
    let address = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_eq!((result.outcome, result.reason.unwrap().kind), (Outcome::Down, ReasonKind::BodyTimeout));
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    let address = answering("").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "HTTP: the connection was closed before the answer was whole";
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectionClosed, sentence);
}

#[tokio::test]
async fn a_server_that_promises_more_than_it_sends() {
    let address = answering("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_eq!((result.outcome, result.reason.unwrap().kind), (Outcome::Down, ReasonKind::ConnectionClosed));
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    let address = answering("SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::NotHttp, "HTTP: what came is not HTTP");
}

#[tokio::test]
async fn a_head_without_end_ends_in_a_reason_and_not_in_memory() {
    let address = server(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream
            .write_all(b"x-filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")
            .await
            .is_ok()
        {}
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "HTTP: the head of the answer is longer than 64 KiB or has more than 100 fields";
    assert_reason(&result, Outcome::Down, ReasonKind::HeadTooLarge, sentence);
}

#[tokio::test]
async fn a_body_without_end_ends_in_a_reason_and_not_in_memory() {
    let address = server(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let chunk = vec![b'x'; 65_536];
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::BodyTooLarge, "HTTP: the body is longer than 256 KiB");
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    let body = encoder.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body].concat()
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_bound_of_what_it_unpacks_to() {
    let address = answering(gzipped(&vec![0; 10 * 1024 * 1024])).await;
    let spec = http(json!({ "url": format!("http://{address}/"), "decompress": true }));
    let result = probe(&spec).await;
    assert_reason(&result, Outcome::Down, ReasonKind::BodyTooLarge, "HTTP: the body is longer than 256 KiB");
}

#[tokio::test]
async fn a_coded_answer_is_only_taken_when_asked_for() {
    let address = answering(gzipped(b"fine")).await;
    let url = format!("http://{address}/");
    let result = probe(&http(json!({ "url": url }))).await;
    let sentence =
        "HTTP: the body is coded as gzip, which was not asked for; set decompress to true if it may be";
    assert_reason(&result, Outcome::Down, ReasonKind::BodyUndecodable, sentence);
    let asked = http(json!({ "url": url, "decompress": true, "expect": { "body_contains": "fine" } }));
    assert_eq!(probe(&asked).await.outcome, Outcome::Good);
}

#[tokio::test]
async fn redirects_in_a_circle_end_after_the_number_allowed() {
    let address = answering("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n").await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    assert_reason(
        &result,
        Outcome::Down,
        ReasonKind::TooManyRedirects,
        "HTTP: more than 5 redirects, the last to /again",
    );
}

#[tokio::test]
async fn a_redirect_to_an_address_that_hands_out_secrets_is_not_followed() {
    let location =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n";
    let address = answering(location).await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence = "Address: 169.254.169.254 is 169.254.169.254, which no check may look at";
    assert_reason(&result, Outcome::Down, ReasonKind::AddressForbidden, sentence);
}

#[tokio::test]
async fn credentials_are_shown_to_the_host_they_are_for_and_to_no_other() {
    let seen = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&seen);
    let other = server(move |mut stream, head| {
        keep.lock().unwrap().push_str(&head);
        async move {
            stream.write_all(OK.as_bytes()).await.unwrap();
        }
    })
    .await;
    let seen_first = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&seen_first);
    let first = server(move |mut stream, head| {
        keep.lock().unwrap().push_str(&head);
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: http://{other}/\r\ncontent-length: 0\r\n\r\n");
        async move {
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let spec = http(json!({
        "url": format!("http://{first}/"), "bearer": "canary-token", "headers": { "x-key": "canary-key" }
    }));
    assert_eq!(probe(&spec).await.outcome, Outcome::Good);
    assert!(seen_first.lock().unwrap().contains("Bearer canary-token"));
    assert!(!seen.lock().unwrap().is_empty() && !seen.lock().unwrap().contains("canary"));
    assert!(!format!("{spec:?}").contains("canary"));
}

#[tokio::test]
async fn a_server_of_the_second_version_and_of_the_sixth_address_family() {
    let listener =
        TcpListener::bind("[::1]:0").await.expect("this test needs a machine with the address ::1");
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper::service::service_fn(|_| async {
                Ok::<_, std::convert::Infallible>(hyper::Response::new(String::from("ok")))
            });
            let builder = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
            tokio::spawn(builder.serve_connection(hyper_util::rt::TokioIo::new(stream), service));
        }
    });
    let result = probe(&http(json!({ "url": format!("http://{address}/"), "version": "2" }))).await;
    assert_eq!((result.outcome, result.facts.protocol), (Outcome::Good, Some("HTTP/2.0")));
}

#[tokio::test]
async fn a_slow_target_does_not_delay_another() {
    let slow = silent().await;
    let fast = answering(OK).await;
    let prober = prober();
    let (slow, fast) = (
        http(json!({ "url": format!("http://{slow}/") })),
        http(json!({ "url": format!("http://{fast}/") })),
    );
    let (slow, fast) = tokio::join!(prober.probe(&slow, TIMEOUT_MS), prober.probe(&fast, TIMEOUT_MS));
    assert_eq!((slow.outcome, fast.outcome), (Outcome::Down, Outcome::Good));
    assert!(fast.stages.total_us.unwrap() < 200_000);
}

#[tokio::test]
async fn a_coding_of_a_body_that_is_not_there_is_no_failure() {
    let address = answering("HTTP/1.1 200 OK\r\ncontent-encoding: GZIP\r\ncontent-length: 50\r\n\r\n").await;
    let url = format!("http://{address}/");
    for decompress in [false, true] {
        let spec = http(json!({ "url": url, "method": "HEAD", "decompress": decompress }));
        assert_eq!(probe(&spec).await.reason, None);
    }
}
