//! Health documents from a real server.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ReasonKind, Spec};
use serde_json::json;

use crate::bad_http::gzipped;
use crate::{answering, assert_reason, probe};

fn at(address: SocketAddr) -> Spec {
    Spec::Health(serde_json::from_value(json!({ "url": format!("http://{address}/health") })).unwrap())
}

async fn health(status: &str, media_type: &str, body: &str) -> Spec {
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}");
    at(answering(answer).await)
}

#[tokio::test]
async fn a_part_that_is_down_makes_the_whole_partly_down_and_is_named() {
    let body = r#"{"status":"UP","database":"UP","cache":"DOWN"}"#;
    let result = probe(&health("200 OK", "application/json", body).await).await;
    assert_reason(&result, Outcome::Partial, ReasonKind::Unhealthy, "Health: cache is down");
    let parts: Vec<_> = result.facts.parts.iter().map(|part| (&*part.path, &*part.word)).collect();
    assert_eq!(parts, [("cache", "DOWN"), ("database", "UP")]);
}

#[tokio::test]
async fn a_service_that_says_it_is_down_is_down() {
    let body = r#"{"status":"DOWN","database":"DOWN","cache":"UP"}"#;
    let result = probe(&health("503 Service Unavailable", "application/json", body).await).await;
    let sentence = "Health: the service says it is down, with database down";
    assert_reason(&result, Outcome::Down, ReasonKind::Unhealthy, sentence);
}

#[tokio::test]
async fn a_login_page_is_not_a_healthy_service() {
    let result = probe(&health("200 OK", "text/html", "<html><h1>Sign in</h1></html>").await).await;
    assert_ne!(result.outcome, Outcome::Good);
    assert_eq!(result.reason.unwrap().kind, ReasonKind::FormatUnknown);
}

#[tokio::test]
async fn parts_with_components_of_their_own_speak_for_those_and_no_more_for_the_whole() {
    let body = r#"{"status":"UP","database":"UP","cache":"DOWN"}"#;
    let Spec::Health(mut check) = health("200 OK", "application/json", body).await else { unreachable!() };
    check.parts =
        [("cache", "sessions"), ("queue", "jobs")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    let result = probe(&Spec::Health(check)).await;
    assert_eq!(result.outcome, Outcome::Good);
    let mapped = result.facts.mapped.iter();
    let mapped: Vec<_> = mapped
        .map(|mapped| {
            (&*mapped.pattern, mapped.outcome, mapped.reason.as_ref().map(|reason| &*reason.sentence))
        })
        .collect();
    let expected = [
        ("cache", Outcome::Down, Some("Health: cache is down")),
        ("queue", Outcome::Unknown, Some("Health: the document has no such part any more")),
    ];
    assert_eq!(mapped, expected);
}

#[tokio::test]
async fn a_token_that_comes_back_as_the_name_of_a_part_is_hidden() {
    let body = r#"{"status":"UP","canary-token":"DOWN","cache":"UP"}"#;
    let Spec::Health(mut check) = health("200 OK", "application/json", body).await else { unreachable!() };
    check.bearer = Some("canary-token".into());
    let result = probe(&Spec::Health(check)).await;
    assert_reason(&result, Outcome::Partial, ReasonKind::Unhealthy, "Health: [hidden] is down");
    assert!(!format!("{result:?}").contains("canary"), "{result:?}");
}

#[tokio::test]
async fn a_header_with_an_ordinary_word_changes_nothing_of_the_document() {
    let body = r#"{"status":"UP","ready":true,"cache":"DOWN"}"#;
    let Spec::Health(mut check) = health("200 OK", "application/json", body).await else { unreachable!() };
    check.headers =
        [("x-health-check".to_owned(), "true".into()), ("x-of".to_owned(), "cache".into())].into();
    let result = probe(&Spec::Health(check)).await;
    assert_eq!(result.outcome, Outcome::Partial, "{result:?}");
}

#[tokio::test]
async fn a_document_that_comes_packed_is_unpacked_within_the_same_bound() {
    let packed = gzipped(br#"{"status":"UP","cache":"DOWN"}"#);
    let result = probe(&at(answering(packed).await)).await;
    assert_reason(&result, Outcome::Partial, ReasonKind::Unhealthy, "Health: cache is down");
    let bomb = gzipped(&vec![b' '; 10 * 1024 * 1024]);
    let result = probe(&at(answering(bomb).await)).await;
    let sentence = "HTTP: the body is longer than 256 KiB";
    assert_reason(&result, Outcome::Unknown, ReasonKind::BodyTooLarge, sentence);
}

#[tokio::test]
async fn a_document_beyond_what_is_read_does_not_make_its_service_out() {
    let long = " ".repeat(256 * 1024 + 1);
    let result = probe(&health("200 OK", "application/json", &long).await).await;
    let sentence = "HTTP: the body is longer than 256 KiB";
    assert_reason(&result, Outcome::Unknown, ReasonKind::BodyTooLarge, sentence);
}
