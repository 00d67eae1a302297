//! Redis that is a bad one.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::{Value, json};

use super::{PASSWORD, assert_down, saying, with};
use crate::{assert_reason, probe};

pub fn redis(address: SocketAddr, more: Value) -> Spec {
    Spec::Redis(serde_json::from_value(with(address, more)).unwrap())
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
    for line in ["", "PONG", "$x", "$-5", "*-2", ":4x", "$4\r\nPONGxx", "*1\r\n+PONG", "%1"] {
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
