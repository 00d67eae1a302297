//! Databases that are bad ones, and what only a bad one does.

mod mysql;
mod postgres;
mod redis;

use std::net::SocketAddr;

use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{greeting, probe, prober, silence};

const PASSWORD: &str = "canary-of-a-database";

/// A check of each kind, with the name that its sentences begin with.
fn every_kind(address: SocketAddr) -> Vec<(&'static str, Spec)> {
    vec![
        ("PostgreSQL", postgres::postgres(address, json!({ "tls": "disable" }))),
        ("Redis", redis::redis(address, json!({}))),
        ("Redis", redis::redis(address, json!({ "user": null, "password": null }))),
        ("MySQL", mysql::mysql(address, json!({}))),
    ]
}

fn with(address: SocketAddr, more: Value) -> Value {
    let mut check = json!({ "address": address.to_string(), "user": "pharos", "password": PASSWORD });
    check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    check
}

/// A server that says `lines`, each after something was received, and never anything more.
async fn saying(lines: &[&[u8]]) -> SocketAddr {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
    greeting(move |mut stream| {
        let lines = lines.clone();
        async move {
            for line in lines {
                let heard = stream.read(&mut [0; 4096]).await.unwrap_or(0);
                if heard == 0 || stream.write_all(&line).await.is_err() {
                    return;
                }
            }
            silence().await;
        }
    })
    .await
}

fn sentence(result: &ProbeResult) -> &str {
    result.reason.as_ref().map_or("", |reason| reason.sentence.as_str())
}

#[track_caller]
fn assert_down(result: &ProbeResult, kind: ReasonKind, words: &str) {
    let seen = result.reason.as_ref().map(|reason| reason.kind);
    assert_eq!((result.outcome, seen), (Outcome::Down, Some(kind)), "{result:?}");
    assert!(sentence(result).contains(words), "{}", sentence(result));
    assert!(!format!("{result:?}").contains("canary"), "{result:?}");
}

#[tokio::test]
async fn a_database_that_says_nothing_ends_with_the_budget() {
    let address = greeting(|stream| async move {
        silence().await;
        drop(stream);
    })
    .await;
    for (who, spec) in every_kind(address) {
        let result = probe(&spec).await;
        assert_down(&result, ReasonKind::ResponseTimeout, "did not end within 300 ms");
        assert!(sentence(&result).starts_with(who), "{}", sentence(&result));
    }
}

#[tokio::test]
async fn a_database_that_hangs_up_at_once() {
    let address = greeting(|mut stream| async move {
        let _ = stream.shutdown().await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    for (_, spec) in every_kind(address) {
        assert_down(
            &probe(&spec).await,
            ReasonKind::ConnectionClosed,
            "the other side closed the connection during",
        );
    }
}

#[tokio::test]
async fn a_web_server_is_not_taken_for_a_database() {
    let page = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let address = greeting(move |mut stream| async move {
        let _ = stream.write_all(page.as_bytes()).await;
        silence().await;
    })
    .await;
    for (_, spec) in every_kind(address) {
        assert_down(&probe(&spec).await, ReasonKind::WrongAnswer, "check the port");
    }
}

#[tokio::test]
async fn a_database_that_never_ends_its_answer_is_heard_up_to_a_bound() {
    for byte in [0, b'\n', b'*', b'+', b'A', 0xff] {
        let address =
            greeting(move |mut stream| async move { while stream.write_all(&[byte; 4096]).await.is_ok() {} })
                .await;
        for (who, spec) in every_kind(address) {
            let result = prober().probe(&spec, 5_000).await;
            assert_eq!(result.outcome, Outcome::Down, "{who} and {byte}: {result:?}");
            assert!(result.stages.total_us.unwrap() < 4_000_000, "{who} and {byte}: {result:?}");
        }
    }
}

#[tokio::test]
async fn a_database_that_says_byte_by_byte_what_is_too_much_ends_with_the_budget() {
    let address = greeting(move |mut stream| async move {
        stream.set_nodelay(true).unwrap();
        while stream.write_all(b"N\0\0\0\x05x").await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for (_, spec) in every_kind(address) {
        assert_eq!(probe(&spec).await.outcome, Outcome::Down);
    }
}
