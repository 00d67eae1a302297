//! Every document in every state, and what its readers ask of all of them.

use serde_json::Value;

use super::*;
use crate::wires::samples::{self, view};

/// A document, parsed.
fn read(write: fn(&View) -> Option<Written>, view: &View) -> Value {
    serde_json::from_str(&write(view).unwrap().body).unwrap()
}

#[test]
fn every_document_of_every_state_is_as_it_was_agreed() {
    for (name, snapshot) in samples::states() {
        let view = view(&snapshot);
        let wires = WIRES.iter().filter(|wire| wire.of == Of::Page);
        let documents = wires.map(|wire| [wire.pattern, "\n", &(wire.write)(&view).unwrap().body].concat());
        insta::assert_snapshot!(name, documents.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn an_incident_of_its_own_is_told_whole() {
    let snapshot = samples::resolved();
    let of = Subject::Incident(Box::new(snapshot.incidents[0].clone()));
    let view = View { subject: of, ..view(&snapshot) };
    insta::assert_snapshot!(incident(&view).unwrap().body);
}

#[test]
fn a_component_has_seconds_of_outage_and_latencies() {
    let snapshot = samples::outage();
    let view = samples::component_view(&snapshot, "api");
    insta::assert_snapshot!("uptime", uptime::document(&view).unwrap().body);
    insta::assert_snapshot!("metric", metric::day(&view).unwrap().body);
}

#[test]
fn children_stand_among_the_others_by_their_place_in_their_group() {
    let document = read(components, &view(&samples::outage()));
    let rows: Vec<(String, u64)> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap().to_owned(), row["position"].as_u64().unwrap()))
        .collect();
    let named = |(name, position): (&str, u64)| (name.to_owned(), position);
    let expected = [("Core", 1), ("Public API", 1), ("Website", 2), ("Search", 2)];
    assert_eq!(rows, expected.map(named));
}

#[test]
fn an_incident_of_a_member_concerns_the_component_that_speaks_for_it() {
    let mut snapshot = samples::outage();
    let api = snapshot.components[0].definition.id.clone();
    snapshot.components[0].definition.is_member = true;
    let member = pharos_model::Member {
        component: api,
        status: pharos_model::Status::MajorOutage,
        weight: 1,
        role: None,
        serves: false,
        lag_below_ms: None,
    };
    snapshot.components[2].redundancy = Some(Box::new(pharos_model::Redundancy {
        policy: pharos_model::Policy::Any,
        state: None,
        since: snapshot.at,
        common_cause_ppm: 0,
        bare_since: None,
        longest_bare: None,
        members: vec![member],
    }));
    let document = read(summary, &view(&snapshot));
    let listed: Vec<&Value> =
        document["components"].as_array().unwrap().iter().map(|known| &known["id"]).collect();
    for incident in document["incidents"].as_array().unwrap() {
        let concerned = incident["components"].as_array().unwrap();
        assert_eq!((concerned.len(), &concerned[0]["name"]), (1, &Value::from("Search")));
        assert!(listed.contains(&&concerned[0]["id"]), "{listed:?}");
        for update in incident["incident_updates"].as_array().unwrap() {
            assert!(update["affected_components"].is_null(), "{update}");
        }
    }
}

#[test]
fn a_summary_tells_of_open_incidents_alone_the_latest_changed_first() {
    let document = read(summary, &view(&samples::outage()));
    let incidents = document["incidents"].as_array().unwrap();
    assert!(incidents.len() > 1);
    let changed: Vec<&str> = incidents.iter().map(|known| known["updated_at"].as_str().unwrap()).collect();
    assert!(changed.is_sorted_by(|one, other| one >= other), "{changed:?}");
    assert!(incidents.iter().all(|known| known["resolved_at"].is_null()));
    let resolved = read(summary, &view(&samples::resolved()));
    assert_eq!(resolved["incidents"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_is_being_done_stands_in_the_list_however_much_is_planned() {
    let mut view = view(&samples::in_progress());
    let active = view.maintenances.remove(0);
    let planned = samples::scheduled().maintenances.remove(0);
    view.maintenances = (0..120)
        .map(|days| {
            let ahead = planned.scheduled_start.plus_ms((120 - days) * 86_400_000);
            pharos_model::Maintenance { scheduled_start: ahead, ..planned.clone() }
        })
        .chain([active])
        .collect();
    let listed = read(maintenances, &view)["scheduled_maintenances"].as_array().unwrap().clone();
    assert_eq!((listed.len(), &listed[49]["status"]), (50, &Value::from("in_progress")));
    let moments: Vec<&str> = listed.iter().filter_map(|known| known["scheduled_for"].as_str()).collect();
    assert!(moments.is_sorted_by(|one, other| one >= other), "{moments:?}");
}

#[test]
fn work_that_was_called_off_is_no_work_to_come() {
    let view = view(&samples::cancelled());
    assert_eq!(read(upcoming, &view)["scheduled_maintenances"].as_array().map(Vec::len), Some(0));
    assert_eq!(read(maintenances, &view)["scheduled_maintenances"][0]["status"], "completed");
}
