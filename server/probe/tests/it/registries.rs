//! Registries of domains: what they say, and what they had better said.

use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{answering, assert_reason, now_s, probe, server, silent};

fn domain(server: &str, mut settings: Value) -> Spec {
    settings["name"] = "Example.test".into();
    settings["server"] = server.into();
    Spec::Domain(serde_json::from_value(settings).unwrap())
}

async fn said(status: &str, body: &str, settings: Value) -> ProbeResult {
    let length = body.len();
    let address = answering(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}")).await;
    probe(&domain(&format!("http://{address}/rdap/"), settings)).await
}

/// An answer of a registry for a domain that ends then.
fn until(date: &str) -> String {
    let events = json!([
        { "eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z" },
        { "eventAction": "expiration", "eventDate": date },
        { "eventAction": "last update of RDAP database", "eventDate": "2026-11-23T00:00:00Z" },
    ]);
    json!({ "objectClassName": "domain", "events": events, "entities": [{ "roles": ["registrar"] }] })
        .to_string()
}

#[tokio::test]
async fn a_domain_that_is_registered_for_long_is_good() {
    let address = server(|mut stream, head| async move {
        assert!(head.starts_with("GET /rdap/domain/example.test HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("application/rdap+json"), "{head}");
        let body = until("2027-08-13T04:00:00Z");
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let result = probe(&domain(&format!("http://{address}/rdap"), json!({}))).await;
    assert_eq!((result.outcome, result.reason, result.facts.status), (Outcome::Good, None, Some(200)));
}

#[tokio::test]
async fn a_domain_that_ends_soon_is_degraded() {
    // The tests' time is 23 November 2026, at its beginning.
    assert_eq!(now_s(), 1_795_392_000);
    for (date, least, sentence) in [
        (
            "2026-12-01T23:59:59Z",
            30,
            "Domain: Example.test expires in 8 days, expected at least 30; renew it",
        ),
        ("2026-11-24T12:00:00Z", 2, "Domain: Example.test expires in 1 day, expected at least 2; renew it"),
        (
            "2026-11-23T23:59:59Z",
            30,
            "Domain: Example.test expires today, expected at least 30 days; renew it",
        ),
    ] {
        let result = said("200 OK", &until(date), json!({ "days_left": least })).await;
        assert_reason(&result, Outcome::Degraded, ReasonKind::DomainExpiresSoon, sentence);
    }
}

#[tokio::test]
async fn a_domain_that_is_no_longer_registered_is_down() {
    let sentence = "Domain: the registration of Example.test has expired; renew it";
    let result = said("200 OK", &until("2026-11-22T00:00:00Z"), json!({ "days_left": 0 })).await;
    assert_reason(&result, Outcome::Down, ReasonKind::DomainExpired, sentence);
    let result = said("404 Not Found", "{}", json!({})).await;
    let sentence = "Domain: the registry knows no domain Example.test";
    assert_reason(&result, Outcome::Down, ReasonKind::DomainExpired, sentence);
}

#[tokio::test]
async fn a_registry_that_says_nothing_of_use_says_nothing_of_the_domain() {
    let of = "the registry of Example.test";
    for (status, body, why) in [
        ("200 OK", "{\"events\":[]}", format!("{of} does not say until when it is registered")),
        ("200 OK", "{}", format!("{of} does not say until when it is registered")),
        ("200 OK", "<html>", format!("what {of} answered is not RDAP, got \"<html>\"")),
        ("200 OK", &until("soon"), format!("{of} says \"soon\", which is not a date")),
        ("200 OK", "{\"events\":7}", format!("what {of} answered is not RDAP, got \"{{\"events\":7}}\"")),
        ("429 Slow Down", "", "the registry says that it is asked too often; look less often".to_owned()),
        ("503 Busy", "", format!("expected status 200 from {of}, got 503")),
    ] {
        let result = said(status, body, json!({})).await;
        assert_reason(&result, Outcome::Unknown, ReasonKind::CouldNotLook, &format!("Could not look: {why}"));
    }
}

#[tokio::test]
async fn a_document_that_is_deeper_than_any_makes_nothing_of_the_domain() {
    let deep = format!("{{\"events\":{}", "[".repeat(100_000));
    let result = said("200 OK", &deep, json!({})).await;
    assert_eq!((result.outcome, result.reason.unwrap().kind), (Outcome::Unknown, ReasonKind::CouldNotLook));
}

#[tokio::test]
async fn a_registry_that_cannot_be_asked_does_not_make_the_domain_down() {
    let result = probe(&domain(&format!("http://{}", silent().await), json!({}))).await;
    let sentence =
        "Could not look: the registry of Example.test cannot be asked: HTTP: no answer within 300 ms";
    assert_reason(&result, Outcome::Unknown, ReasonKind::CouldNotLook, sentence);
    let result = said("200 OK", &" ".repeat(300 * 1024), json!({})).await;
    let sentence =
        "Could not look: the registry of Example.test cannot be asked: HTTP: the body is longer than 256 KiB";
    assert_reason(&result, Outcome::Unknown, ReasonKind::CouldNotLook, sentence);
}
