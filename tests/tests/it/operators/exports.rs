//! Exports: everything that is remembered, however much it is.

use pharos_model::Status;
use pharos_tests::wait_for;
use serde_json::Value;

use super::{node, open};
use crate::wait_for_status;

#[test]
fn incidents_spans_and_samples_are_exported_as_tables_and_as_lists() {
    let (_setup, pharos, _target, anna) = node();
    wait_for_status(&pharos, "web", Status::Operational);
    let id = open(&anna);
    let text = |path: &str| {
        let answer = anna.api("GET", path, None).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename="), "{path}");
        answer.text()
    };
    let list =
        |path: &str| serde_json::from_str::<Vec<Value>>(&text(&format!("{path}?format=json"))).unwrap();
    let incidents = text("/exports/incidents");
    assert!(incidents.starts_with("id,title,status,impact,began_at,resolved_at,components,updates\r\n"));
    assert!(incidents.contains(&format!("{id},Checkout is slow,investigating,")), "{incidents}");
    assert_eq!(list("/exports/incidents")[0]["id"], *id);

    let spans = list("/exports/components/web/spans");
    assert_eq!(spans[0]["status"], "partial_outage");
    assert!(spans[0]["until"].is_null());
    assert_eq!(spans[0]["from"], spans[1]["until"]);
    assert!(text("/exports/components/web/spans").contains(",,partial_outage,operational\r\n"));

    let samples = wait_for("three looks to be stored", || {
        Some(list("/exports/checks/web%2Fhttp/samples")).filter(|samples| samples.len() >= 3)
    });
    let slots: Vec<&str> = samples.iter().map(|sample| sample["scheduled_at"].as_str().unwrap()).collect();
    assert!(slots.is_sorted_by(|one, other| one > other), "{slots:?}");
    let earlier = anna.read(&format!("/checks/web%2Fhttp/observations?before={}&limit=1", slots[0])).unwrap();
    assert_eq!(earlier[0]["scheduled_at"], slots[1]);
    assert!(text("/exports/checks/web%2Fhttp/samples").lines().count() > 3);
}

#[test]
fn what_is_not_there_and_what_is_asked_for_in_another_form_is_not_exported() {
    let (_setup, _pharos, _target, anna) = node();
    let status = |path: &str| anna.api("GET", path, None).unwrap().status;
    assert_eq!(status("/exports/components/none/spans"), 404);
    assert_eq!(status("/exports/checks/none/samples"), 404);
    assert_eq!(status("/exports/incidents?format=xml"), 400);
}
