//! What journal a past makes.

use pharos_engine::Entry;
use pharos_import::{Component, Maintenance, MaintenanceSaid, Said};
use pharos_model::{IncidentStatus, MaintenanceStatus, Status};

use super::*;
use crate::config::{self, Surroundings};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600_000;

fn id(text: &str) -> ComponentId {
    ComponentId::new(text).unwrap()
}

fn haul(components: &[&str]) -> Haul {
    let component = |text: &&str| Component {
        id: id(text),
        name: (*text).to_owned(),
        description: String::new(),
        group: None,
        checks: Vec::new(),
        more: serde_json::Map::new(),
    };
    Haul { components: components.iter().map(component).collect(), ..Haul::default() }
}

fn turn(component: &str, at: i64, status: Status) -> Turn {
    Turn { from: UnixMs(BEGIN + at), component: id(component), status }
}

fn loaded(components: &[&str]) -> Loaded {
    let parts: Vec<String> =
        components.iter().map(|id| format!("{{ id: {id}, name: {id}, checks: [] }}")).collect();
    let text = format!("page: {{ name: Example }}\ncomponents: [{}]\n", parts.join(", "));
    let surroundings = Surroundings { environment: &|_| None, files: &|_, _| Err(config::Unread::TooLarge) };
    config::parse(&text, "pharos.yaml", &surroundings).unwrap()
}

fn past(haul: Haul, components: &[&str]) -> Past {
    Past::of(&haul, &loaded(components)).unwrap().unwrap()
}

/// The page that a past makes, led through the same fold as any journal.
fn board(past: &Past) -> Snapshot {
    let mut fold = pharos_engine::Fold::empty(Origin::new("o").unwrap());
    let mut rows = past.rows();
    loop {
        let some = rows.next().unwrap();
        if some.is_empty() {
            return fold.board;
        }
        for row in some {
            assert!(fold.at <= row.at, "an entry goes back in time");
            let entry = Entry { seq: row.seq, after: row.after, at: row.at, fact: row.fact().unwrap() };
            fold.apply(&entry).unwrap();
        }
    }
}

#[test]
fn a_haul_without_a_past_makes_no_journal() {
    assert!(Past::of(&haul(&["api"]), &loaded(&["api"])).unwrap().is_none());
}

#[test]
fn uptime_follows_from_the_turns_of_the_source() {
    let mut haul = haul(&["api"]);
    haul.turns = vec![
        turn("api", 0, Status::Operational),
        turn("api", 12 * HOUR_MS, Status::MajorOutage),
        turn("api", 18 * HOUR_MS, Status::Operational),
    ];
    haul.covers = Some(UnixMs(BEGIN + 2 * DAY_MS));
    let board = board(&past(haul, &["api"]));
    let tally = board.components[0].day_tally(&board.days, 0, board.at);
    assert_eq!(tally.of(Status::MajorOutage), 6 * 3_600_000);
    assert_eq!(tally.of(Status::Operational), 18 * 3_600_000);
    assert_eq!((board.days.len(), board.at), (3, UnixMs(BEGIN + 2 * DAY_MS)));
}

#[test]
fn what_stays_as_it_is_is_no_entry() {
    let mut haul = haul(&["api"]);
    haul.turns = vec![
        turn("api", 0, Status::Unknown),
        turn("api", HOUR_MS, Status::Operational),
        turn("api", 2 * HOUR_MS, Status::Operational),
    ];
    let past = past(haul, &["api"]);
    let rows = past.rows().next().unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["day_began", "configured", "status_changed", "checkpoint"]);
}

#[test]
fn a_component_is_on_the_page_only_since_the_source_tells_of_it() {
    let mut haul = haul(&["old", "new", "mute"]);
    haul.turns = vec![turn("new", 5 * DAY_MS, Status::Operational), turn("old", 0, Status::Operational)];
    haul.covers = Some(UnixMs(BEGIN + 9 * DAY_MS));
    let board = board(&past(haul, &["old", "new", "mute"]));
    let began: Vec<i64> = board.components.iter().map(|part| (part.began.0 - BEGIN) / DAY_MS).collect();
    assert_eq!(began, [0, 5, 9]);
    let names: Vec<&str> = board.components.iter().map(|part| part.definition.id.as_str()).collect();
    assert_eq!(names, ["old", "new", "mute"]);
}

#[test]
fn many_components_that_came_one_after_the_other_make_few_layouts() {
    let ids: Vec<String> = (0..200).map(|number| format!("part-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut haul = haul(&ids);
    haul.turns = ids.iter().zip(0..).map(|(id, day)| turn(id, day * DAY_MS, Status::Operational)).collect();
    let past = past(haul, &ids);
    assert!(past.layouts.len() <= IMPORT_LAYOUTS_MAX, "{}", past.layouts.len());
    let board = board(&past);
    assert!(board.components.iter().zip(0..).all(|(part, day)| part.began <= UnixMs(BEGIN + day * DAY_MS)));
}

#[test]
fn an_incident_that_ended_long_ago_may_still_get_its_postmortem() {
    let mut haul = haul(&["api"]);
    let at = |days: i64| UnixMs(BEGIN + days * DAY_MS);
    let said = vec![
        Said::new(at(0), IncidentStatus::Investigating, "Looking."),
        Said::new(at(1), IncidentStatus::Resolved, "Over."),
        Said::new(at(90), IncidentStatus::Postmortem, "What happened: *this*."),
    ];
    haul.incidents = vec![pharos_import::Incident::new("API down", at(0), said)];
    haul.covers = Some(at(91));
    let board = board(&past(haul, &["api"]));
    // It is too old for the board when it is written, and stands in the store.
    assert!(board.incidents.is_empty());
}

#[test]
fn incidents_of_the_same_day_and_title_have_names_of_their_own() {
    let mut haul = haul(&["api"]);
    let at = UnixMs(BEGIN);
    let one =
        || pharos_import::Incident::new("Slow", at, vec![Said::new(at, IncidentStatus::Investigating, "")]);
    haul.incidents = vec![one(), one()];
    let board = board(&past(haul, &["api"]));
    let mut names: Vec<&str> = board.incidents.iter().map(|incident| incident.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["2026-01-01-slow", "2026-01-01-slow-2"]);
}

#[test]
fn what_people_wrote_is_made_safe_on_its_way_in() {
    let mut haul = haul(&["api"]);
    let at = UnixMs(BEGIN);
    let said = vec![Said::new(at, IncidentStatus::Investigating, "Do it <script>alert(1)</script> **now**")];
    haul.incidents = vec![pharos_import::Incident::new("Slow", at, said)];
    let board = board(&past(haul, &["api"]));
    let pharos_model::Transition::Written(said) = &board.incidents[0].updates[0].transition else { panic!() };
    assert!(said.html.plain().contains("<strong>now</strong>") && !said.html.plain().contains("<script"));
}

#[test]
fn maintenance_goes_through_its_life() {
    let mut haul = haul(&["api"]);
    let at = |hours: i64| UnixMs(BEGIN + hours * HOUR_MS);
    let said = |hours: i64, status| MaintenanceSaid { at: at(hours), status, body: "Words.".into() };
    haul.maintenances = vec![Maintenance {
        title: "Upgrade".into(),
        components: vec![id("api")],
        announced_at: at(0),
        scheduled_start: at(10),
        scheduled_end: at(12),
        status: MaintenanceStatus::Completed,
        started_at: Some(at(10)),
        ended_at: Some(at(11)),
        said: vec![
            said(0, MaintenanceStatus::Scheduled),
            said(10, MaintenanceStatus::InProgress),
            said(11, MaintenanceStatus::Completed),
        ],
        ..Maintenance::default()
    }];
    haul.covers = Some(at(20));
    let past = past(haul, &["api"]);
    let steps: Vec<MaintenanceStatus> =
        (0..3).map(|index| past.maintenances[0].step(index).unwrap().status).collect();
    assert_eq!(
        steps,
        [MaintenanceStatus::Scheduled, MaintenanceStatus::InProgress, MaintenanceStatus::Completed]
    );
    let known = &board(&past).maintenances[0];
    assert_eq!(
        (known.id.as_str(), known.updates.len(), known.ended_at),
        ("2026-01-01-upgrade", 3, Some(at(11)))
    );
    assert_eq!((known.announced_at, known.changed_at), (Some(at(0)), Some(at(11))));
}

#[test]
fn the_same_past_makes_the_same_journal_whatever_the_order_of_its_source() {
    let make = |is_reversed: bool| {
        let mut haul = haul(&["api", "web"]);
        haul.turns = vec![
            turn("api", 0, Status::Operational),
            turn("web", 1, Status::Operational),
            turn("api", 2, Status::PartialOutage),
        ];
        let incident = |title: &str, at: i64| {
            let at = UnixMs(BEGIN + at);
            pharos_import::Incident::new(title, at, vec![Said::new(at, IncidentStatus::Investigating, "x")])
        };
        haul.incidents = vec![incident("One", 5), incident("Two", 5), incident("One", 7)];
        if is_reversed {
            haul.turns.reverse();
            haul.incidents.reverse();
        }
        past(haul, &["api", "web"]).head().unwrap()
    };
    assert_eq!(make(false), make(true));
}

#[test]
fn days_begin_in_the_zone_of_the_page_also_where_clocks_change() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    // The last Sunday of March 2026 has 23 hours, that of October 25.
    let from = UnixMs(1_774_652_400_000);
    let found = days(&zone, (from, from.plus_ms(300 * 86_400_000)));
    let dates: Vec<i32> = found.iter().map(|day| day.date.0).collect();
    assert!(dates.windows(2).all(|pair| pair[1] == pair[0] + 1), "a day is missing");
    assert!(found.windows(2).any(|pair| pair[1].starts_at.since_ms(pair[0].starts_at) == 23 * 3_600_000));
}

#[test]
fn what_is_of_another_time_is_named() {
    let mut haul = haul(&["api"]);
    let at = |days: i64| UnixMs(BEGIN + days * DAY_MS);
    haul.turns = vec![turn("api", 3 * DAY_MS, Status::Operational)];
    let said = vec![Said::new(at(2), IncidentStatus::Investigating, "Looking.")];
    haul.incidents = vec![pharos_import::Incident::new("API down", at(2), said)];
    haul.maintenances = vec![Maintenance {
        title: "Upgrade".into(),
        components: vec![id("api")],
        announced_at: at(1),
        scheduled_start: at(9),
        scheduled_end: at(10),
        ..Maintenance::default()
    }];
    haul.covers = Some(at(4));
    let past = past(haul, &["api"]);
    let told = [1, 2, 3, 4].map(|days| past.told_at(at(days)));
    assert_eq!(
        told,
        ["the maintenance \"Upgrade\"", "the incident \"API down\"", "the component `api`", "the page"]
    );
}
