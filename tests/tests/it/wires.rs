//! Documents for programs, from outside: what their readers ask of all of them.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::collections::BTreeSet;

use pharos_model::Status;
use pharos_tests::{Pharos, Setup, Target, get, request, wait_for};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::{one_component, wait_for_page, wait_for_status};

/// A page with a group, an address and an incident.
fn page() -> (Setup, Target, Pharos) {
    let target = Target::start().unwrap();
    let config = one_component(&target)
        .replace("page: { name: Example }", "page: { name: Example, url: \"https://status.example.com\" }\ngroups: [{ id: core, name: Core }]")
        .replace("    name: Public API", "    name: Public API\n    group: core");
    let setup = Setup::new(&config).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "All systems operational");
    target.answer(500);
    wait_for_page(&pharos, "Public API is not available");
    (setup, target, pharos)
}

fn json(pharos: &Pharos, path: &str) -> Value {
    let answer = pharos.get(path).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn every_document_may_be_read_by_every_site_asked_for_by_head_and_is_not_sent_twice() {
    let (_setup, _target, pharos) = page();
    let listed = pharos.get("/llms.txt").unwrap().text();
    let listed = listed.lines().filter_map(|line| line.strip_prefix("- [/")?.split_once(']'));
    let mut paths: Vec<String> = listed.map(|(path, _)| format!("/{path}")).collect();
    assert!(paths.len() > 12, "{paths:?}");
    paths.extend(
        [
            "/components/api/history.atom",
            "/groups/core/feed.json",
            "/badge/api.svg",
            "/badge/api/uptime-30d.json",
            "/index.md",
            "/components/api.md",
            "/uptime/api.json",
            "/robots.txt",
            "/sitemap.xml",
            "/components/api/spans.csv",
            "/embed/summary.json",
        ]
        .map(str::to_owned),
    );
    for path in paths {
        let answer = get(pharos.address, &path, &[("origin", "https://elsewhere.example")]).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        let tag = answer.header("etag").unwrap().to_owned();
        let again = get(pharos.address, &path, &[("if-none-match", &tag)]).unwrap();
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let head = request(pharos.address, "HEAD", &path, &[]).unwrap();
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), answer.header("content-length"), "{path}");
    }
}

#[test]
fn a_page_of_another_site_may_ask_with_headers_of_its_own() {
    let (_setup, _target, pharos) = page();
    for path in [
        "/api/v2/summary.json",
        "/api/v2/incidents/x.json",
        "/history.atom",
        "/de/feed.json",
        "/badge/api.svg",
        "/incidents/x.json",
        "/incidents/x.md",
        "/components/api.md",
        "/components/api/spans.csv",
        "/events",
        "/embed/events",
        "/embed/summary.json",
        "/oembed",
    ] {
        let asked = [
            ("origin", "https://elsewhere.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "if-none-match"),
        ];
        let answer = request(pharos.address, "OPTIONS", path, &asked).unwrap();
        assert_eq!(answer.status, 204, "{path}");
        for (name, value) in [("origin", "*"), ("methods", "GET, HEAD"), ("headers", "*")] {
            assert_eq!(answer.header(&format!("access-control-allow-{name}")), Some(value), "{path}");
        }
    }
}

#[test]
fn a_feed_that_did_not_change_since_is_not_sent_again() {
    let (_setup, _target, pharos) = page();
    let answer = pharos.get("/history.atom").unwrap();
    let at = answer.header("last-modified").unwrap().to_owned();
    let again = get(pharos.address, "/history.atom", &[("if-modified-since", &at)]).unwrap();
    assert_eq!((again.status, again.body.len()), (304, 0));
    let later = [("if-modified-since", "Wed, 31 Dec 2098 23:59:59 GMT")];
    assert_eq!(get(pharos.address, "/history.atom", &later).unwrap().status, 304);
    let earlier =
        get(pharos.address, "/history.atom", &[("if-modified-since", "Mon, 23 Nov 2020 14:03:05 GMT")]);
    assert_eq!(earlier.unwrap().status, 200);
}

#[test]
fn programs_are_led_to_no_other_language_but_may_ask_for_one() {
    let (_setup, _target, pharos) = page();
    let german = [("accept-language", "de")];
    for path in ["/history.atom", "/components/api.md", "/badge/api.svg", "/api/v2/summary.json"] {
        let answer = get(pharos.address, path, &german).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, pharos.get(path).unwrap().body, "{path}");
    }
    assert_eq!(get(pharos.address, "/components/api", &german).unwrap().status, 307);
    let answer = pharos.get("/de/history.atom").unwrap();
    assert_eq!(answer.header("content-language"), Some("de"));
    assert!(answer.text().contains("Public API ist nicht verfügbar"), "{}", answer.text());
}

#[test]
fn an_incident_is_found_by_its_code_and_by_its_name() {
    let (_setup, _target, pharos) = page();
    let summary = json(&pharos, "/api/v2/summary.json");
    let incident = &summary["incidents"][0];
    let code = incident["id"].as_str().unwrap();
    let name = incident["shortlink"].as_str().unwrap().rsplit('/').next().unwrap();
    let by_code = json(&pharos, &format!("/api/v2/incidents/{code}.json"));
    assert_eq!(by_code["incident"], *incident);
    assert_eq!(json(&pharos, &format!("/incidents/{name}.json")), by_code);
    assert_eq!(pharos.get("/incidents/zzzzzzzzzzzz.json").unwrap().status, 404);
    let page = pharos.get(&format!("/incidents/{name}.md")).unwrap();
    assert!(page.text().starts_with("# Public API is not available\n"), "{}", page.text());
}

#[test]
fn the_code_of_an_incident_or_of_a_component_leads_to_its_page() {
    let (_setup, _target, pharos) = page();
    let summary = json(&pharos, "/api/v2/summary.json");
    let incident = &summary["incidents"][0];
    let name = incident["shortlink"].as_str().unwrap().rsplit('/').next().unwrap();
    let components = summary["components"].as_array().unwrap();
    let api = components.iter().find(|known| known["name"] == "Public API").unwrap();
    for (what, code, name) in [("incidents", &incident["id"], name), ("components", &api["id"], "api")] {
        let code = code.as_str().unwrap();
        for (language, query) in [("", ""), ("/de", ""), ("", "?from=mail")] {
            let led = pharos.get(&format!("{language}/{what}/{code}{query}")).unwrap();
            let to = format!("{language}/{what}/{name}{query}");
            assert_eq!((led.status, led.header("location")), (308, Some(&*to)));
            assert_eq!(pharos.get(&to).unwrap().status, 200, "{to}");
        }
        assert_eq!(pharos.get(&format!("/{what}/zzzzzzzzzzzz")).unwrap().status, 404, "{what}");
    }
}

#[test]
fn without_its_ending_a_document_is_led_to_and_what_is_not_there_is_not() {
    let (_setup, _target, pharos) = page();
    let led = pharos.get("/api/v2/summary").unwrap();
    assert_eq!((led.status, led.header("location")), (308, Some("/api/v2/summary.json")));
    let led = pharos.get("/uptime/api?page=2").unwrap();
    assert_eq!((led.status, led.header("location")), (308, Some("/uptime/api.json?page=2")));
    for path in [
        "/api/v2/nothing",
        "/api/v2/nothing.json",
        "/badge/none.svg",
        "/groups/none/history.atom",
        "/uptime/x.json",
        "/components/nobody/spans.csv",
    ] {
        let answer = pharos.get(path).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
}

#[test]
fn an_outage_that_is_over_is_told_by_every_document() {
    let (_setup, target, pharos) = page();
    let before = json(&pharos, "/api/v2/status.json");
    assert_eq!(before["status"]["indicator"], "critical");
    target.answer(200);
    let after = wait_for("the banner to be well", || {
        let status = json(&pharos, "/api/v2/status.json");
        (status["status"]["indicator"] == "none").then_some(status)
    });
    assert_eq!(after["status"]["description"], "All Systems Operational");
    let incidents = json(&pharos, "/api/v2/incidents.json");
    assert_eq!(incidents["incidents"][0]["status"], "resolved");
    assert!(pharos.get("/history.atom").unwrap().text().contains("&lt;strong&gt;Resolved&lt;/strong&gt;"));
    assert_eq!(json(&pharos, "/badge.json")["message"], "Operational");
}

#[test]
fn every_address_of_the_guide_leads_to_a_document() {
    let (_setup, _target, pharos) = page();
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/wires.md")).unwrap();
    let (table, _) = guide.split_once("\n## The API").unwrap();
    let paths = table.split('`').skip(1).step_by(2).filter(|code| code.starts_with('/'));
    let shortlink = json(&pharos, "/api/v2/summary.json")["incidents"][0]["shortlink"].to_string();
    let incident = shortlink.trim_matches('"').rsplit('/').next().unwrap();
    let mut count = 0;
    for path in
        paths.filter(|path| !path.contains('…') && *path != "/events" && *path != "/.well-known/security.txt")
    {
        let id = if path.contains("incidents") {
            incident
        } else if path.contains("groups") {
            "core"
        } else {
            "api"
        };
        let path = path.replace("ID", id).replace("page=N", "page=1");
        assert_eq!(pharos.get(&path).unwrap().status, 200, "{path}");
        count += 1;
    }
    assert!(count > 25, "{count}");
}

/// Somebody else writes to the node's journal and does not end: nothing can be recorded until they do.
#[tokio::test]
async fn a_node_that_cannot_record_says_in_the_head_of_its_documents_that_they_may_be_old() {
    let (setup, target, pharos) = page();
    assert_eq!(pharos.get("/badge/api.svg").unwrap().header("warning"), None);
    let file = format!("sqlite://{}", setup.data().join("pharos.db").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    target.answer(200);
    let answer = wait_for("the badge to say that it may be old", || {
        Some(pharos.get("/badge/api.svg").unwrap()).filter(|answer| answer.header("warning").is_some())
    });
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    wait_for("the badge to be new again", || {
        let answer = pharos.get("/badge/api.svg").unwrap();
        answer.header("warning").is_none().then_some(())
    });
}

#[test]
fn one_pharos_mirrors_another_by_its_api_and_by_its_feed() {
    let (_setup, _target, pharos) = page();
    let component = |id: &str, path: &str| {
        format!(
            "  - id: {id}\n    name: {id}\n    checks:\n      - supplier: {{ url: \"http://{}{path}\", name: Example }}\n        interval: 1s\n        timeout: 900ms\n",
            pharos.address
        )
    };
    let components = component("by-api", "/api/v2/summary.json")
        + &component("by-atom", "/history.atom")
        + &component("by-rss", "/history.rss");
    let other = Setup::new(&format!("page: {{ name: Other }}\ncomponents:\n{components}")).unwrap();
    let other = other.start().unwrap();
    wait_for_status(&other, "by-api", Status::MajorOutage);
    for id in ["by-atom", "by-rss"] {
        wait_for_status(&other, id, Status::DegradedPerformance);
    }
}

#[test]
fn a_restart_changes_no_name() {
    let (setup, _target, pharos) = page();
    let names = |pharos: &Pharos| {
        let summary = json(pharos, "/api/v2/summary.json");
        let mut names = BTreeSet::from([summary["page"]["id"].to_string()]);
        for list in ["components", "incidents"] {
            names.extend(summary[list].as_array().unwrap().iter().map(|one| one["id"].to_string()));
        }
        names
    };
    let before = names(&pharos);
    assert_eq!(before.len(), 4);
    pharos.kill().unwrap();
    assert_eq!(names(&setup.start().unwrap()), before);
}
