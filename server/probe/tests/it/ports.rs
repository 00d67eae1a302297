//! TCP services.

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::{Value, json};

use crate::{answering, assert_reason, probe, silent};

fn tcp(value: Value) -> Spec {
    Spec::Tcp(serde_json::from_value(value).unwrap())
}

#[tokio::test]
async fn a_service_that_answers_as_expected_is_good() {
    let address = answering("+PONG\r\n").await;
    let spec = tcp(json!({ "address": address.to_string(), "send": "PING\r\n", "expect": "PONG" }));
    assert_eq!(probe(&spec).await.outcome, Outcome::Good);
}

#[tokio::test]
async fn a_service_that_answers_something_else() {
    let address = answering("-ERR\r\n").await;
    let spec = tcp(json!({ "address": address.to_string(), "send": "PING\r\n", "expect": "PONG" }));
    let sentence = "TCP: expected \"PONG\" in the answer, got \"-ERR  \"";
    assert_reason(&probe(&spec).await, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn a_service_that_says_nothing() {
    let address = silent().await;
    let spec = tcp(json!({ "address": address.to_string(), "send": "PING\r\n", "expect": "PONG" }));
    assert_reason(
        &probe(&spec).await,
        Outcome::Down,
        ReasonKind::ResponseTimeout,
        "TCP: no answer within 300 ms",
    );
}
