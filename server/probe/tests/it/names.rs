//! Names, asked of a resolver of our own that says what it is told.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::json;
use tokio::net::UdpSocket;

use crate::{assert_reason, probe};

/// A resolver that answers every question with this response code and, when it is 0, with this address.
async fn resolver(code: Option<u8>, address: [u8; 4]) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((count, from)) = socket.recv_from(&mut question).await {
            let Some(code) = code else { continue };
            // The question ends after its name, its type and its class.
            let name = 12 + question[12..count].iter().position(|byte| *byte == 0).unwrap();
            let mut answer = question[..name + 5].to_vec();
            answer[2] = 0x81;
            answer[3] = 0x80 | code;
            answer[4..12].copy_from_slice(&[0, 1, 0, u8::from(code == 0), 0, 0, 0, 0]);
            if code == 0 {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                answer.extend(address);
            }
            let _ = socket.send_to(&answer, from).await;
        }
    });
    at
}

async fn dns(code: Option<u8>, address: [u8; 4]) -> Spec {
    let resolver = resolver(code, address).await.to_string();
    let value = json!({ "name": "api.example.test", "expect": ["192.0.2.7"], "resolver": resolver });
    Spec::Dns(serde_json::from_value(value).unwrap())
}

#[tokio::test]
async fn the_expected_answer_is_good() {
    assert_eq!(probe(&dns(Some(0), [192, 0, 2, 7]).await).await.outcome, Outcome::Good);
}

#[tokio::test]
async fn another_answer_is_not() {
    let result = probe(&dns(Some(0), [192, 0, 2, 9]).await).await;
    let sentence = "DNS: expected 192.0.2.7 among the A records of api.example.test, got 192.0.2.9";
    assert_reason(&result, Outcome::Down, ReasonKind::DnsWrongAnswer, sentence);
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let result = probe(&dns(Some(3), [0; 4]).await).await;
    assert_reason(&result, Outcome::Down, ReasonKind::DnsNoSuchName, "DNS: no such name api.example.test");
}

#[tokio::test]
async fn a_resolver_that_fails() {
    let result = probe(&dns(Some(2), [0; 4]).await).await;
    assert_eq!((result.outcome, result.reason.unwrap().kind), (Outcome::Down, ReasonKind::DnsFailed));
}

#[tokio::test]
async fn a_resolver_that_says_nothing() {
    let result = probe(&dns(None, [0; 4]).await).await;
    let sentence = "DNS: no answer for api.example.test within 300 ms";
    assert_reason(&result, Outcome::Down, ReasonKind::DnsTimeout, sentence);
}
