//! What is written: at once, once, by one at a time, and never lost.

use std::collections::BTreeSet;
use std::thread;

use pharos_model::{Change, Event, Snapshot, Status};
use pharos_tests::{EventStream, Operator, Setup, wait_for};
use serde_json::{Value, json};

use super::{node, open, slow};

#[test]
fn what_an_operator_says_is_on_the_public_page_and_in_the_stream() {
    let (_setup, pharos, _target, anna) = node();
    let stream = EventStream::open(pharos.address, None).unwrap();
    stream.next_fact().unwrap();
    let id = open(&anna);
    let opens = |event: &Event| matches!(&event.change, Change::IncidentOpened(incident) if incident.id.as_str() == id);
    stream.until(opens).unwrap();
    let page = wait_for("the page to tell of it", || {
        let page = pharos.get("/").ok()?.text();
        page.contains("Checkout is slow").then_some(page)
    });
    assert!(page.contains("We <strong>know</strong> of it."), "{page}");
    assert!(page.contains("Website: partial outage"));
    anna.act("POST", &format!("/incidents/{id}/updates"), &json!({ "status": "resolved", "body": "Done." }))
        .unwrap();
    wait_for("the page to tell that it is over", || {
        pharos.get(&format!("/incidents/{id}")).ok()?.text().contains("Resolved").then_some(())
    });
}

/// What somebody is told at once who comes back to the stream, up to the sign of life behind it.
fn told(pharos: &pharos_tests::Pharos, last: &str) -> String {
    let stream = EventStream::open(pharos.address, Some(last)).unwrap();
    let mut told = String::new();
    loop {
        let frame = stream.next_frame().unwrap();
        if frame.event == "pulse" {
            return told;
        }
        told.extend([frame.event.as_str(), ": ", frame.data.as_str(), "\n"]);
    }
}

#[test]
fn who_comes_back_to_the_stream_is_not_told_what_was_hidden_or_edited_meanwhile() {
    let (setup, pharos, _target, anna) = node();
    let all_are_seen = |snapshot: &Snapshot| {
        snapshot.components.iter().all(|component| component.status == Status::Operational)
    };
    let now = || EventStream::open(pharos.address, None).unwrap().next_fact().unwrap();
    let start = wait_for("both components to be seen", || {
        let frame = now();
        all_are_seen(&frame.snapshot().unwrap()).then_some(frame.id)
    });
    let id = open(&anna);
    let text = told(&pharos, &start);
    assert!(text.contains("We **know** of it.") && !text.contains("reset: "), "{text}");

    let before_edit = now().id;
    anna.act("PATCH", &format!("/incidents/{id}/updates/1"), &json!({ "body": "We are on it." })).unwrap();
    // Who knows all that was said before is told the change alone.
    let text = told(&pharos, &before_edit);
    assert!(text.contains("We are on it.") && !text.contains("reset: "), "{text}");
    let text = told(&pharos, &start);
    assert!(text.starts_with("reset: ") && text.contains("We are on it."), "{text}");
    assert!(!text.contains("We **know** of it."), "{text}");

    anna.act("DELETE", &format!("/incidents/{id}"), &json!({})).unwrap();
    let is_gone = |pharos: &pharos_tests::Pharos| {
        for last in [&start, &before_edit] {
            let text = told(pharos, last);
            assert!(text.starts_with("reset: ") && !text.contains("Checkout is slow"), "{text}");
        }
    };
    is_gone(&pharos);
    // From the journal it is the same.
    pharos.kill().unwrap();
    is_gone(&setup.start().unwrap());
}

#[test]
fn what_was_accepted_is_there_after_a_power_cut() {
    let (setup, pharos, _target, anna) = node();
    let id = open(&anna);
    pharos.kill().unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::sign_in(&pharos, "anna").unwrap();
    assert_eq!(anna.read(&format!("/incidents/{id}")).unwrap()["status"], "investigating");
    let log = anna.read("/audit?target=incidents").unwrap();
    assert_eq!(log["entries"][0]["action"], "incident.open");
}

#[test]
fn of_fifty_who_write_on_one_incident_at_once_nobodys_words_are_lost() {
    let (_setup, _pharos, _target, anna) = node();
    let id = open(&anna);
    let writers: Vec<_> = (0..50)
        .map(|number| {
            let (anna, path) = (anna.clone(), format!("/incidents/{id}/updates"));
            thread::spawn(move || {
                let body = json!({ "status": "identified", "body": format!("word {number}") });
                anna.act("POST", &path, &body).unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let known = anna.read(&format!("/incidents/{id}")).unwrap();
    let said: BTreeSet<&str> =
        known["updates"].as_array().unwrap().iter().filter_map(|update| update["body"].as_str()).collect();
    assert_eq!(said.len(), 51);
    assert_eq!(known["revision"], 51);
}

#[test]
fn of_fifty_who_saw_the_same_only_the_first_is_heard_and_the_others_are_told() {
    let (_setup, _pharos, _target, anna) = node();
    let id = open(&anna);
    let seen = anna.api("GET", &format!("/incidents/{id}"), None).unwrap();
    let etag = seen.header("etag").unwrap().to_owned();
    let writers: Vec<_> = (0..50)
        .map(|number| {
            let (anna, path) = (anna.with("if-match", &etag), format!("/incidents/{id}"));
            thread::spawn(move || {
                let answer =
                    anna.api("PATCH", &path, Some(&json!({ "title": format!("Title {number}") }))).unwrap();
                (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap())
            })
        })
        .collect();
    let answers: Vec<(u16, Value)> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let heard: Vec<&Value> =
        answers.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body).collect();
    assert_eq!(heard.len(), 1);
    assert_eq!(anna.read(&format!("/incidents/{id}")).unwrap()["title"], heard[0]["title"]);
    for (status, body) in answers.iter().filter(|(status, _)| *status != 200) {
        assert_eq!(
            (*status, body["type"].as_str(), body["revision"].as_u64()),
            (412, Some("changed"), Some(2))
        );
    }
}

#[test]
fn a_request_with_a_key_is_done_once_however_often_it_comes() {
    let (_setup, _pharos, _target, anna) = node();
    let keyed = anna.with("idempotency-key", "deploy-42");
    let first = keyed.act("POST", "/incidents", &slow()).unwrap();
    let second = keyed.act("POST", "/incidents", &slow()).unwrap();
    assert_eq!(first["id"], second["id"]);
    assert_eq!(anna.read("/incidents").unwrap()["incidents"].as_array().unwrap().len(), 1);
    let other = keyed.api("POST", "/incidents", Some(&json!({ "title": "Other", "body": "x" }))).unwrap();
    assert_eq!(other.status, 409, "{}", other.text());
}

#[test]
fn a_key_that_comes_twenty_times_at_once_is_done_once() {
    let (_setup, _pharos, _target, anna) = node();
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let keyed = anna.with("idempotency-key", "same");
            thread::spawn(move || keyed.api("POST", "/incidents", Some(&slow())).unwrap().status)
        })
        .collect();
    let answers: Vec<u16> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    assert!(answers.iter().all(|status| [201, 409].contains(status)), "{answers:?}");
    assert_eq!(anna.read("/incidents").unwrap()["incidents"].as_array().unwrap().len(), 1);
}

#[test]
fn the_audit_log_says_who_did_what_and_what_it_was_before() {
    let (_setup, _pharos, _target, anna) = node();
    let id = open(&anna);
    anna.act("PATCH", &format!("/incidents/{id}"), &json!({ "title": "Checkout is broken" })).unwrap();
    let body = json!({ "body": "Better words" });
    anna.act("PATCH", &format!("/incidents/{id}/updates/1"), &body).unwrap();
    let log = anna.read(&format!("/audit?target=incidents/{id}")).unwrap();
    let entries = log["entries"].as_array().unwrap();
    let actions: Vec<&str> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, ["incident.edit_update", "incident.edit", "incident.open"]);
    assert_eq!(entries[1]["actor"], "user:anna");
    assert_eq!(entries[1]["address"], "127.0.0.1");
    assert_eq!(
        (&entries[1]["before"]["title"], &entries[1]["after"]["title"]),
        (&json!("Checkout is slow"), &json!("Checkout is broken"))
    );
    let revisions = anna.read(&format!("/incidents/{id}/updates/1/revisions")).unwrap();
    assert_eq!(revisions[0]["body"], "We **know** of it.");
    let told: Vec<&String> = revisions[0].as_object().unwrap().keys().collect();
    assert!(
        !told.iter().any(|name| ["actor", "address", "before", "after"].contains(&name.as_str())),
        "{told:?}"
    );
}

#[test]
fn maintenance_is_under_way_in_one_request_and_over_in_another() {
    let (_setup, pharos, _target, anna) = node();
    wait_for("the website to work", || {
        let now = anna.read("/components/web").ok()?;
        (now["status"] == "operational").then_some(())
    });
    let body = json!({ "title": "Deploy", "components": ["web"], "scheduled_end": "2099-01-01T00:00:00Z" });
    let refused = anna.api("POST", "/maintenances", Some(&body)).unwrap();
    assert_eq!(refused.status, 422, "{}", refused.text());
    let soon = in_an_hour(&anna);
    let body = json!({ "title": "Deploy", "components": ["web"], "scheduled_end": soon });
    let made = anna.act("POST", "/maintenances", &body).unwrap();
    assert_eq!(made["status"], "in_progress");
    assert_eq!(anna.read("/components/web").unwrap()["status"], "under_maintenance");
    let id = made["id"].as_str().unwrap();
    anna.act("POST", &format!("/maintenances/{id}/updates"), &json!({ "status": "completed" })).unwrap();
    wait_for("the website to be looked at again", || {
        let now = anna.read("/components/web").ok()?;
        (now["status"] == "operational").then_some(())
    });
    wait_for("the page to say so", || {
        let page = pharos.get("/").ok()?.text();
        (!page.contains("Maintenance in progress")).then_some(())
    });
}

/// An hour after the newest look at anything.
fn in_an_hour(anna: &Operator) -> String {
    wait_for("a look", || {
        let looks = anna.read("/checks/web%2Fhttp/observations?limit=1").ok()?;
        let seen: jiff::Timestamp = looks[0]["at"].as_str()?.parse().ok()?;
        Some((seen + jiff::SignedDuration::from_hours(1)).to_string())
    })
}

#[test]
fn a_statement_stands_beside_what_is_measured_in_the_download_too() {
    let (_setup, pharos, target, anna) = node();
    wait_for("the website to work", || {
        (anna.read("/components/web").ok()?["status"] == "operational").then_some(())
    });
    let body =
        json!({ "status": "major_outage", "reason": "Nobody can pay", "until": "2030-01-01T00:00:00Z" });
    let stated = anna.act("PUT", "/components/web/statement", &body).unwrap();
    assert_eq!(
        (stated["status"].as_str(), stated["measured"].as_str()),
        (Some("major_outage"), Some("operational"))
    );
    let page = wait_for("the page to say so", || {
        let page = pharos.get("/").ok()?.text();
        page.contains("Stated by the operators: Nobody can pay").then_some(page)
    });
    assert!(page.contains("Our checks find that it works."));
    wait_for("the download to say so", || {
        let csv = pharos.get("/components/web/spans.csv").ok()?.text();
        csv.lines().last()?.ends_with(",major_outage,operational").then_some(())
    });
    anna.act("DELETE", "/components/web/statement", &json!({})).unwrap();
    assert_eq!(anna.read("/components/web").unwrap()["status"], "operational");
    drop(target);
}

#[test]
fn a_span_that_began_with_the_newest_change_is_in_the_download() {
    let setup =
        Setup::new("page: { name: Example }\ncomponents:\n  - { id: shop, name: Shop, checks: [] }\n")
            .unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    let body = json!({ "status": "degraded_performance", "reason": "Slow today" });
    anna.act("PUT", "/components/shop/statement", &body).unwrap();
    wait_for("the download to say so", || {
        let csv = pharos.get("/components/shop/spans.csv").ok()?.text();
        csv.lines().last()?.contains(",degraded_performance,").then_some(())
    });
}

#[test]
fn a_check_is_paused_resumed_and_run_on_demand() {
    let (_setup, _pharos, _target, anna) = node();
    wait_for("the website to work", || {
        (anna.read("/components/web").ok()?["status"] == "operational").then_some(())
    });
    let paused = anna.act("POST", "/checks/web%2Fhttp/pause", &json!({})).unwrap();
    assert_eq!((paused["paused"].as_bool(), paused["verdict"].as_str()), (Some(true), Some("unknown")));
    assert_eq!(paused["reason"], "Paused by an operator");
    let twice = anna.api("POST", "/checks/web%2Fhttp/pause", None).unwrap();
    assert_eq!(twice.status, 409);
    anna.act("POST", "/checks/web%2Fhttp/resume", &json!({})).unwrap();
    wait_for("the website to work again", || {
        (anna.read("/components/web").ok()?["status"] == "operational").then_some(())
    });
}

#[test]
fn what_cannot_be_done_is_said_with_its_field_and_what_to_do() {
    let (_setup, _pharos, _target, anna) = node();
    for (body, status, kind, field) in [
        (json!({ "title": "", "body": "x" }), 422, "invalid", Some("title")),
        (json!({ "title": "x", "body": "" }), 422, "invalid", Some("body")),
        (json!({ "title": "x", "body": "x", "affects": ["nobody"] }), 422, "invalid", Some("components")),
        (json!({ "title": "x", "body": "x", "impact": "huge" }), 422, "invalid", None),
        (json!({ "title": "x", "body": "x", "unknown": 1 }), 422, "invalid", None),
        (json!({ "title": { "xx": "x" }, "body": "x" }), 422, "invalid", Some("title")),
    ] {
        let answer = anna.api("POST", "/incidents", Some(&body)).unwrap();
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (answer.status, problem["type"].as_str(), problem["field"].as_str()),
            (status, Some(kind), field),
            "{body}"
        );
        assert!(problem["hint"].is_string(), "{problem}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[test]
fn a_text_that_would_keep_the_server_busy_for_hours_is_refused_at_every_door() {
    let (_setup, _pharos, _target, anna) = node();
    let id = open(&anna);
    let long = ">".repeat(900_000);
    for (method, path, body) in [
        ("POST", "/preview".to_owned(), json!({ "body": long })),
        ("POST", "/incidents".into(), json!({ "title": "x", "body": long })),
        ("POST", format!("/incidents/{id}/updates"), json!({ "status": "identified", "body": long })),
        ("PATCH", format!("/incidents/{id}/updates/1"), json!({ "body": { "en": "x", "de": long } })),
        ("POST", "/announcements".into(), json!({ "title": "x", "body": long })),
    ] {
        let answer = anna.api(method, &path, Some(&body)).unwrap();
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, problem["field"].as_str()), (422, Some("body")), "{method} {path}");
    }
    let page = anna.page("/admin/me").unwrap().text();
    let form = page.split_once("name=\"form\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    for path in ["/admin/incidents/new".to_owned(), format!("/admin/incidents/{id}")] {
        let answer = anna.form(&path, &format!("form={form}&action=preview&body={long}")).unwrap();
        assert_eq!(answer.status, 422, "{path}");
        assert!(answer.text().contains("at most 20000 are kept"), "{path}");
    }
}

#[test]
fn what_is_published_at_its_time_stands_in_the_audit_log_as_done_by_the_schedule() {
    let (_setup, _pharos, _target, anna) = node();
    // The node's own clock says what time it is.
    let id = open(&anna);
    let incident = anna.read(&format!("/incidents/{id}")).unwrap();
    let now: jiff::Timestamp = incident["updates"][0]["at"].as_str().unwrap().parse().unwrap();
    let due = now + jiff::SignedDuration::from_secs(3);
    let content = json!({ "announcement": { "title": "New address" } });
    anna.act("POST", "/drafts", &json!({ "content": content, "publish_at": due.to_string() })).unwrap();
    let entries = wait_for("the schedule to publish it", || {
        let log = anna.read("/audit?target=drafts").ok()?;
        let is_done = |entry: &&Value| entry["action"] == "draft.publish";
        log["entries"].as_array()?.iter().find(is_done).cloned()
    });
    assert_eq!(entries["actor"], "schedule", "{entries}");
    assert_eq!(entries["target"], "drafts/draft-1");
    // The log is in the same transaction; this node reads the journal back a moment later.
    let shown = wait_for("the node to read it back", || {
        let count = anna.read("/announcements").ok()?.to_string().matches("New address").count();
        (count > 0).then_some(count)
    });
    assert_eq!(shown, 1);
}
