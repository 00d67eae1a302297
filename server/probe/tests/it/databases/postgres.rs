//! PostgreSQL that is a bad one.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PASSWORD, assert_down, saying, with};
use crate::{TIMEOUT_MS, assert_reason, greeting, probe, prober, silence};

pub fn postgres(address: SocketAddr, more: Value) -> Spec {
    Spec::Postgres(serde_json::from_value(with(address, more)).unwrap())
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

/// A server that asks for a proof with so much work, and takes any for one with `verdict`.
async fn challenging(work: &'static str, verdict: Vec<u8>) -> SocketAddr {
    greeting(move |mut stream| {
        let verdict = verdict.clone();
        async move {
            let mut heard = vec![0; 4096];
            let _ = stream.read(&mut heard).await;
            let _ = stream.write_all(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0")).await;
            let count = stream.read(&mut heard).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&heard[..count]).into_owned();
            let nonce = text.rsplit_once("r=").unwrap().1;
            let challenge = format!("\0\0\0\x0br={nonce}x,s=QSXCR+Q6sek8bf92,i={work}");
            let _ = stream.write_all(&message(b'R', challenge.as_bytes())).await;
            let _ = stream.read(&mut heard).await;
            let _ = stream.write_all(&verdict).await;
            silence().await;
        }
    })
    .await
}

#[tokio::test]
async fn postgres_that_asks_for_endless_work_is_not_logged_in_to() {
    for work in ["4294967295", "100001", "0x", ""] {
        let address = challenging(work, Vec::new()).await;
        let result = probe(&postgres(address, json!({ "tls": "disable" }))).await;
        assert_down(&result, ReasonKind::LoginFailed, "the server did not prove that it knows the password");
    }
}

#[tokio::test]
async fn postgres_that_does_not_know_the_password_itself_is_not_logged_in_to() {
    let ready = [message(b'R', &[0; 4]), message(b'Z', b"I")].concat();
    let wrong = [message(b'R', b"\0\0\0\x0cv=AAAA"), ready.clone()].concat();
    let result = probe(&postgres(challenging("1", wrong).await, json!({ "tls": "disable" }))).await;
    assert_down(&result, ReasonKind::LoginFailed, "the server did not prove that it knows the password");
    for none in [ready.clone(), [message(b'R', &[0; 4]), ready].concat()] {
        let result = probe(&postgres(challenging("1", none).await, json!({ "tls": "disable" }))).await;
        assert_down(
            &result,
            ReasonKind::WrongAnswer,
            "what came during the login is not as PostgreSQL speaks",
        );
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
    let address = greeting(move |mut stream| {
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
