//! What a page of Statuspage becomes.

use pharos_model::MaintenanceStatus;
use serde_json::{Value, json};

use super::*;
use crate::Turn;

fn document(name: &str, json: &Value) -> Document {
    Document { name: name.to_owned(), text: json.to_string() }
}

fn component(id: &str, name: &str, position: u32, group: Option<&str>, status: &str) -> Value {
    json!({
        "id": id, "name": name, "status": status, "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-03-01T12:00:00.000Z", "position": position, "description": null, "showcase": true,
        "start_date": null, "group_id": group, "page_id": "k3w9bd0vtxqz", "group": false,
        "only_show_if_degraded": false,
    })
}

fn page() -> Value {
    json!({
        "id": "k3w9bd0vtxqz", "name": "Acme", "url": "https://status.acme.example",
        "time_zone": "Pacific Time (US & Canada)", "updated_at": "2026-03-02T00:00:00.000-08:00",
    })
}

fn summary() -> Value {
    let group = json!({
        "id": "g0g0g0g0g0g0", "name": "Core", "status": "operational", "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z", "position": 2, "description": null, "showcase": false,
        "start_date": null, "group_id": null, "page_id": "k3w9bd0vtxqz", "group": true,
        "only_show_if_degraded": false, "components": ["c1c1c1c1c1c1"],
    });
    json!({
        "page": page(),
        "components": [
            component("c1c1c1c1c1c1", "API", 1, Some("g0g0g0g0g0g0"), "operational"),
            component("c2c2c2c2c2c2", "Web site", 1, None, "degraded_performance"),
            group,
        ],
        "incidents": [], "scheduled_maintenances": [],
        "status": { "indicator": "minor", "description": "Partially Degraded Service" },
    })
}

fn update(id: &str, status: &str, at: &str, body: &str, change: Option<(&str, &str)>) -> Value {
    let affected = change.map(|(before, after)| {
        json!([{ "code": "c1c1c1c1c1c1", "name": "Core - API", "old_status": before, "new_status": after }])
    });
    json!({
        "id": id, "status": status, "body": body, "incident_id": "i1i1i1i1i1i1", "created_at": at, "updated_at": at,
        "display_at": at, "affected_components": affected, "deliver_notifications": true, "custom_tweet": null,
        "tweet_id": null,
    })
}

fn incidents() -> Value {
    json!({ "page": page(), "incidents": [{
        "id": "i1i1i1i1i1i1", "name": "API errors", "status": "resolved", "created_at": "2026-02-01T10:00:00.000Z",
        "updated_at": "2026-02-01T11:00:00.000Z", "monitoring_at": null, "resolved_at": "2026-02-01T11:00:00.000Z",
        "impact": "major", "shortlink": "https://stspg.io/x", "started_at": "2026-02-01T09:58:00.000Z",
        "page_id": "k3w9bd0vtxqz", "reminder_intervals": "[]",
        "incident_updates": [
            update("u2u2u2u2u2u2", "resolved", "2026-02-01T11:00:00.000Z", "Mended.<br />All is well.", Some(("major_outage", "operational"))),
            update("u1u1u1u1u1u1", "investigating", "2026-02-01T10:00:00.000Z", "We are <b>looking</b>.", Some(("operational", "major_outage"))),
        ],
        "components": [component("c1c1c1c1c1c1", "API", 1, Some("g0g0g0g0g0g0"), "operational")],
    }] })
}

fn read(documents: &[Document]) -> Result<Haul, ImportError> {
    Reader::default().whole(documents)
}

fn whole() -> Haul {
    read(&[document("summary.json", &summary()), document("incidents.json", &incidents())]).unwrap()
}

fn told(turn: &Turn) -> String {
    let at = jiff::Timestamp::from_millisecond(turn.from.0).unwrap();
    format!("{at} {} {}", turn.component, turn.status.as_str())
}

#[test]
fn a_page_comes_with_its_groups_components_and_zone() {
    let haul = whole();
    assert_eq!(haul.page.time_zone.as_deref(), Some("America/Los_Angeles"));
    let parts: Vec<String> = haul
        .components
        .iter()
        .map(|part| format!("{} {}", part.id, part.group.as_ref().map_or("-", |group| group.as_str())))
        .collect();
    assert_eq!(parts, ["web-site -", "api core"]);
}

#[test]
fn what_updates_say_of_components_is_how_they_were() {
    let turns: Vec<String> = whole().turns.iter().map(told).collect();
    assert_eq!(
        turns,
        [
            "2026-01-01T00:00:00Z api operational",
            "2026-02-01T10:00:00Z api major_outage",
            "2026-02-01T11:00:00Z api operational",
            "2026-01-01T00:00:00Z web-site degraded_performance",
        ]
    );
}

#[test]
fn an_incident_keeps_its_words_its_times_and_its_impact() {
    let haul = whole();
    let incident = &haul.incidents[0];
    assert_eq!(incident.impact, Some(pharos_model::Impact::Major));
    assert_eq!(incident.began_at, crate::moment("2026-02-01T09:58:00Z").unwrap());
    let words: Vec<&str> = incident.said.iter().map(|said| said.body.plain()).collect();
    assert_eq!(words, ["We are **looking**.", "Mended.\nAll is well."]);
    assert_eq!(haul.covers, crate::moment("2026-03-02T08:00:00Z"));
}

#[test]
fn before_the_oldest_of_fifty_incidents_nothing_is_known() {
    let mut many = incidents();
    let one = many["incidents"][0].clone();
    let list: Vec<Value> = (0..50)
        .map(|number| {
            let mut one = one.clone();
            one["id"] = format!("i{number:011}").into();
            one
        })
        .collect();
    many["incidents"] = list.into();
    let haul = read(&[document("summary.json", &summary()), document("incidents.json", &many)]).unwrap();
    assert!(haul.turns.iter().all(|turn| turn.from >= crate::moment("2026-02-01T09:58:00Z").unwrap()));
}

#[test]
fn the_history_adds_what_the_api_does_not_tell_any_more() {
    let months = json!({ "months": [{ "name": "January", "year": 2026, "days": 31, "starts_on": 4, "incidents": [
        { "code": "i1i1i1i1i1i1", "name": "API errors", "message": "Known.", "impact": "major", "timestamp": "Feb 1, 10:00 - 11:00 UTC" },
        { "code": "o1o1o1o1o1o1", "name": "Old one", "message": "Long ago.", "impact": "minor", "timestamp": "Jan 5, 10:00 - 11:00 UTC" },
        { "code": "o2o2o2o2o2o2", "name": "Undated", "message": "", "impact": "none", "timestamp": "some time" },
    ] }] });
    let documents = [
        document("summary.json", &summary()),
        document("incidents.json", &incidents()),
        document("history.json", &months),
    ];
    let haul = read(&documents).unwrap();
    let titles: Vec<&str> = haul.incidents.iter().map(|incident| incident.title.plain()).collect();
    assert_eq!(titles, ["API errors", "Old one"]);
    assert!(haul.left.iter().any(|left| left.spot.path == "months[0].incidents[2].timestamp"));
}

#[test]
fn a_page_of_the_history_as_a_browser_saves_it_is_read() {
    let months = json!({ "months": [{ "name": "January", "year": 2026, "incidents": [
        { "code": "o1o1o1o1o1o1", "name": "Old \"one\"", "message": "Done.<br>", "impact": "minor", "timestamp": "Jan <var data-var='date'>5</var>, <var data-var='time'>10:00</var> UTC" },
    ] }] });
    let data = months.to_string().replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let text =
        format!("<!doctype html><div data-react-class=\"HistoryIndex\" data-react-props=\"{data}\"></div>");
    let page = Document { name: "history.html".to_owned(), text };
    let haul = read(&[document("summary.json", &summary()), page]).unwrap();
    assert_eq!(haul.incidents[0].title.plain(), "Old \"one\"");
}

#[test]
fn documents_of_another_shape_are_refused_at_their_place() {
    let refused = |value: &Value| {
        read(&[document("s.json", value)]).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let mut wrong_status = summary();
    wrong_status["components"][0]["status"] = "fine".into();
    let mut wrong_time = incidents();
    wrong_time["components"] = summary()["components"].clone();
    wrong_time["incidents"][0]["incident_updates"][1]["display_at"] = "soon".into();
    let mut wrong_list = summary();
    wrong_list["components"] = json!({ "a": 1 });
    let mut wrong_name = summary();
    wrong_name["components"][0]["name"] = "A\u{0}".into();
    let mut no_name = summary();
    no_name["page"]["name"] = " ".into();
    for (value, told) in [
        (&wrong_name, "s.json (components[0].name): this text holds the control character U+0000"),
        (&no_name, "s.json (page.name): this name is blank"),
        (&wrong_status, "s.json (components[0].status): `fine` is no status of a component"),
        (&wrong_time, "s.json (incidents[0].incident_updates[1].display_at): `soon` is no moment"),
        (&wrong_list, "s.json (components): a list is expected here, not a section of keys"),
        (&json!({}), "s.json: no components are told of"),
    ] {
        assert!(refused(value).starts_with(told), "{told}\n{}", refused(value));
    }
}

#[test]
fn a_file_that_is_none_of_a_page_is_refused_by_name() {
    let other = Document { name: "notes.txt".to_owned(), text: "hello".to_owned() };
    let error = read(&[other]).err().unwrap();
    assert!(error.to_string().starts_with("notes.txt: this is none of the files of a page"), "{error}");
}

#[test]
fn groups_of_the_same_name_stay_two_and_a_group_that_is_told_twice_is_one() {
    let mut doc = summary();
    let mut other = doc["components"][2].clone();
    (other["id"], other["position"]) = ("g9g9g9g9g9g9".into(), 3.into());
    let child = component("c3c3c3c3c3c3", "Billing", 1, Some("g9g9g9g9g9g9"), "operational");
    doc["components"].as_array_mut().unwrap().extend([other, child]);
    let documents = [document("summary.json", &doc), document("components.json", &doc)];
    let haul = Reader::default().whole(&documents).unwrap();
    let groups: Vec<&str> = haul.groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(groups, ["core", "core-2"]);
    let placed: Vec<(&str, Option<&str>)> = haul
        .components
        .iter()
        .map(|part| (part.name.as_str(), part.group.as_ref().map(GroupId::as_str)))
        .collect();
    assert_eq!(placed, [("Web site", None), ("API", Some("core")), ("Billing", Some("core-2"))]);
}

/// The one maintenance of a page, planned for December.
fn maintained(status: &str, resolved_at: Option<&str>, updates: &[Value]) -> crate::Maintenance {
    let doc = json!({ "page": page(), "scheduled_maintenances": [{
        "id": "m1m1m1m1m1m1", "name": "Upgrade", "status": status, "created_at": "2026-01-05T10:00:00.000Z",
        "updated_at": "2026-01-10T10:00:00.000Z", "monitoring_at": null, "resolved_at": resolved_at,
        "impact": "maintenance", "scheduled_for": "2026-12-20T18:00:00.000Z",
        "scheduled_until": "2026-12-20T20:00:00.000Z", "incident_updates": updates,
        "components": [component("c1c1c1c1c1c1", "API", 1, Some("g0g0g0g0g0g0"), "operational")],
    }] });
    let haul = read(&[document("summary.json", &summary()), document("m.json", &doc)]).unwrap();
    haul.maintenances[0].clone()
}

#[test]
fn maintenance_that_was_called_off_ahead_of_its_time_is_carried() {
    let planned = update("u1u1u1u1u1u1", "scheduled", "2026-01-05T10:00:00.000Z", "Soon.", None);
    let over = update("u2u2u2u2u2u2", "completed", "2026-01-09T10:00:00.000Z", "Not needed.", None);
    let known = maintained("completed", None, &[over, planned]);
    let told: Vec<MaintenanceStatus> = known.said.iter().map(|said| said.status).collect();
    assert_eq!(told, [MaintenanceStatus::Scheduled, MaintenanceStatus::Cancelled]);
    assert_eq!((known.status, known.started_at), (MaintenanceStatus::Cancelled, None));
    assert_eq!(known.ended_at, crate::moment("2026-01-09T10:00:00Z"));
}

#[test]
fn maintenance_that_ended_without_a_word_ended_before_it_was_last_changed() {
    let planned = update("u1u1u1u1u1u1", "scheduled", "2026-01-05T10:00:00.000Z", "Soon.", None);
    for (resolved_at, ended) in
        [(None, "2026-01-10T10:00:00Z"), (Some("2026-01-09T12:00:00.000Z"), "2026-01-09T12:00:00Z")]
    {
        let known = maintained("completed", resolved_at, std::slice::from_ref(&planned));
        assert_eq!(known.status, MaintenanceStatus::Cancelled);
        assert_eq!(known.ended_at, crate::moment(ended));
    }
}

#[test]
fn maintenance_that_was_begun_and_ended_ahead_of_its_time_took_place() {
    let begun = update("u1u1u1u1u1u1", "in_progress", "2026-01-05T10:00:00.000Z", "Now.", None);
    let over = update("u2u2u2u2u2u2", "completed", "2026-01-05T11:00:00.000Z", "Done.", None);
    let known = maintained("completed", None, &[over, begun]);
    assert_eq!(known.status, MaintenanceStatus::Completed);
    assert_eq!(known.started_at, crate::moment("2026-01-05T10:00:00Z"));
    assert_eq!(known.ended_at, crate::moment("2026-01-05T11:00:00Z"));
}
