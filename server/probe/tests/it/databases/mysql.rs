//! MySQL that is a bad one.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ReasonKind, Role, Spec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PASSWORD, assert_down, with};
use crate::certificates::Authority;
use crate::{assert_reason, greeting, probe, silence};

pub fn mysql(address: SocketAddr, more: Value) -> Spec {
    Spec::Mysql(serde_json::from_value(with(address, more)).unwrap())
}

/// A packet of MySQL.
fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], body].concat()
}

const SALT: &[u8] = b"abcdefghijklmnopqrst";

/// The greeting of a server without TLS that likes this proof best.
fn handshake(plugin: &str) -> Vec<u8> {
    let (first, second) = SALT.split_at(8);
    let body =
        [b"\x0a8.4.0\0\x01\0\0\0", first, b"\0\0\x82\x2d\x02\0\x08\0\x15", &[0; 10], second, b"\0"].concat();
    packet(0, &[&body, plugin.as_bytes(), b"\0"].concat())
}

/// The greeting of a server with TLS.
fn offering_tls() -> Vec<u8> {
    let mut greeting = handshake(CACHING);
    // What it can do comes after its version, the number of the connection, a part of the salt and a zero.
    let can = 4 + b"\x0a8.4.0\0".len() + 4 + 9;
    greeting[can + 1] |= 8;
    greeting
}

/// A server of MySQL that greets and then says `lines`, each after something was received.
async fn greeted(plugin: &str, lines: &[&[u8]]) -> SocketAddr {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
    let first = handshake(plugin);
    greeting(move |mut stream| {
        let (first, lines) = (first.clone(), lines.clone());
        async move {
            let _ = stream.write_all(&first).await;
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

const NATIVE: &str = "mysql_native_password";
const CACHING: &str = "caching_sha2_password";
/// Well done.
const OK: &[u8] = b"\0\0\0\x02\0\0\0";
/// The end of a list.
const END: &[u8] = b"\xfe\0\0\x02\0";

/// A table with one column and one row.
fn table(value: &str) -> Vec<u8> {
    let value = [&[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    let column = b"\x03def\0\0\0\x04name\0\x0c\x2d\0\0\0\0\0\xfd\0\0\0\0\0";
    [packet(1, b"\x01"), packet(2, column), packet(3, END), packet(4, &value), packet(5, END)].concat()
}

#[tokio::test]
async fn mysql_is_not_given_room_for_what_it_only_claims() {
    let address = greeted(NATIVE, &[b"\xff\xff\xff\x02\0"]).await;
    let result = probe(&mysql(address, json!({}))).await;
    assert_down(&result, ReasonKind::WrongAnswer, "the answer during the login is longer than 256 KiB");
    let columns = [b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(), b"\xfd\xff\xff\xff".to_vec()];
    for claim in columns {
        let address = greeted(NATIVE, &[&packet(2, OK), &packet(1, &claim)]).await;
        let result = probe(&mysql(address, json!({}))).await;
        assert_down(
            &result,
            ReasonKind::WrongAnswer,
            "what came during the question for its role is not as MySQL",
        );
    }
    let row = [packet(1, b"\x01"), packet(2, b"\x03def\0\0\0\x04name"), packet(3, END)].concat();
    for claim in [&b"\xfd\xff\xff\xff"[..], b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff"] {
        let address = greeted(NATIVE, &[&packet(2, OK), &[&row[..], &packet(4, claim)].concat()]).await;
        let result = probe(&mysql(address, json!({}))).await;
        assert_down(
            &result,
            ReasonKind::WrongAnswer,
            "what came during the question for its role is not as MySQL",
        );
    }
}

#[tokio::test]
async fn mysql_that_wants_a_file_or_skips_a_step_is_not_followed() {
    let file = packet(1, b"\xfb/etc/passwd");
    for (plugin, lines, words) in [
        (NATIVE, vec![packet(2, OK), file.clone()], "during the question for its role"),
        (NATIVE, vec![file], "during the login"),
        (NATIVE, vec![packet(2, b"")], "during the login"),
        (NATIVE, vec![packet(2, OK), packet(1, b"")], "during the question for its role"),
        (NATIVE, vec![packet(2, b"\x01\x04")], "during the login"),
        (CACHING, vec![packet(2, b"\x01\x07")], "during the login"),
        (NATIVE, vec![table("0")], "during the login"),
        (NATIVE, vec![packet(2, OK), [packet(1, b"\x01"), packet(2, END)].concat()], "during the question"),
    ] {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let result = probe(&mysql(greeted(plugin, &lines).await, json!({}))).await;
        assert_down(&result, ReasonKind::WrongAnswer, words);
    }
    let switch = packet(2, b"\xfemysql_native_password\0abcdefghijklmnopqrst\0");
    let result = probe(&mysql(greeted(NATIVE, &[&switch, &switch]).await, json!({}))).await;
    assert_down(&result, ReasonKind::WrongAnswer, "during the login");
}

#[tokio::test]
async fn mysql_does_not_get_the_password_itself_without_tls() {
    let address = greeted(CACHING, &[&packet(2, b"\x01\x04")]).await;
    let result = probe(&mysql(address, json!({}))).await;
    let sentence =
        "MySQL: the server asks for the password itself, which is only sent with tls set to require";
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
    for (switch, name) in [
        (&b"\xfemysql_clear_password\0\0"[..], "mysql_clear_password"),
        (b"\xfedialog\0Password:", "dialog"),
        (b"\xfe", "mysql_old_password"),
    ] {
        let address = greeted(NATIVE, &[&packet(2, switch)]).await;
        let result = probe(&mysql(address, json!({}))).await;
        assert_down(
            &result,
            ReasonKind::LoginFailed,
            &format!("the server asks for {name}, which is not supported"),
        );
    }
}

/// What a server keeps of the password for the usual proof, and whether what came is that proof.
fn is_proven(login: &[u8]) -> bool {
    let hash =
        |parts: &[&[u8]]| ring::digest::digest(&ring::digest::SHA256, &parts.concat()).as_ref().to_vec();
    let kept = hash(&[&hash(&[PASSWORD.as_bytes()])]);
    let user = 4 + 32 + b"pharos\0".len();
    let Some((&[32], sent)) = login.get(user..).and_then(|rest| rest.split_at_checked(1)) else {
        return false;
    };
    let once: Vec<u8> = sent.iter().zip(hash(&[&kept, SALT])).map(|(byte, mask)| byte ^ mask).collect();
    hash(&[&once]) == kept
}

#[tokio::test]
async fn the_usual_proof_of_mysql_is_one_that_the_server_can_check() {
    let address = greeting(|mut stream| async move {
        let _ = stream.write_all(&handshake(CACHING)).await;
        let mut login = vec![0; 4096];
        let count = stream.read(&mut login).await.unwrap_or(0);
        let verdict = if is_proven(&login[..count]) {
            [packet(2, b"\x01\x03"), packet(3, OK)].concat()
        } else {
            packet(2, b"\xff\x15\x04#28000Access denied")
        };
        for line in [
            verdict,
            table("1"),
            packet(1, b"\xff\xcb\x04#42000denied"),
            packet(1, b"\xff\xcb\x04#42000denied"),
        ] {
            let _ = stream.write_all(&line).await;
            let _ = stream.read(&mut login).await;
        }
    })
    .await;
    let result = probe(&mysql(address, json!({}))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!((result.facts.role, result.facts.lag_ms), (Some(Role::Standby), None));
    let result = probe(&mysql(address, json!({ "password": "wrong" }))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, "MySQL: the login failed: Access denied");
}

#[tokio::test]
async fn mysql_gets_the_password_itself_over_tls_that_is_required() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("127.0.0.1", (2020, 2050), &[]);
    let address = greeting(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let _ = stream.write_all(&offering_tls()).await;
            let _ = stream.read_exact(&mut [0; 36]).await;
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut heard = vec![0; 4096];
            let _ = stream.read(&mut heard).await;
            let _ = stream.write_all(&packet(3, b"\x01\x04")).await;
            let count = stream.read(&mut heard).await.unwrap_or(0);
            let is_it = heard[..count] == packet(4, format!("{PASSWORD}\0").as_bytes());
            let verdict = packet(5, if is_it { OK } else { b"\xff\x15\x04#28000Access denied" });
            let denied = packet(1, b"\xff\xcb\x04#42000denied");
            for line in [verdict, table("0"), denied.clone(), denied] {
                let _ = stream.write_all(&line).await;
                let _ = stream.read(&mut heard).await;
            }
        }
    })
    .await;
    let result = authority.probe(&mysql(address, json!({ "tls": "require" }))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    let result = authority.probe(&mysql(address, json!({ "tls": "prefer" }))).await;
    assert_down(&result, ReasonKind::LoginFailed, "only sent with tls set to require");
}

#[tokio::test]
async fn what_comes_in_clear_text_before_tls_is_not_taken_for_what_comes_over_it() {
    let address = greeting(|mut stream| async move {
        let _ = stream.write_all(&[offering_tls(), packet(2, OK)].concat()).await;
        silence().await;
    })
    .await;
    for mode in ["prefer", "require"] {
        let result = probe(&mysql(address, json!({ "tls": mode }))).await;
        assert_down(&result, ReasonKind::WrongAnswer, "what came during the login is not as MySQL speaks");
    }
}

#[tokio::test]
async fn mysql_that_echoes_the_password_does_not_bring_it_into_the_sentence() {
    let error = [b"\xff\x15\x04#28000no ", PASSWORD.as_bytes(), b" here"].concat();
    let address = greeted(NATIVE, &[&packet(2, &error)]).await;
    let result = probe(&mysql(address, json!({}))).await;
    let sentence = "MySQL: the login failed: no [hidden] here";
    assert_reason(&result, Outcome::Down, ReasonKind::LoginFailed, sentence);
}
