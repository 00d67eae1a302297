//! Databases that are bad ones, and what only a bad one does.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{TIMEOUT_MS, assert_reason, probe, prober, silence};

const PASSWORD: &str = "canary-of-a-database";

/// A check of each kind, with the name that its sentences begin with.
fn every_kind(address: SocketAddr) -> Vec<(&'static str, Spec)> {
    vec![
        ("PostgreSQL", postgres(address, json!({ "tls": "disable" }))),
        ("Redis", redis(address, json!({}))),
        ("Redis", redis(address, json!({ "user": null, "password": null }))),
    ]
}

fn with(address: SocketAddr, more: Value) -> Value {
    let mut check = json!({ "address": address.to_string(), "user": "pharos", "password": PASSWORD });
    check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    check
}

fn postgres(address: SocketAddr, more: Value) -> Spec {
    Spec::Postgres(serde_json::from_value(with(address, more)).unwrap())
}

fn redis(address: SocketAddr, more: Value) -> Spec {
    Spec::Redis(serde_json::from_value(with(address, more)).unwrap())
}

/// A server that says `lines`, each after something was received, and never anything more. What begins with nothing received
/// is said at once.
async fn saying(lines: &[&[u8]]) -> SocketAddr {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
    serving(move |mut stream| {
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

/// A server that does this with every connection.
async fn serving<F, Fut>(act: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(act(stream));
        }
    });
    address
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
    let address = serving(|stream| async move {
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
    let address = serving(|mut stream| async move {
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
    let address = serving(move |mut stream| async move {
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
            serving(move |mut stream| async move { while stream.write_all(&[byte; 4096]).await.is_ok() {} })
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
    let address = serving(move |mut stream| async move {
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

/// A message of PostgreSQL.
fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

#[tokio::test]
async fn postgres_is_not_given_room_for_what_it_only_claims() {
    for length in [0x7fff_ffff_u32, 0xffff_ffff, 300_000] {
        let claim = [&b"R"[..], &length.to_be_bytes(), b"\0\0\0\0"].concat();
        let address = saying(&[&claim]).await;
        let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
        assert_down(&result, ReasonKind::WrongAnswer, "the answer during the login is longer than 256 KiB");
    }
    let address = saying(&[b"R\0\0\0\x03"]).await;
    let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
    assert_down(&result, ReasonKind::WrongAnswer, "what came during the login is not as PostgreSQL speaks");
}

#[tokio::test]
async fn postgres_that_skips_a_step_is_not_followed() {
    let ok = message(b'R', &[0; 4]);
    let ready = message(b'Z', b"I");
    let row = message(b'D', b"\0\x02\0\0\0\x01f\xff\xff\xff\xff");
    let sasl = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
    let last = message(b'R', b"\0\0\0\x0cv=AAAA");
    for (lines, words) in [
        (vec![ready.clone()], "during the login"),
        (vec![row.clone()], "during the login"),
        (vec![last.clone()], "during the login"),
        (vec![sasl.clone(), ok.clone()], "during the login"),
        (vec![sasl.clone(), last], "during the login"),
        (vec![sasl.clone(), sasl], "during the login"),
        (vec![[ok.clone(), ready.clone()].concat(), ok.clone()], "during the question for its role"),
        (vec![[ok.clone(), ready.clone()].concat(), ready.clone()], "during the question for its role"),
        (vec![[ok, ready].concat(), message(b'D', b"\0\x02\0\0\0\x09f")], "during the question for its role"),
    ] {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let result = probe(&postgres(saying(&lines).await, json!({ "tls": "disable" }))).await;
        assert_down(&result, ReasonKind::WrongAnswer, words);
    }
}

#[tokio::test]
async fn postgres_that_asks_for_endless_work_or_shows_no_proof_is_not_logged_in_to() {
    let sasl = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
    for count in ["4294967295", "100001", "0x", ""] {
        let address = serving({
            let sasl = sasl.clone();
            move |mut stream| {
                let sasl = sasl.clone();
                async move {
                    let mut heard = vec![0; 4096];
                    let _ = stream.read(&mut heard).await;
                    let _ = stream.write_all(&sasl).await;
                    let count_heard = stream.read(&mut heard).await.unwrap_or(0);
                    let text = String::from_utf8_lossy(&heard[..count_heard]).into_owned();
                    let nonce = text.rsplit_once("r=").unwrap().1;
                    let challenge = format!("\0\0\0\x0br={nonce}x,s=QSXCR+Q6sek8bf92,i={count}");
                    let _ = stream.write_all(&message(b'R', challenge.as_bytes())).await;
                    silence().await;
                }
            }
        })
        .await;
        let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
        assert_down(&result, ReasonKind::LoginFailed, "the server did not prove that it knows the password");
    }
}

#[tokio::test]
async fn postgres_that_only_knows_other_proofs_is_told_apart() {
    for body in [&b"\0\0\0\x0aSCRAM-SHA-512\0\0"[..], b"\0\0\0\x0aSCRAM", b"\0\0\0\x07", b"\0\0\0\x02"] {
        let address = saying(&[&message(b'R', body)]).await;
        let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
        assert_down(&result, ReasonKind::LoginFailed, "the server asks for another proof than a password's");
    }
}

#[tokio::test]
async fn what_comes_in_clear_text_before_tls_is_not_taken_for_what_comes_over_it() {
    for mode in ["prefer", "require"] {
        let address = saying(&[&[b"S", &message(b'R', &[0; 4])[..]].concat()]).await;
        let result = probe(&postgres(address, json!({ "tls": mode }))).await;
        assert_down(
            &result,
            ReasonKind::WrongAnswer,
            "what came during the question for TLS is not as PostgreSQL",
        );
    }
}

#[tokio::test]
async fn postgres_that_echoes_the_password_does_not_bring_it_into_the_sentence() {
    let error = format!("SFATAL\0C28P01\0Mno {PASSWORD} here\0\0");
    let address = saying(&[&message(b'E', error.as_bytes())]).await;
    let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
    let sentence = "PostgreSQL: the login failed: no [hidden] here";
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
}

#[tokio::test]
async fn postgres_that_shuts_down_says_so_although_it_hangs_up() {
    let hello = [message(b'R', &[0; 4]), message(b'Z', b"I")].concat();
    let gone = message(b'E', b"SFATAL\0C57P01\0Mterminating connection\0\0");
    let address = serving(move |mut stream| {
        let lines = [hello.clone(), gone.clone()];
        async move {
            for line in lines {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&line).await;
            }
        }
    })
    .await;
    let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
    let sentence = "PostgreSQL: the server is up but not ready: terminating connection";
    assert_reason(&result, Outcome::Down, ReasonKind::NotReady, sentence);
}

#[tokio::test]
async fn a_server_that_only_speaks_like_postgres_is_good_without_a_role() {
    let hello = [message(b'R', &[0; 4]), message(b'Z', b"I")].concat();
    let lacking = [message(b'E', b"SERROR\0C42883\0Mno such function\0\0"), message(b'Z', b"E")].concat();
    let row = [message(b'D', b"\0\x02\xff\xff\xff\xff\xff\xff\xff\xff"), message(b'Z', b"T")].concat();
    let address = saying(&[&hello, &lacking, &lacking, &row, &message(b'Z', b"I")]).await;
    let result = prober().probe(&postgres(address, json!({ "tls": "disable" })), TIMEOUT_MS).await;
    assert_eq!((result.outcome, result.reason, result.facts.role), (Outcome::Good, None, None));
}

#[tokio::test]
async fn redis_is_not_given_room_for_what_it_only_claims() {
    for claim in ["$2147483647\r\nx", "$18446744073709551615\r\nx", "$300000\r\nx"] {
        let address = saying(&[claim.as_bytes()]).await;
        let result = probe(&redis(address, json!({}))).await;
        assert_down(&result, ReasonKind::WrongAnswer, "the answer during the login is longer than 256 KiB");
    }
    let address = saying(&[b"+OK\r\n", b"+PONG\r\n", b"*4000000000\r\n:1\r\n"]).await;
    let result = probe(&redis(address, json!({}))).await;
    assert_down(&result, ReasonKind::ResponseTimeout, "the question for its role did not end within 300 ms");
}

#[tokio::test]
async fn redis_with_lists_in_lists_without_end_is_not_followed() {
    let address = saying(&[b"+OK\r\n", b"+PONG\r\n", &b"*1\r\n".repeat(20_000)]).await;
    let result = probe(&redis(address, json!({}))).await;
    assert_down(
        &result,
        ReasonKind::WrongAnswer,
        "what came during the question for its role is not as Redis",
    );
}

#[tokio::test]
async fn redis_that_does_not_speak_as_it_should_is_not_followed() {
    for line in ["", "PONG", "$x", "$-5", "*-2", ":4x", "$1\r\nabc", "*1\r\n+PONG", "%1"] {
        let address = saying(&[b"+OK\r\n", format!("{line}\r\n").as_bytes()]).await;
        let result = probe(&redis(address, json!({}))).await;
        assert_down(&result, ReasonKind::WrongAnswer, "what came during the login is not as Redis speaks");
    }
}

#[tokio::test]
async fn redis_in_the_role_of_a_watcher_of_others_has_no_role_of_its_own() {
    let address = saying(&[b"+PONG\r\n", b"*2\r\n$8\r\nsentinel\r\n*1\r\n$5\r\nshard\r\n"]).await;
    let result = probe(&redis(address, json!({ "user": null, "password": null }))).await;
    assert_eq!((result.outcome, result.reason, result.facts.role), (Outcome::Good, None, None));
}

#[tokio::test]
async fn redis_that_echoes_the_password_does_not_bring_it_into_the_sentence() {
    let address = saying(&[format!("-ERR no {PASSWORD} here\r\n").as_bytes()]).await;
    let result = probe(&redis(address, json!({}))).await;
    let sentence = "Redis: the login failed: ERR no [hidden] here";
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
}
