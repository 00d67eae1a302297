//! Webhooks in, from outside: real senders, strangers, and a node that dies between.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use pharos_model::Status;
use pharos_test_servers::{Alertmanager, Postgres, port};
use pharos_tests::{EventStream, Operator, Pharos, Response, Setup, binary, send, wait_for};
use serde_json::{Value, json};

use crate::{wait_for_page, wait_for_status};

const TOKEN: &str = "q8ZkW2vLxT0nB5rYc7HdJm4s";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn config() -> String {
    format!(
        "page: {{ name: Example }}
components:
  - {{ id: api, name: Public API, incidents: {{ resolve_after: 1s }}, checks: [] }}
  - {{ id: web, name: Website, incidents: {{ resolve_after: 1s }}, checks: [] }}
hooks:
  - id: alerts
    kind: alertmanager
    token: {TOKEN}
    rules:
      - when: {{ labels.service: api }}
        components: [\"{{{{labels.service}}}}\"]
        state: major_outage
      - when: {{ labels.service: web }}
        components: [web]
        state: partial_outage
        incident: {{ title: \"The website is slow\", message: \"{{{{annotations.summary}}}}\", resolved: It is over. }}
  - id: shop
    kind: signed
    secrets: [{SECRET}]
    alert: \"{{{{data.id}}}}\"
    rules:
      - when: {{ type: queue.* }}
        over_when: {{ type: queue.fine }}
        components: [api]
        state: degraded_performance
"
    )
}

fn node() -> (Setup, Pharos) {
    let setup = Setup::new(&config()).unwrap();
    let pharos = setup.start().unwrap();
    (setup, pharos)
}

/// A group as Alertmanager sends it, with one alert.
fn group(service: &str, ended: Option<&str>) -> Value {
    let status = if ended.is_some() { "resolved" } else { "firing" };
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"Down\"}", "status": status, "receiver": "pharos",
        "alerts": [{
            "status": status, "labels": { "alertname": "Down", "service": service, "instance": "Canary-10.0.0.7" },
            "annotations": { "summary": "Pages take *seconds*" }, "startsAt": "2026-11-27T12:00:00Z",
            "endsAt": ended.unwrap_or("0001-01-01T00:00:00Z"), "generatorURL": "http://Canary.internal/graph",
            "fingerprint": service,
        }],
    })
}

fn post(pharos: &Pharos, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    send(pharos.address, "POST", path, (headers, Some(body))).unwrap()
}

fn with_token() -> (&'static str, String) {
    ("authorization", format!("Bearer {TOKEN}"))
}

fn deliver(pharos: &Pharos, body: &Value) {
    let (name, value) = with_token();
    let answer = post(pharos, "/hooks/alerts", &[(name, value.as_str())], &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn figure(pharos: &Pharos, name: &str) -> String {
    let text = pharos.get("/metrics").unwrap().text();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default().to_owned()
}

/// Waits until readers are told that the website is well again.
fn wait_for_end(pharos: &Pharos) {
    wait_for("the incident to be resolved", || {
        let incidents: Value =
            serde_json::from_slice(&pharos.get("/api/v2/incidents.json").ok()?.body).ok()?;
        let incidents = incidents["incidents"].as_array()?;
        let website = incidents.iter().find(|incident| incident["name"] == "The website is slow")?;
        let is_told = website["incident_updates"].to_string().contains("It is over.");
        (website["status"] == "resolved" && is_told).then_some(())
    });
}

#[test]
fn an_alert_is_shown_and_its_end_and_nothing_of_what_its_sender_wrote_beside() {
    let (_setup, pharos) = node();
    let anna = Operator::first(&pharos).unwrap();
    deliver(&pharos, &group("api", None));
    wait_for_status(&pharos, "api", Status::MajorOutage);
    deliver(&pharos, &group("web", None));
    let page = wait_for_page(&pharos, "The website is slow");
    assert!(page.contains("Pages take *seconds*"), "what a sender writes is shown as it is");
    for path in ["/", "/history.atom", "/api/v2/summary.json", "/api/v2/incidents.json"] {
        assert!(!pharos.get(path).unwrap().text().contains("Canary"), "{path}");
    }
    deliver(&pharos, &group("api", Some("2026-11-27T12:30:00Z")));
    deliver(&pharos, &group("web", Some("2026-11-27T12:30:00Z")));
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for_end(&pharos);
    let audit = anna.read("/audit").unwrap().to_string();
    assert!(audit.contains("hook:alerts") && audit.contains("hook.deliver"), "{audit}");
    assert!(!audit.contains("Canary"), "{audit}");
    let admin = anna.page("/admin/hooks").unwrap().text();
    assert!(admin.contains("taken: 1 alert, 1 met a rule") && admin.contains("/hooks/shop"), "{admin}");
    let taken = figure(&pharos, "pharos_hook_deliveries_total{hook=\"alerts\",outcome=\"taken\"}");
    assert_eq!(taken, "4");
}

#[test]
fn whoever_shows_nothing_good_learns_nothing_and_nothing_they_show_is_logged() {
    let (_setup, pharos) = node();
    let body = group("api", None).to_string();
    let stranger = |path: &str, headers: &[(&str, &str)]| {
        let answer = post(&pharos, path, headers, &body);
        (answer.status, answer.text())
    };
    let other = ("authorization", "Bearer Canary-token-that-is-wrong");
    let first = stranger("/hooks/alerts", &[other]);
    assert_eq!(first.0, 401);
    for (path, headers) in [
        ("/hooks/nowhere", &[other][..]),
        ("/hooks/alerts", &[]),
        ("/hooks/alerts/Canary-token-in-the-path", &[]),
        ("/hooks/shop", &[other]),
        ("/hooks/shop", &[("webhook-id", "x"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,AAAA")]),
    ] {
        assert_eq!(stranger(path, headers), first, "{path}");
    }
    // `x:` and the token, as Alertmanager and Grafana send it with basic authentication.
    let basic = ("authorization", "Basic eDpxOFprVzJ2THhUMG5CNXJZYzdIZEptNHM=");
    assert_eq!(stranger("/hooks/alerts", &[basic]).0, 200);
    assert_eq!(stranger(&format!("/hooks/alerts/{TOKEN}"), &[]).0, 200);
    assert!(!pharos.log().contains("Canary") && !pharos.log().contains(TOKEN));
}

#[test]
fn hostile_bodies_are_refused_with_the_bound_they_break_and_change_nothing() {
    let (_setup, pharos) = node();
    let (name, value) = with_token();
    let refused = |body: &str| {
        let answer = post(&pharos, "/hooks/alerts", &[(name, value.as_str())], body);
        (answer.status, answer.text())
    };
    let seq = figure(&pharos, "pharos_journal_seq");
    let long = format!("{{\"alerts\": [], \"x\": \"{}\"}}", "x".repeat(257 * 1024));
    assert_eq!(refused(&long), (413, "The body is too long: 256 KiB at most.\n".to_owned()));
    let many = format!("{{\"alerts\":[{}]}}", vec!["{\"status\":\"firing\"}"; 501].join(","));
    assert_eq!(refused(&many), (422, "there are too many alerts: 500 at most\n".to_owned()));
    let deep = format!("{{\"alerts\": [], \"x\": {}", "[".repeat(200_000));
    for body in ["", "null", "{}", "\u{0}\u{1}", "{\"alerts\": [{\"status\": 7}]}", &deep] {
        let (status, text) = refused(body);
        assert_eq!(status, 422, "{text}");
        assert!(text.len() < 1_000, "{text}");
    }
    assert_eq!(figure(&pharos, "pharos_journal_seq"), seq);
    let unknown = json!({ "alerts": [{ "status": "firing", "labels": { "service": "<script>" } }] });
    let (status, text) = refused(&unknown.to_string());
    assert_eq!((status, text.as_str()), (200, r#"{"alerts":1,"left_out":0,"met":{"nothing":1}}"#));
}

#[test]
fn what_was_acknowledged_outlives_the_death_of_the_node() {
    let (setup, pharos) = node();
    deliver(&pharos, &group("api", None));
    pharos.kill().unwrap();
    let pharos = setup.start().unwrap();
    wait_for_status(&pharos, "api", Status::MajorOutage);
    let seq = figure(&pharos, "pharos_journal_seq");
    deliver(&pharos, &group("api", None));
    assert_eq!(figure(&pharos, "pharos_journal_seq"), seq, "the same once more changes nothing");
}

#[test]
fn a_node_that_follows_passes_a_delivery_on_before_it_acknowledges_it() {
    let server = Postgres::primary();
    let address = server.address(&server.database());
    let setup = Setup::new(&config()).unwrap();
    let node = |name: &str| setup.start_with(&["--database", &address, "--node-name", name]).unwrap();
    let (first, second) = (node("first"), node("second"));
    wait_for("both nodes to be heard of", || (figure(&second, "pharos_nodes_live") == "2").then_some(()));
    deliver(&second, &group("api", None));
    wait_for_status(&first, "api", Status::MajorOutage);
    wait_for_status(&second, "api", Status::MajorOutage);
}

/// When something was last shown, by the node's own clock.
fn shown_at(pharos: &Pharos) -> jiff::Timestamp {
    let snapshot = EventStream::open(pharos.address, None).unwrap().next_fact().unwrap().snapshot().unwrap();
    jiff::Timestamp::from_millisecond(snapshot.at.0 + 1).unwrap()
}

/// An alert as Alertmanager's API takes it.
fn alert(service: &str, ended: Option<jiff::Timestamp>) -> String {
    let mut alert = json!({
        "labels": { "alertname": format!("Down-{service}"), "service": service },
        "annotations": { "summary": "Pages take seconds" },
    });
    if let Some(ended) = ended {
        alert["endsAt"] = ended.to_string().into();
    }
    json!([alert]).to_string()
}

#[test]
fn the_real_alertmanager_is_heard_and_what_it_says_while_the_node_is_dead_is_not_lost() {
    let listen = format!("127.0.0.1:{}", port());
    let setup = Setup::new(&config()).unwrap();
    let pharos = setup.start_on(&listen).unwrap();
    let alertmanager = Alertmanager::start(&format!("http://{listen}/hooks/alerts"), TOKEN);
    alertmanager.tell(&alert("api", None));
    wait_for_status(&pharos, "api", Status::MajorOutage);
    let ended = shown_at(&pharos);
    pharos.kill().unwrap();
    alertmanager.tell(&alert("api", Some(ended)));
    alertmanager.tell(&alert("web", None));
    let pharos = wait_for("the port to be free", || setup.start_on(&listen).ok());
    wait_for_status(&pharos, "api", Status::Operational);
    wait_for_status(&pharos, "web", Status::PartialOutage);
    wait_for_page(&pharos, "The website is slow");
    let ended = shown_at(&pharos);
    alertmanager.tell(&alert("web", Some(ended)));
    wait_for_status(&pharos, "web", Status::Operational);
    wait_for_end(&pharos);
}

/// The headers that the library of Standard Webhooks makes for a message.
fn signed(secret: &str, id: &str, seconds_ago: i64, body: &str) -> Vec<(String, String)> {
    let clients =
        std::env::var_os("PHAROS_CLIENTS").expect("PHAROS_CLIENTS is not set: run `cargo xtask test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/sign.py");
    let mut command = Command::new(PathBuf::from(clients).join("python/bin/python"));
    let output = command.arg(script).args([secret, id, &seconds_ago.to_string(), body]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let headers: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    headers.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

#[test]
fn a_message_signed_by_the_library_of_standard_webhooks_is_taken_once() {
    let (_setup, pharos) = node();
    let send_signed = |headers: &[(String, String)], body: &str| {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        post(&pharos, "/hooks/shop", &headers, body).status
    };
    let body = |of: &str| json!({ "type": of, "data": { "id": 7 } }).to_string();
    let slow = signed(SECRET, "msg_1", 5, &body("queue.slow"));
    assert_eq!(send_signed(&slow, &body("queue.slow")), 200);
    wait_for_status(&pharos, "api", Status::DegradedPerformance);
    let fine = signed(SECRET, "msg_2", 0, &body("queue.fine"));
    assert_eq!(send_signed(&fine, &body("queue.fine")), 200);
    wait_for_status(&pharos, "api", Status::Operational);
    let seq = figure(&pharos, "pharos_journal_seq");
    assert_eq!(send_signed(&slow, &body("queue.slow")), 200, "once more is done already");
    let other = signed(SECRET, "msg_1", 0, &body("queue.worse"));
    assert_eq!(send_signed(&other, &body("queue.worse")), 409, "its id is taken");
    assert_eq!(send_signed(&slow, &body("queue.worse")), 401, "it says something else");
    let late = signed(SECRET, "msg_3", 301, &body("queue.slow"));
    assert_eq!(send_signed(&late, &body("queue.slow")), 401, "it is too old");
    let wrong = signed("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "msg_4", 0, &body("queue.slow"));
    assert_eq!(send_signed(&wrong, &body("queue.slow")), 401, "another signed it");
    assert_eq!(figure(&pharos, "pharos_journal_seq"), seq);
}

#[test]
fn what_rules_make_of_a_body_can_be_seen_without_sending_it() {
    let setup = Setup::new(&config()).unwrap();
    let body = setup.path().join("body.json");
    let mut both = group("web", None);
    both["alerts"].as_array_mut().unwrap().push(group("db", None)["alerts"][0].clone());
    both["truncatedAlerts"] = 3.into();
    std::fs::write(&body, both.to_string()).unwrap();
    let tested = |more: &[&str]| {
        let mut command = Command::new(binary());
        command.args(["hook", "test", "alerts"]).arg(&body).arg("--config").arg(setup.config()).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        tested(&[]),
        "web: fires, meets rule 2; partial_outage: web; incident: The website is slow\n\
         db: fires, meets no rule: nothing comes of it\n\
         3 more were left out by the sender\n"
    );
    let outcomes: Value = serde_json::from_str(&tested(&["--json"])).unwrap();
    assert_eq!((&outcomes[0]["rule"], &outcomes[1]["met"]), (&json!(2), &json!("nothing")));
}
