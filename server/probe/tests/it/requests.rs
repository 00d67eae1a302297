//! What a server is asked, and by whom: headers, methods after a redirect, and connections that are not kept.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pharos_probe::{Outcome, ReasonKind};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::{TIMEOUT_MS, answering, assert_reason, http, probe, server};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server that answers `/first` with `first` and all else with 200, and what it was asked.
async fn recording(first: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heads);
    let address = server(move |mut stream, head| {
        let answer = if head.contains(" /first ") { first } else { OK };
        keep.lock().unwrap().push(head);
        async move {
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    (address, heads)
}

/// What a server that answers with `first` is asked by a check with these settings.
async fn asked(first: &'static str, mut settings: Value) -> Vec<String> {
    let (address, heads) = recording(first).await;
    settings["url"] = format!("http://{address}/first").into();
    assert_eq!(probe(&http(settings)).await.reason, None);
    let heads = heads.lock().unwrap();
    heads.clone()
}

#[tokio::test]
async fn a_header_of_the_check_stands_in_place_of_ours_and_not_beside_it() {
    let headers = json!({ "Host": "other.example.test", "User-Agent": "mine", "accept": "text/css" });
    let heads = asked(OK, json!({ "headers": headers })).await;
    for (name, value) in [("host", "other.example.test"), ("user-agent", "mine"), ("accept", "text/css")] {
        let lines: Vec<&str> = heads[0]
            .lines()
            .filter(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))
            .collect();
        assert!(lines.len() == 1 && lines[0].ends_with(value), "{lines:?}");
    }
}

#[tokio::test]
async fn a_redirect_after_sending_is_followed_by_reading() {
    for status in ["301 Moved", "302 Found", "303 See Other"] {
        let first = format!("HTTP/1.1 {status}\r\nlocation: /second\r\ncontent-length: 0\r\n\r\n").leak();
        let heads = asked(first, json!({ "method": "POST", "body": "canary" })).await;
        assert!(heads[0].starts_with("POST /first ") && heads[1].starts_with("GET /second "), "{heads:?}");
        assert!(!heads[1].contains("canary"), "{heads:?}");
    }
}

#[tokio::test]
async fn a_redirect_that_keeps_the_method_keeps_the_body() {
    let first = "HTTP/1.1 307 Again\r\nlocation: /second\r\ncontent-length: 0\r\n\r\n";
    let heads = asked(first, json!({ "method": "PUT", "body": "canary" })).await;
    assert!(heads[1].starts_with("PUT /second ") && heads[1].ends_with("canary"), "{heads:?}");
}

#[tokio::test]
async fn a_redirect_to_what_is_no_web_address_is_told_without_its_credentials() {
    let location = "ftp://name:canary@files.example.test/x?token=canary";
    let address =
        answering(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")).await;
    let result = probe(&http(json!({ "url": format!("http://{address}/") }))).await;
    let sentence =
        "HTTP: a redirect leads to \"ftp://files.example.test/x\", which is not a web address to follow";
    assert_reason(&result, Outcome::Down, ReasonKind::BadRedirect, sentence);
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_is_told_and_not_left_out() {
    let (address, heads) = recording(OK).await;
    let result = probe(&http(json!({ "url": format!("http://{address}/"), "bearer": "canary\n" }))).await;
    let reason = result.reason.unwrap();
    assert_eq!((result.outcome, reason.kind), (Outcome::Unknown, ReasonKind::CouldNotLook));
    assert!(!reason.sentence.contains("canary") && heads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_credential_that_the_server_echoes_is_not_in_the_sentence() {
    let address = server(|mut stream, head| async move {
        // The excerpt of a body is short: what is to be hidden stands at its beginning.
        let shown = head.lines().filter(|line| line.contains("canary") || line.starts_with("authorization:"));
        let body = shown.collect::<String>();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let said = |settings: Value| async move {
        let mut settings = settings;
        settings["url"] = format!("http://{address}/").into();
        settings["expect"] = json!({ "body_matches": "^no" });
        probe(&http(settings)).await.reason.unwrap().sentence
    };
    for settings in [
        json!({ "headers": { "A-Key": "canary-key" } }),
        json!({ "bearer": "canary-token" }),
        json!({ "basic": { "user": "u", "password": "canary-word" } }),
    ] {
        let sentence = said(settings).await;
        assert!(sentence.contains("[hidden]") && !sentence.contains("canary"), "{sentence}");
        assert!(!sentence.contains("dTpjYW5hcnktd29yZA"), "{sentence}");
    }
}

#[tokio::test]
async fn a_probe_that_is_over_keeps_no_connection() {
    for version in ["1.1", "2"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (closed, mut is_closed) = mpsc::channel(1);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = [0; 4096];
            while let Ok(1..) = stream.read(&mut bytes).await {}
            closed.send(()).await.unwrap();
        });
        let result = probe(&http(json!({ "url": format!("http://{address}/"), "version": version }))).await;
        assert_eq!(result.reason.unwrap().kind, ReasonKind::ResponseTimeout, "version {version}");
        let patience = Duration::from_millis(TIMEOUT_MS * 10);
        let ended = tokio::time::timeout(patience, is_closed.recv()).await;
        assert!(ended.is_ok(), "version {version}: the connection is still open");
    }
}
