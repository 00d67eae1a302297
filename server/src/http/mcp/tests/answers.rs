//! Golden files of every answer, and what must be true of each.

use pharos_store::Role;
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::accounts::{SCOPES, Scope};

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// The answer as it is, but for the text that says the same as the structure.
async fn called(fixture: &Fixture, name: &str, arguments: Value) -> String {
    let (is_refused, told) = fixture.call(name, arguments).await;
    assert!(!is_refused, "{told}");
    pretty(&told)
}

#[tokio::test]
async fn every_tool_answers_as_it_was_agreed() {
    let fixture = Fixture::new().await;
    for (file, name, arguments) in [
        ("status", "get_status", json!({})),
        ("status_of_troubled", "get_status", json!({ "troubled": true, "group": "core" })),
        ("incidents", "list_incidents", json!({})),
        ("incidents_of_october", "list_incidents", json!({ "month": "2026-10", "component": "api" })),
        ("incident", "get_incident", json!({ "id": "2026-11-23-api-1" })),
        ("component_history", "get_component_history", json!({ "component": "api", "days": 2 })),
        ("maintenances", "list_maintenances", json!({})),
        ("maintenances_over", "list_maintenances", json!({ "state": "over" })),
        ("resilience", "get_resilience", json!({})),
    ] {
        insta::assert_snapshot!(file, called(&fixture, name, arguments).await);
    }
}

#[tokio::test]
async fn a_node_that_cannot_vouch_for_the_present_says_so_and_calls_nothing_well() {
    let fixture = Fixture::new().await.stale();
    insta::assert_snapshot!("status_when_stale", called(&fixture, "get_status", json!({})).await);
    let (_, answer) =
        fixture.ask("resources/read", json!({ "uri": "https://status.example.com/index.md" })).await;
    let text = answer["result"]["contents"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("> This node cannot vouch for the present"), "{text}");
    let (_, answer) = fixture.ask_alone("tools/list", json!({})).await;
    assert_eq!(answer["result"]["ttlMs"], 0);
}

#[tokio::test]
async fn models_are_told_of_tools_as_it_was_agreed() {
    let (_, answer) = Fixture::new().await.ask("tools/list", json!({})).await;
    insta::assert_snapshot!("tools", pretty(&answer));
    let all = Fixture::new().await.with(Role::Admin, &SCOPES);
    let (_, answer) = all.ask("tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array().unwrap();
    let told = |tool: &Value| {
        let takes =
            tool["inputSchema"]["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        format!(
            "{}({}): {} {}",
            tool["name"].as_str().unwrap(),
            takes.join(", "),
            tool["description"],
            tool["annotations"]
        )
    };
    insta::assert_snapshot!("operator_tools", tools[6..].iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn both_ways_to_begin_are_answered_as_it_was_agreed() {
    let fixture = Fixture::new().await;
    let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "x", "version": "1" } });
    let (status, initialized) = fixture.ask("initialize", hello).await;
    assert_eq!(status, 200);
    let (status, discovered) = fixture.ask_alone("server/discover", json!({})).await;
    assert_eq!(status, 200);
    let (_, pong) = fixture.ask("ping", json!({})).await;
    let all = [initialized, discovered, pong].iter().map(pretty).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("beginnings", all.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[tokio::test]
async fn resources_are_the_pages_as_markdown() {
    let fixture = Fixture::new().await;
    let mut all = String::new();
    for method in ["resources/list", "resources/templates/list"] {
        let (_, answer) = fixture.ask_alone(method, json!({})).await;
        all += &pretty(&answer["result"]).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        all += "\n";
    }
    insta::assert_snapshot!("resources", all);
    let (_, listed) = fixture.ask("resources/list", json!({})).await;
    for resource in listed["result"]["resources"].as_array().unwrap() {
        let uri = &resource["uri"];
        let (status, answer) = fixture.ask("resources/read", json!({ "uri": uri })).await;
        let read = &answer["result"]["contents"][0];
        assert_eq!((status, &read["uri"]), (200, uri), "{answer}");
        assert!(read["text"].as_str().unwrap().starts_with("# "), "{read}");
    }
}

#[tokio::test]
async fn a_page_of_which_nobody_said_where_it_is_has_addresses_all_the_same() {
    let fixture = Fixture::new().await.nowhere();
    let (_, listed) = fixture.ask("resources/list", json!({})).await;
    let uri = listed["result"]["resources"][0]["uri"].as_str().unwrap();
    assert!(uri.starts_with("pharos:///"), "{uri}");
    let (status, answer) = fixture.ask("resources/read", json!({ "uri": uri })).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn what_is_listed_of_a_page_below_a_path_can_be_read() {
    for fixture in [Fixture::new().await.below("/status"), Fixture::new().await.below("/status").nowhere()] {
        let (_, listed) = fixture.ask("resources/list", json!({})).await;
        for resource in listed["result"]["resources"].as_array().unwrap() {
            let uri = &resource["uri"];
            assert!(uri.as_str().unwrap().contains("/status/"), "{uri}");
            let (_, answer) = fixture.ask("resources/read", json!({ "uri": uri })).await;
            assert_eq!(&answer["result"]["contents"][0]["uri"], uri, "{answer}");
        }
        let beside = json!({ "uri": "https://status.example.com/index.md" });
        let (_, answer) = fixture.ask("resources/read", beside).await;
        assert_eq!(answer["error"]["code"], -32_002, "{answer}");
    }
}

#[tokio::test]
async fn a_list_goes_on_where_it_ended_and_tells_of_each_once() {
    let fixture = Fixture::new().await;
    for arguments in [json!({}), json!({ "component": "api" })] {
        let mut told = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let mut asked = arguments.clone();
            asked["limit"] = 1.into();
            asked["cursor"] = cursor;
            let (_, page) = fixture.call("list_incidents", asked).await;
            let [incident] = page["incidents"].as_array().unwrap().as_slice() else { panic!("{page}") };
            told.push(incident["id"].as_str().unwrap().to_owned());
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(told, ["2026-11-23-api-1", "2026-10-21-slow"]);
    }
    for (state, expected) in [("open", "2026-11-23-api-1"), ("over", "2026-10-21-slow")] {
        let (_, page) = fixture.call("list_incidents", json!({ "state": state })).await;
        assert_eq!(page["incidents"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(page["incidents"][0]["id"], expected);
    }
}

#[tokio::test]
async fn spans_of_a_window_are_told_with_the_uptime_within_it() {
    let fixture = Fixture::new().await;
    let window =
        json!({ "component": "api", "from": "2026-11-23T13:00:00Z", "until": "2026-11-23T14:00:00Z" });
    let (_, told) = fixture.call("get_component_history", window).await;
    let spans = &told["spans"];
    assert_eq!(
        (&spans["complete"], spans["spans"].as_array().map(Vec::len)),
        (&json!(true), Some(2)),
        "{spans}"
    );
    assert_eq!(spans["spans"][1]["status"], "partial_outage");
    // 21 min 55 s of an hour at 30%.
    assert_eq!(spans["uptime"]["percent"], 89.04);
}

#[tokio::test]
async fn a_token_is_told_of_what_it_may_do_and_of_nothing_else() {
    let operators = async |fixture: Fixture| {
        let (_, answer) = fixture.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap();
        let names = tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned());
        names.skip(6).collect::<Vec<_>>()
    };
    assert_eq!(operators(Fixture::new().await).await, Vec::<String>::new());
    let viewer = Fixture::new().await.with(Role::Viewer, &SCOPES);
    assert_eq!(operators(viewer).await, ["list_checks"]);
    let reader = Fixture::new().await.with(Role::Admin, &[Scope::Read]);
    assert_eq!(operators(reader).await, ["list_checks"]);
    let planner = Fixture::new().await.with(Role::Responder, &[Scope::Maintenances]);
    assert_eq!(operators(planner).await, ["schedule_maintenance", "update_maintenance", "edit_maintenance"]);
}
