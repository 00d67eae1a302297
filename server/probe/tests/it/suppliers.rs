//! Suppliers' status pages from a real server.

use pharos_probe::limits::SUPPLIER_BODY_BYTES_MAX;
use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{answering, assert_reason, probe, prober, server};

/// A page with a group, two components of one name and one that is out.
const PAGE: &str = r#"{
    "page": {"id": "k3w9bd0vtxqz", "name": "Example"},
    "status": {"indicator": "major"},
    "components": [
        {"id": "c1", "name": "Git", "status": "operational", "group_id": null},
        {"id": "c2", "name": "Actions", "status": "major_outage", "group_id": null},
        {"id": "g1", "name": "Europe", "status": "degraded_performance", "group": true},
        {"id": "c3", "name": "API", "status": "degraded_performance", "group_id": "g1"},
        {"id": "c4", "name": "API", "status": "under_maintenance", "group_id": null},
        {"id": "c5", "name": "Pages", "status": "purple", "group_id": null}
    ],
    "incidents": [{"name": "Builds fail", "status": "investigating"}]
}"#;

fn document(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn spec(url: String, more: &Value) -> Spec {
    let mut check = json!({ "url": url, "name": "Example" });
    check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Spec::Supplier(serde_json::from_value(check).unwrap())
}

async fn look(answer: String, more: Value) -> ProbeResult {
    let address = answering(answer).await;
    probe(&spec(format!("http://{address}/history.atom"), &more)).await
}

/// Does the same with time for a long answer.
async fn look_long(answer: String) -> ProbeResult {
    let address = answering(answer).await;
    prober().probe(&spec(format!("http://{address}/page"), &json!({})), 10_000).await
}

async fn page(more: Value) -> ProbeResult {
    look(document("200 OK", "application/json", PAGE), more).await
}

#[tokio::test]
async fn of_a_base_address_the_summary_is_asked() {
    let address = server(|mut stream, head| async move {
        let known = head.starts_with("GET /api/v2/summary.json HTTP/1.1\r\n");
        let answer =
            if known { document("200 OK", "application/json", PAGE) } else { document("404 Not", "", "") };
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    for url in [format!("http://{address}"), format!("http://{address}/api/v2/summary.json")] {
        let result = probe(&spec(url, &json!({ "component": "Git" }))).await;
        assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
        assert_eq!(result.facts.format, Some("statuspage"));
    }
}

#[tokio::test]
async fn a_page_is_told_as_the_word_of_its_supplier() {
    let sentence = "Supplier Example: Actions is down: \"Builds fail\" (investigating)";
    assert_reason(&page(json!({})).await, Outcome::Partial, ReasonKind::Unhealthy, sentence);
}

#[tokio::test]
async fn a_component_is_told_one_to_one() {
    for (component, outcome, kind, sentence) in [
        ("Actions", Outcome::Down, ReasonKind::Unhealthy, "Actions is major_outage"),
        ("c2", Outcome::Down, ReasonKind::Unhealthy, "Actions is major_outage"),
        ("actions", Outcome::Down, ReasonKind::Unhealthy, "Actions is major_outage"),
        ("Europe/API", Outcome::Degraded, ReasonKind::Unhealthy, "Europe/API is degraded_performance"),
        ("c4", Outcome::Maintenance, ReasonKind::Unhealthy, "API is under_maintenance"),
        ("Pages", Outcome::Unknown, ReasonKind::FormatUnknown, "Pages is purple"),
    ] {
        let result = page(json!({ "component": component })).await;
        assert_reason(&result, outcome, kind, &format!("Supplier Example: {sentence}"));
    }
}

#[tokio::test]
async fn a_component_that_is_not_on_the_page_is_unknown_and_others_are_named() {
    for (component, sentence) in [
        (
            "Akshuns",
            "its page has no component \"Akshuns\"; it has \"Git\", \"Actions\", \"Europe\", \"Europe/API\", \"API\" and 1 more",
        ),
        ("API", "its page has several components \"API\": write one of \"Europe/API\", \"API\""),
    ] {
        let result = page(json!({ "component": component })).await;
        let sentence = format!("Supplier Example: {sentence}");
        assert_reason(&result, Outcome::Unknown, ReasonKind::PartGone, &sentence);
    }
}

#[tokio::test]
async fn components_of_the_page_speak_for_components_of_their_own() {
    let result =
        page(json!({ "component": "Git", "parts": { "Actions": "builds", "Europe": "eu", "Gone": "gone" } }))
            .await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    let mapped: Vec<_> =
        result.facts.mapped.iter().map(|mapped| (&*mapped.pattern, mapped.outcome)).collect();
    let expected = [("Actions", Outcome::Down), ("Europe", Outcome::Degraded), ("Gone", Outcome::Unknown)];
    assert_eq!(mapped, expected);
    let reason = result.facts.mapped[0].reason.as_ref().unwrap();
    assert_eq!(reason.sentence, "Supplier Example: Actions is down");
}

const FEED: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>Errors</title><updated>2026-11-20T00:00:00Z</updated>\
    <content type=\"html\">&lt;p&gt;&lt;strong&gt;LABEL&lt;/strong&gt; - text&lt;/p&gt;</content></entry></feed>";

#[tokio::test]
async fn a_feed_is_read_by_the_newest_word_of_its_entries() {
    for (label, outcome) in [
        ("Resolved", Outcome::Good),
        ("Investigating", Outcome::Degraded),
        ("In progress", Outcome::Maintenance),
        ("Scheduled", Outcome::Good),
    ] {
        let feed = document("200 OK", "application/atom+xml", &FEED.replace("LABEL", label));
        let result = look(feed, json!({})).await;
        assert_eq!((result.outcome, result.facts.format), (outcome, Some("feed")), "{label}");
    }
}

#[tokio::test]
async fn a_feed_has_no_components() {
    let feed = document("200 OK", "application/atom+xml", &FEED.replace("LABEL", "Resolved"));
    let result = look(feed, json!({ "component": "API" })).await;
    let sentence = "Supplier Example: a feed names no components; write the address of the page, or leave `component` out";
    assert_reason(&result, Outcome::Unknown, ReasonKind::PartGone, sentence);
}

#[tokio::test]
async fn a_page_that_does_not_answer_says_nothing_of_its_supplier() {
    let result = probe(&spec("http://127.0.0.1:1".to_owned(), &json!({}))).await;
    let sentence = "Supplier Example: Connect: nobody listens on 127.0.0.1:1";
    assert_reason(&result, Outcome::Unknown, ReasonKind::ConnectRefused, sentence);
    for (answer, kind, sentence) in [
        (
            document("503 Service Unavailable", "application/json", PAGE),
            ReasonKind::Unhealthy,
            "Actions is down: \"Builds fail\" (investigating)",
        ),
        (
            document("500 Internal Server Error", "text/html", "oops"),
            ReasonKind::WrongStatus,
            "its page does not tell: expected a status from 200 to 299, got 500",
        ),
        (
            document("200 OK", "text/html", "<html>Sign in</html>"),
            ReasonKind::FormatUnknown,
            "its page cannot be read: expected /api/v2/summary.json of Statuspage, Atom or RSS, got \"<html>Sign in</html>\"",
        ),
        (
            document("200 OK", "application/json", r#"{"status":"UP"}"#),
            ReasonKind::FormatUnknown,
            "its page cannot be read: expected /api/v2/summary.json of Statuspage, Atom or RSS, got \"{\"status\":\"UP\"}\"",
        ),
        (
            document("200 OK", "application/xml", "<!DOCTYPE a><rss/>"),
            ReasonKind::BadDocument,
            "its page cannot be read: it declares a document type, which is not read, got \"<!DOCTYPE a><rss/>\"",
        ),
    ] {
        let result = look(answer, json!({})).await;
        let outcome = if kind == ReasonKind::Unhealthy { Outcome::Partial } else { Outcome::Unknown };
        assert_reason(&result, outcome, kind, &format!("Supplier Example: {sentence}"));
    }
}

#[tokio::test]
async fn a_page_of_hundreds_of_components_is_read() {
    let component = |number: usize| {
        json!({ "id": format!("c{number}"), "name": format!("Place {number}"), "status": "operational", "created_at": null,
            "updated_at": null, "position": number, "description": null, "showcase": false, "group_id": null })
    };
    let all: Vec<Value> = (0..600).map(component).collect();
    let whole = json!({ "page": { "id": "x" }, "status": { "indicator": "none" }, "components": all });
    let result = look(document("200 OK", "application/json", &whole.to_string()), json!({})).await;
    assert_eq!((result.outcome, result.facts.parts.len()), (Outcome::Good, 600), "{:?}", result.reason);
}

/// A component in as many words as real pages have for one.
fn component(number: usize) -> Value {
    json!({ "id": format!("{number:012}"), "name": format!("City {number}, Country - (ABC)"), "status": "operational",
        "created_at": "2018-10-18T11:23:11.000Z", "updated_at": "2023-11-14T20:11:54.123Z", "position": number, "description": null,
        "showcase": false, "start_date": "2018-10-18", "group_id": "g00000000000", "page_id": "p00000000000", "group": false,
        "only_show_if_degraded": false })
}

/// Maintenance as real pages tell of it, with what it concerns in full.
fn maintenance(number: usize) -> Value {
    let update = json!({ "id": format!("{number:012}"), "status": "scheduled", "body": "What is to be expected of it. ".repeat(10),
        "incident_id": format!("{number:012}"), "created_at": "2023-11-01T00:00:00.000Z", "updated_at": "2023-11-01T00:00:00.000Z",
        "display_at": "2023-11-01T00:00:00.000Z", "affected_components": [{ "code": format!("{number:012}"),
        "name": "City, Country - (ABC)", "old_status": "operational", "new_status": "operational" }],
        "deliver_notifications": false, "custom_tweet": null, "tweet_id": null });
    json!({ "id": format!("{number:012}"), "name": "ABC (City) on 2023-11-20", "status": "scheduled", "impact": "maintenance",
        "created_at": "2023-11-01T00:00:00.000Z", "updated_at": "2023-11-01T00:00:00.000Z", "monitoring_at": null,
        "resolved_at": null, "shortlink": "https://status.example.com/x", "started_at": "2023-11-01T00:00:00.000Z",
        "page_id": "p00000000000", "incident_updates": [update, update, update], "components": [component(number), component(0)],
        "scheduled_for": "2023-11-20T00:00:00.000Z", "scheduled_until": "2023-11-20T06:00:00.000Z" })
}

#[tokio::test]
async fn the_page_of_a_supplier_with_plans_for_hundreds_of_places_is_not_too_long() {
    let components: Vec<Value> = (0..900).map(component).collect();
    let works: Vec<Value> = (0..150).map(maintenance).collect();
    let page = json!({ "page": { "id": "x" }, "status": { "indicator": "none" }, "components": components, "incidents": [],
        "scheduled_maintenances": works })
    .to_string();
    assert!(page.len() > 700_000);
    let result = look_long(document("200 OK", "application/json", &page)).await;
    assert_eq!((result.outcome, result.reason, result.facts.parts.len()), (Outcome::Good, None, 900));
}

#[tokio::test]
async fn a_page_without_end_is_not_read_to_its_end() {
    let body = " ".repeat(SUPPLIER_BODY_BYTES_MAX + 1);
    let result = look_long(document("200 OK", "application/json", &body)).await;
    let sentence = "Supplier Example: HTTP: the body is longer than 2048 KiB";
    assert_reason(&result, Outcome::Unknown, ReasonKind::BodyTooLarge, sentence);
}

#[tokio::test]
async fn good_news_that_comes_with_a_failing_status_is_not_believed() {
    let page = json!({ "page": { "id": "x" }, "status": { "indicator": "none" },
        "components": [{ "id": "a", "name": "Actions", "status": "operational" }] })
    .to_string();
    let answer = || document("503 Service Unavailable", "application/json", &page);
    let one = look(answer(), json!({ "component": "Actions" })).await;
    assert_eq!(one.outcome, Outcome::Unknown, "{one:?}");
    let mapped = look(answer(), json!({ "parts": { "Actions": "builds" } })).await;
    assert_eq!(mapped.facts.mapped[0].outcome, Outcome::Unknown, "{mapped:?}");
}
