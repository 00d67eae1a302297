//! What is refused, and in which way: as an error of the protocol, or as an answer that a model can go by.

use http::header::HeaderMap;
use pharos_store::Role;
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::accounts::Scope;

#[tokio::test]
async fn what_is_no_request_is_an_error_of_the_protocol_without_an_id() {
    let fixture = Fixture::new().await;
    for (body, code) in [("{", -32_700), ("[]", -32_600), ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32_600)] {
        let (status, answer) = fixture.answer(&HeaderMap::new(), body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{body}: {answer}");
        assert!(answer.get("id").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn what_wants_no_answer_is_taken_note_of() {
    let fixture = Fixture::new().await;
    for method in ["notifications/initialized", "notifications/cancelled", "anything"] {
        let body = json!({ "jsonrpc": "2.0", "method": method });
        let (status, answer) = fixture.answer(&HeaderMap::new(), &body.to_string()).await;
        assert_eq!((status, answer), (202, Value::Null), "{method}");
    }
}

#[tokio::test]
async fn what_wants_no_answer_is_refused_in_a_revision_that_is_not_spoken() {
    let fixture = Fixture::new().await;
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    for (version, status) in [("x", 400), ("2024-11-05", 400), ("2025-11-25", 202), ("2026-07-28", 202)] {
        let mut headers = HeaderMap::new();
        headers.insert("mcp-protocol-version", version.parse().unwrap());
        let (answered, answer) = fixture.answer(&headers, &note).await;
        assert_eq!(answered, status, "{version}: {answer}");
        assert!(status == 202 || answer["error"]["code"] == -32_022, "{answer}");
    }
}

#[tokio::test]
async fn a_batch_within_a_batch_is_said_to_be_one() {
    let fixture = Fixture::new().await;
    let (status, answers) = fixture.answer(&HeaderMap::new(), "[[]]").await;
    assert_eq!((status, answers.as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(answers[0]["error"], json!({ "code": -32_600, "message": "a batch holds no batch" }));
}

#[tokio::test]
async fn several_messages_at_once_are_answered_by_the_one_revision_that_knows_batches() {
    let fixture = Fixture::new().await;
    let ping = |id: u32| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let batch = json!([ping(1), note, { "jsonrpc": "2.0", "id": 2, "method": "prompts/list" }, 7, ping(3)]);
    for version in [None, Some("2025-03-26")] {
        let mut headers = HeaderMap::new();
        headers.extend(version.map(|version| {
            (http::HeaderName::from_static("mcp-protocol-version"), version.parse().unwrap())
        }));
        let (status, answers) = fixture.answer(&headers, &batch.to_string()).await;
        let told: Vec<(&Value, bool)> = answers
            .as_array()
            .unwrap()
            .iter()
            .map(|told| (&told["id"], told.get("result").is_some()))
            .collect();
        let expected = [(json!(1), true), (json!(2), false), (Value::Null, false), (json!(3), true)];
        assert_eq!(told, expected.each_ref().map(|(id, is_good)| (id, *is_good)), "{answers}");
        assert_eq!(status, 200);
    }
    let (status, answer) = fixture.answer(&HeaderMap::new(), &json!([note]).to_string()).await;
    assert_eq!((status, answer), (202, Value::Null));
    let many: Vec<Value> = (0..9).map(ping).collect();
    assert_eq!(fixture.answer(&HeaderMap::new(), &json!(many).to_string()).await.0, 400);
    for version in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let mut headers = HeaderMap::new();
        headers.insert("mcp-protocol-version", version.parse().unwrap());
        let (status, answer) = fixture.answer(&headers, &batch.to_string()).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32_600)), "{version}");
    }
}

#[tokio::test]
async fn each_revision_is_refused_in_its_own_way() {
    let fixture = Fixture::new().await;
    for (method, params, code, (before, since)) in [
        ("prompts/list", json!({}), -32_601, (200, 404)),
        ("subscriptions/listen", json!({}), -32_601, (200, 404)),
        ("tools/call", json!({}), -32_602, (200, 400)),
        ("tools/call", json!({ "name": "no_such_tool" }), -32_602, (200, 400)),
        ("tools/call", json!({ "name": "get_status", "arguments": [1] }), -32_602, (200, 400)),
        ("tools/list", json!({ "cursor": "x" }), -32_602, (200, 400)),
        ("resources/read", json!({}), -32_602, (200, 400)),
    ] {
        let (status, answer) = fixture.ask(method, params.clone()).await;
        assert_eq!((status, &answer["error"]["code"]), (before, &json!(code)), "{method}: {answer}");
        assert_eq!(answer["id"], 1);
        let (status, answer) = fixture.ask_alone(method, params).await;
        assert_eq!((status, &answer["error"]["code"]), (since, &json!(code)), "{method}: {answer}");
        assert_eq!(answer["id"], "a");
    }
    // What one revision begins with the other does not know.
    for method in ["initialize", "ping"] {
        assert_eq!(fixture.ask_alone(method, json!({})).await.0, 404, "{method}");
    }
    assert_eq!(fixture.ask("server/discover", json!({})).await.1["error"]["code"], -32_601);
}

#[tokio::test]
async fn a_revision_that_is_not_spoken_is_answered_with_those_that_are() {
    let fixture = Fixture::new().await;
    let mut headers = HeaderMap::new();
    headers.insert("mcp-protocol-version", "2024-11-05".parse().unwrap());
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let (status, answer) = fixture.answer(&headers, &body.to_string()).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32_022)), "{answer}");
    let supported = json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]);
    assert_eq!(answer["error"]["data"], json!({ "supported": supported, "requested": "2024-11-05" }));
}

#[tokio::test]
async fn a_resource_that_is_not_there_is_told_so_in_the_words_of_each_revision() {
    let fixture = Fixture::new().await;
    for uri in [
        "https://status.example.com/components/no-such.md",
        "https://status.example.com/incidents/../../etc/passwd",
        "https://status.example.com/history.atom",
        "https://status.example.com/index.md?x=y",
        "https://status.example.com.evil.example/index.md",
        "https://other.example/index.md",
        "file:///etc/passwd",
        "pharos://index.md",
        "",
    ] {
        let (_, answer) = fixture.ask("resources/read", json!({ "uri": uri })).await;
        assert_eq!(answer["error"]["code"], -32_002, "{uri}: {answer}");
        let (status, answer) = fixture.ask_alone("resources/read", json!({ "uri": uri })).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32_602)), "{uri}: {answer}");
    }
}

#[tokio::test]
async fn what_a_tool_cannot_use_is_answered_so_that_a_model_can_mend_it() {
    let fixture = Fixture::new().await;
    for (name, arguments, kind) in [
        ("get_status", json!({ "component": "no-such" }), "not_found"),
        ("get_status", json!({ "component": "DROP TABLE" }), "not_found"),
        ("get_status", json!({ "group": "no-such" }), "not_found"),
        ("get_status", json!({ "component": 7 }), "invalid"),
        ("get_status", json!({ "colour": "green" }), "invalid"),
        ("list_incidents", json!({ "limit": 0 }), "malformed"),
        ("list_incidents", json!({ "limit": 101 }), "malformed"),
        ("list_incidents", json!({ "limit": -1 }), "invalid"),
        ("list_incidents", json!({ "month": "2026-13" }), "invalid"),
        ("list_incidents", json!({ "cursor": "nonsense" }), "malformed"),
        ("list_incidents", json!({ "state": "closed" }), "invalid"),
        ("get_incident", json!({}), "invalid"),
        ("get_incident", json!({ "id": "no-such" }), "not_found"),
        ("get_incident", json!({ "id": "../x" }), "not_found"),
        ("get_component_history", json!({ "component": "api", "days": 91 }), "invalid"),
        ("get_component_history", json!({ "component": "api", "from": "tomorrow" }), "invalid"),
        ("get_component_history", json!({ "component": "api", "from": "2999-01-01T00:00:00Z" }), "invalid"),
        ("list_maintenances", json!({ "state": "all" }), "invalid"),
    ] {
        let (is_refused, told) = fixture.call(name, arguments.clone()).await;
        assert!(is_refused, "{name} {arguments}: {told}");
        assert_eq!(told["type"], kind, "{name} {arguments}: {told}");
        assert!(told["hint"].is_string(), "{told}");
    }
}

#[tokio::test]
async fn a_tool_of_operators_is_closed_to_who_shows_no_token_or_too_little() {
    let fixture = Fixture::new().await;
    let call = json!({ "name": "open_incident", "arguments": { "title": "x", "body": "y" } });
    let (status, answer) = fixture.ask("tools/call", call.clone()).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!(401)), "{answer}");
    for (role, scopes) in [
        (Role::Viewer, vec![Scope::Read, Scope::Incidents]),
        (Role::Admin, vec![Scope::Read, Scope::Maintenances]),
    ] {
        let fixture = Fixture::new().await.with(role, &scopes);
        let (status, answer) = fixture.ask_alone("tools/call", call.clone()).await;
        assert_eq!((status, &answer["error"]["code"]), (403, &json!(403)), "{role:?}: {answer}");
    }
}
