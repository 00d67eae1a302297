//! Whatever a snapshot holds, its documents have the keys, types and words of Statuspage's list, and no others.

use proptest::prelude::*;
use serde_json::{Map, Value};

use pharos_model::{
    Affected, ComponentId, Impact, Incident, IncidentId, IncidentStatus, IncidentUpdate, Maintenance,
    MaintenanceId, MaintenanceStatus, MaintenanceUpdate, Prose, Snapshot, Status, Transition, UnixMs,
};

use super::*;
use crate::wires::samples::{self, NOW};

const COMPONENT: &[&str] =
    &["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];
const INCIDENT: &[&str] = &["investigating", "identified", "monitoring", "resolved", "postmortem"];
const MAINTENANCE: &[&str] = &["scheduled", "in_progress", "verifying", "completed"];
const IMPACT: &[&str] = &["none", "minor", "major", "critical", "maintenance"];
const INDICATOR: &[&str] = &["none", "minor", "major", "critical", "maintenance"];
const DESCRIPTION: &[&str] = &[
    "All Systems Operational",
    "Major System Outage",
    "Partial System Outage",
    "Minor Service Outage",
    "Degraded System Service",
    "Partially Degraded Service",
    "Service Under Maintenance",
];

/// What may stand under a key.
#[derive(Clone, Copy)]
enum Kind {
    Id,
    IdOrNull,
    Ids,
    Text,
    TextOrNull,
    Flag,
    /// From 1 on.
    Place,
    Moment,
    MomentOrNull,
    Date,
    Null,
    Word(&'static [&'static str]),
    One(Shape),
    List(Shape),
    ListOrNull(Shape),
}

/// Keys, each with what may stand there.
type Shape = &'static [(&'static str, Kind)];

const PAGE: Shape = &[
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("url", Kind::Text),
    ("time_zone", Kind::Text),
    ("updated_at", Kind::Moment),
];
const STATUS: Shape = &[("indicator", Kind::Word(INDICATOR)), ("description", Kind::Word(DESCRIPTION))];
const COMPONENT_KEYS: Shape = &[
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("status", Kind::Word(COMPONENT)),
    ("created_at", Kind::Moment),
    ("updated_at", Kind::Moment),
    ("position", Kind::Place),
    ("description", Kind::TextOrNull),
    ("showcase", Kind::Flag),
    ("start_date", Kind::Date),
    ("group_id", Kind::IdOrNull),
    ("page_id", Kind::Id),
    ("group", Kind::Flag),
    ("only_show_if_degraded", Kind::Flag),
];
const AFFECTED: Shape = &[
    ("code", Kind::Id),
    ("name", Kind::Text),
    ("old_status", Kind::Word(COMPONENT)),
    ("new_status", Kind::Word(COMPONENT)),
];
const fn update(words: &'static [&'static str]) -> [(&'static str, Kind); 11] {
    [
        ("id", Kind::Id),
        ("status", Kind::Word(words)),
        ("body", Kind::Text),
        ("incident_id", Kind::Id),
        ("created_at", Kind::Moment),
        ("updated_at", Kind::Moment),
        ("display_at", Kind::Moment),
        ("affected_components", Kind::ListOrNull(AFFECTED)),
        ("deliver_notifications", Kind::Flag),
        ("custom_tweet", Kind::Null),
        ("tweet_id", Kind::Null),
    ]
}
const INCIDENT_UPDATE: Shape = &update(INCIDENT);
const MAINTENANCE_UPDATE: Shape = &update(MAINTENANCE);
const fn told(words: &'static [&'static str], updates: Shape) -> [(&'static str, Kind); 13] {
    [
        ("id", Kind::Id),
        ("name", Kind::Text),
        ("status", Kind::Word(words)),
        ("created_at", Kind::Moment),
        ("updated_at", Kind::Moment),
        ("monitoring_at", Kind::MomentOrNull),
        ("resolved_at", Kind::MomentOrNull),
        ("impact", Kind::Word(IMPACT)),
        ("shortlink", Kind::Text),
        ("started_at", Kind::Moment),
        ("page_id", Kind::Id),
        ("incident_updates", Kind::List(updates)),
        ("components", Kind::List(COMPONENT_KEYS)),
    ]
}
const INCIDENT_KEYS: Shape = &told(INCIDENT, INCIDENT_UPDATE);
const MAINTENANCE_KEYS: Shape = &told(MAINTENANCE, MAINTENANCE_UPDATE);
const SUMMARY: Shape = &[
    ("page", Kind::One(PAGE)),
    ("components", Kind::List(COMPONENT_KEYS)),
    ("incidents", Kind::List(INCIDENT_KEYS)),
    ("scheduled_maintenances", Kind::List(MAINTENANCE_KEYS)),
    ("status", Kind::One(STATUS)),
];
const LIST: Shape = &[("page", Kind::One(PAGE)), ("incidents", Kind::List(INCIDENT_KEYS))];

/// Keys that stand beside those of a shape: of groups, of incidents and of maintenances.
fn beside(object: &Map<String, Value>) -> Vec<(&'static str, Kind)> {
    if object.get("group") == Some(&Value::Bool(true)) {
        return vec![("components", Kind::Ids)];
    }
    match (object.contains_key("shortlink"), object.get("impact")) {
        (true, Some(impact)) if impact == "maintenance" => {
            vec![("scheduled_for", Kind::Moment), ("scheduled_until", Kind::Moment)]
        }
        (true, _) => vec![("reminder_intervals", Kind::Null)],
        _ => Vec::new(),
    }
}

fn is_moment(text: &str) -> bool {
    let (moment, zone) = text.split_at(text.len().min(23));
    let is_shaped = moment.len() == 23 && &moment[10..11] == "T" && &moment[19..20] == ".";
    is_shaped && (zone == "Z" || (zone.len() == 6 && zone.starts_with(['+', '-'])))
}

fn fits(value: &Value, kind: Kind) -> bool {
    let text = value.as_str();
    match kind {
        Kind::Id => text.is_some_and(crate::wires::is_code),
        Kind::IdOrNull => value.is_null() || fits(value, Kind::Id),
        Kind::Ids => {
            value.as_array().is_some_and(|ids| !ids.is_empty() && ids.iter().all(|id| fits(id, Kind::Id)))
        }
        Kind::Text => text.is_some_and(|text| !text.is_empty()),
        Kind::TextOrNull => value.is_null() || fits(value, Kind::Text),
        Kind::Flag => value.is_boolean(),
        Kind::Place => value.as_u64().is_some_and(|place| place > 0),
        Kind::Moment => text.is_some_and(is_moment),
        Kind::MomentOrNull => value.is_null() || fits(value, Kind::Moment),
        Kind::Date => value.is_null() || text.is_some_and(|text| text.len() == 10),
        Kind::Null => value.is_null(),
        Kind::Word(words) => text.is_some_and(|text| words.contains(&text)),
        Kind::One(shape) => has(value, shape),
        Kind::List(shape) => value.as_array().is_some_and(|list| list.iter().all(|one| has(one, shape))),
        Kind::ListOrNull(shape) => value.is_null() || fits(value, Kind::List(shape)),
    }
}

fn has(value: &Value, shape: Shape) -> bool {
    let Some(object) = value.as_object() else { return false };
    let keys: Vec<(&str, Kind)> = shape.iter().copied().chain(beside(object)).collect();
    let wrong = keys.iter().find(|(key, kind)| !object.get(*key).is_some_and(|value| fits(value, *kind)));
    if let Some((key, _)) = wrong {
        eprintln!("{key}: {:?} in {value}", object.get(*key));
    }
    wrong.is_none() && object.len() == keys.len()
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL.to_vec())
}

fn incident_status() -> impl Strategy<Value = IncidentStatus> {
    use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
    prop::sample::select(vec![Investigating, Identified, Monitoring, Resolved, Postmortem])
}

fn transition() -> impl Strategy<Value = Transition> {
    let words = prop::sample::select(vec!["", "<p>a &amp; b</p>", "<ul><li>x</li></ul>", "\u{1}"]);
    prop_oneof![
        status().prop_map(Transition::Detected),
        status().prop_map(Transition::Changed),
        status().prop_map(Transition::Relapsed),
        Just(Transition::Recovering),
        Just(Transition::Resolved),
        Just(Transition::Withdrawn),
        Just(Transition::Merged(IncidentId::new("other").unwrap())),
        words
            .prop_map(|html| Transition::Written(Box::new(Prose { source: html.into(), html: html.into() }))),
    ]
}

fn component_id() -> impl Strategy<Value = ComponentId> {
    prop::sample::select(vec!["api", "web", "search", "gone"]).prop_map(|id| ComponentId::new(id).unwrap())
}

prop_compose! {
    fn an_update()(
        at in 0_i64..2_000_000_000_000,
        status in incident_status(),
        transition in transition(),
        told in prop::collection::vec((component_id(), status()), 0..3),
        edited in prop::option::of(0_i64..2_000_000_000_000),
    ) -> IncidentUpdate {
        let components = told.into_iter().map(|(component, status)| Affected { component, status }).collect();
        IncidentUpdate { components, edited_at: edited.map(UnixMs), ..IncidentUpdate::new(UnixMs(at), status, transition) }
    }
}

prop_compose! {
    fn an_incident()(
        number in 0_u32..1_000_000,
        title in prop::sample::select(vec!["", "Slow", "<b>\u{0}"]),
        status in incident_status(),
        impact in prop::sample::select(vec![Impact::None, Impact::Minor, Impact::Major, Impact::Critical]),
        components in prop::collection::vec(component_id(), 0..4),
        updates in prop::collection::vec(an_update(), 0..5),
        resolved in prop::option::of(0_i64..2_000_000_000_000),
    ) -> Incident {
        let known = samples::outage().incidents.remove(0);
        let id = IncidentId::new(&format!("i{number}")).unwrap();
        let resolved_at = resolved.map(UnixMs);
        Incident { id, title: title.into(), status, impact, components, updates, resolved_at, ..known }
    }
}

prop_compose! {
    fn a_maintenance()(
        number in 0_u32..1_000_000,
        status in prop::sample::select(vec![
            MaintenanceStatus::Scheduled, MaintenanceStatus::InProgress, MaintenanceStatus::Verifying,
            MaintenanceStatus::Completed, MaintenanceStatus::Cancelled,
        ]),
        description in prop::sample::select(vec!["", "<i>"]),
        start in 0_i64..2_000_000_000_000,
        said in prop::collection::vec(0_i64..2_000_000_000_000, 0..3),
        components in prop::collection::vec(component_id(), 0..3),
    ) -> Maintenance {
        let body = Prose { source: "x".into(), html: "<p>x</p>".into() };
        Maintenance {
            id: MaintenanceId::new(&format!("m{number}")).unwrap(),
            title: "Work".into(),
            description: description.into(),
            status,
            components,
            scheduled_start: UnixMs(start),
            scheduled_end: UnixMs(start + 1_000),
            ended_at: status.is_over().then_some(UnixMs(start)),
            updates: said.into_iter().map(|at| MaintenanceUpdate { at: UnixMs(at), status, body: body.clone() }).collect(),
            ..Maintenance::default()
        }
    }
}

prop_compose! {
    fn a_snapshot()(
        states in prop::collection::vec(status(), 3),
        grouped in any::<[bool; 3]>(),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu", "No/Where", ""]),
        incidents in prop::collection::vec(an_incident(), 0..4),
        maintenances in prop::collection::vec(a_maintenance(), 0..4),
    ) -> Snapshot {
        let mut snapshot = Snapshot { incidents, maintenances, at: NOW, ..samples::operational() };
        snapshot.page.time_zone = zone.to_owned();
        let group = snapshot.groups[0].id.clone();
        for (component, (state, is_grouped)) in snapshot.components.iter_mut().zip(states.into_iter().zip(grouped)) {
            component.status = state;
            component.definition.group = is_grouped.then(|| group.clone());
        }
        snapshot
    }
}

proptest! {
    #[test]
    fn every_snapshot_is_told_in_the_keys_and_words_of_statuspage(snapshot in a_snapshot()) {
        let view = samples::view(&snapshot);
        let read = |write: fn(&View) -> Option<Written>| -> Value {
            serde_json::from_str(&write(&view).unwrap().body).unwrap()
        };
        let summary = read(summary);
        prop_assert!(has(&summary, SUMMARY));
        let open = summary["incidents"].as_array().unwrap();
        prop_assert!(open.iter().all(|known| !["resolved", "postmortem"].contains(&known["status"].as_str().unwrap())));
        let is_all_well = summary["status"]["description"] == "All Systems Operational";
        prop_assert!(!is_all_well || open.is_empty());
        let some = |shape: Shape, document: &Value| has(document, shape);
        prop_assert!(some(LIST, &read(incidents)));
        prop_assert!(some(LIST, &read(unresolved)));
        let told = open.iter().chain(summary["scheduled_maintenances"].as_array().unwrap());
        for known in told {
            prop_assert!(!known["incident_updates"].as_array().unwrap().is_empty());
        }
        let places: Vec<u64> = summary["components"].as_array().unwrap().iter().map(|one| one["position"].as_u64().unwrap()).collect();
        prop_assert!(places.is_sorted());
    }
}
