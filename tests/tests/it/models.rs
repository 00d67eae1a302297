//! The door for models, from outside: who may come in, what they see, and what they may do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails as the test does")]

use pharos_tests::{Operator, Pharos, Response, Setup, Target, request, send, wait_for};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use crate::{one_component, wait_for_page};

const CANARIES: [&str; 4] = ["canary-path", "canary-bearer", "canary-body", "97.53"];

fn node(config: &str) -> (Setup, Pharos) {
    let setup = Setup::new(config).unwrap();
    let pharos = setup.start().unwrap();
    (setup, pharos)
}

fn post(pharos: &Pharos, more: &[(&str, &str)], body: &str) -> Response {
    let mut headers =
        vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    headers.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    headers.extend(more);
    send(pharos.address, "POST", "/mcp", (&headers, Some(body))).unwrap()
}

fn message(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string()
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|_| panic!("{}", response.text()))
}

fn call(pharos: &Pharos, token: Option<&str>, (name, arguments): (&str, Value)) -> Response {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    post(pharos, &headers, &message("tools/call", &json!({ "name": name, "arguments": arguments })))
}

/// What a tool gave to anybody.
fn told(pharos: &Pharos, name: &str, arguments: Value) -> Value {
    let answer = read(&call(pharos, None, (name, arguments)));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    answer["result"]["structuredContent"].clone()
}

#[test]
fn only_messages_by_post_are_let_in() {
    let target = Target::start().unwrap();
    let (_setup, pharos) = node(&one_component(&target));
    for method in ["GET", "DELETE", "PUT", "OPTIONS"] {
        let answer = request(pharos.address, method, "/mcp", &[("accept", "text/event-stream")]).unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
    let list = message("tools/list", &json!({}));
    let host = pharos.address.to_string();
    let own = format!("http://{host}");
    for (headers, status) in [
        (vec![], 200),
        (vec![("origin", own.as_str())], 200),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("content-type", "text/plain")], 415),
        (vec![("accept", "text/html")], 406),
        (vec![("mcp-protocol-version", "1999-01-01")], 400),
    ] {
        let answer = post(&pharos, &headers, &list);
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"), "{headers:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{headers:?}");
        assert_eq!(answer.header("set-cookie").or(answer.header("mcp-session-id")), None, "{headers:?}");
    }
    for (body, status) in
        [("", 400), ("{", 400), ("[]", 400), (&*format!("\"{}\"", "x".repeat(1 << 20)), 413)]
    {
        let answer = post(&pharos, &[], body);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(read(&answer)["error"]["code"].is_i64(), "{}", answer.text());
    }
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    let answer = post(&pharos, &[], &note);
    assert_eq!((answer.status, answer.body.len()), (202, 0));
}

#[test]
fn a_door_that_the_operator_closed_is_not_there() {
    let target = Target::start().unwrap();
    let config = one_component(&target).replace("name: Example }", "name: Example, wires: { mcp: false } }");
    let (_setup, pharos) = node(&config);
    wait_for_page(&pharos, "All systems operational");
    assert_eq!(post(&pharos, &[], &message("tools/list", &json!({}))).status, 404);
    assert_eq!(pharos.get("/mcp").unwrap().status, 404);
    assert!(!pharos.get("/llms.txt").unwrap().text().contains("/mcp"));
}

#[test]
fn who_shows_what_is_no_good_token_is_told_so_and_a_browser_is_nobody() {
    let target = Target::start().unwrap();
    let (_setup, pharos) = node(&one_component(&target));
    let anna = Operator::first(&pharos).unwrap();
    let open = ("open_incident", json!({ "title": "x", "body": "y" }));
    for value in ["Bearer pharos_nonsense", "Bearer ", "Basic YTpi", "x"] {
        let answer = post(&pharos, &[("authorization", value)], &message("tools/list", &json!({})));
        assert_eq!(answer.status, 401, "{value}: {}", answer.text());
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{value}");
    }
    let session: Vec<(&str, &str)> =
        anna.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = message("tools/call", &json!({ "name": open.0, "arguments": open.1 }));
    let answer = post(&pharos, &session, &body);
    assert_eq!(answer.status, 401, "{}", answer.text());
    anna.add_user("vera", "viewer").unwrap();
    let viewer = anna.add_token("vera", &["read", "incidents"], None).unwrap();
    let planner = anna.add_token("anna", &["read", "maintenances"], None).unwrap();
    for token in [viewer, planner] {
        let answer = call(&pharos, Some(&token), open.clone());
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"));
    }
    assert_eq!(anna.read("/incidents").unwrap()["incidents"].as_array().unwrap().len(), 0);
}

#[test]
fn what_a_model_does_is_what_the_api_does_and_says_whose_token_it_was() {
    let target = Target::start().unwrap();
    let (_setup, pharos) = node(&one_component(&target));
    let anna = Operator::first(&pharos).unwrap();
    let token = anna.add_token("anna", &["incidents", "components"], None).unwrap();
    let act = |name: &str, arguments: Value| {
        let answer = read(&call(&pharos, Some(&token), (name, arguments)));
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        answer["result"]["structuredContent"].clone()
    };
    let opened = act(
        "open_incident",
        json!({ "title": "Checkout is slow", "body": "We **know**.", "idempotency_key": "k" }),
    );
    let id = opened["id"].as_str().unwrap();
    assert_eq!(anna.read(&format!("/incidents/{id}")).unwrap(), opened);
    let other = json!({ "title": "Another", "body": "x", "idempotency_key": "k" });
    let refused = read(&call(&pharos, Some(&token), ("open_incident", other)));
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    assert!(refused["result"]["content"][0]["text"].as_str().unwrap().contains("key_in_use"), "{refused}");
    let stated = json!({ "id": "api", "status": "major_outage", "reason": "The cable is cut", "until": "2030-01-01T00:00:00Z" });
    assert_eq!(act("state_component", stated)["status"], "major_outage");
    assert_eq!(act("take_back_statement", json!({ "id": "api" })), json!({ "done": true }));
    assert_eq!(act("take_over_incident", json!({ "id": id }))["taken_over"], true);
    assert_eq!(act("edit_incident", json!({ "id": id, "impact": "critical" }))["impact"], "critical");
    let audit = anna.read("/audit").unwrap();
    let entries = audit["entries"].as_array().unwrap().iter();
    let by_token = entries.filter(|entry| entry["actor"].as_str().unwrap().starts_with("token:anna/"));
    assert_eq!(by_token.count(), 5, "{audit}");
    assert_eq!(told(&pharos, "get_status", json!({}))["open_incidents"][0]["title"], "Checkout is slow");
}

#[test]
fn what_only_operators_see_is_told_to_no_model_without_a_token() {
    let target = Target::start().unwrap();
    target.answer(500);
    let config = format!(
        "page: {{ name: Example }}
components:
  - id: pair
    name: Pair
    redundancy: {{ policy: any, members: [one, two], visible_to: operators }}
  - id: one
    name: One
    objective: {{ availability: 97.53%, visible_to: operators }}
    checks:
      - http: {{ url: \"http://{0}/canary-path\", method: POST, body: canary-body, bearer: canary-bearer }}
        interval: 1s
        timeout: 900ms
  - id: two
    name: Two
    checks:
      - tcp: {{ address: \"{0}\" }}
        interval: 1s
        timeout: 900ms
  - id: lone
    name: Lone
    checks:
      - http: {{ url: \"http://{0}/canary-path\", method: POST, body: canary-body, bearer: canary-bearer }}
        interval: 1s
        timeout: 900ms
",
        target.address
    );
    let (_setup, pharos) = node(&config);
    wait_for_page(&pharos, "Lone is not available");
    let status = told(&pharos, "get_status", json!({}));
    assert_eq!(status["components"][0]["redundancy"], Value::Null, "{status}");
    let resilience = told(&pharos, "get_resilience", json!({}));
    for list in ["redundant", "failovers", "error_budgets"] {
        assert_eq!(resilience[list], json!([]), "{list}: {resilience}");
    }
    let id = status["open_incidents"][0]["id"].clone();
    let mut seen = format!("{status}{resilience}");
    for (name, arguments) in [
        ("list_incidents", json!({})),
        ("get_incident", json!({ "id": id })),
        ("get_component_history", json!({ "component": "one" })),
        ("list_maintenances", json!({})),
    ] {
        seen += &told(&pharos, name, arguments).to_string();
    }
    for method in ["initialize", "tools/list", "resources/list", "resources/templates/list"] {
        seen += &post(&pharos, &[], &message(method, &json!({}))).text();
    }
    let port = target.address.port().to_string();
    for canary in CANARIES.into_iter().chain([port.as_str()]) {
        assert!(!seen.contains(canary), "{canary}: {seen}");
    }
    assert_eq!(call(&pharos, None, ("list_checks", json!({}))).status, 401);
}

#[tokio::test]
async fn a_node_that_cannot_record_calls_nothing_well() {
    let target = Target::start().unwrap();
    let (setup, pharos) = node(&one_component(&target));
    wait_for_page(&pharos, "All systems operational");
    assert_eq!(told(&pharos, "get_status", json!({}))["indicator"], "none");
    let file = format!("sqlite://{}", setup.data().join("pharos.db").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let status = wait_for("the answer to say that it is stale", || {
        Some(told(&pharos, "get_status", json!({}))).filter(|status| status["freshness"]["stale"] == true)
    });
    assert_eq!((&status["indicator"], &status["last_known_indicator"]), (&json!("unknown"), &json!("none")));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
}
