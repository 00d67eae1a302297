//! Components that need others: one incident names the root and lists what suffers.

use pharos_engine::redundancy::{MemberRule, Rule};
use pharos_engine::{AutoIncident, Check, Config, PlannedMaintenance, Source};
use pharos_model::{
    ComponentDefinition, ComponentId, IncidentId, IncidentStatus, MaintenanceId, Policy, Status, Text, UnixMs,
};

use crate::desk::{says, update};
use crate::film::{Film, config, probe, with_needs, with_policy};

const OF_DB: &str = "2026-11-23-db";
const OF_WEB: &str = "2026-11-23-web";

/// `web` and `shop` need `db`.
fn page() -> Config {
    let checks = ["db/http", "web/http", "shop/http"].map(probe);
    let page = with_policy(config(&checks), AutoIncident::Publish, 60);
    with_needs(page, &[("web", &["db"]), ("shop", &["db"])])
}

fn names(film: &Film, id: &str) -> Vec<String> {
    film.incident(id).components.iter().map(ToString::to_string).collect()
}

fn root(film: &Film, id: &str) -> Option<String> {
    film.incident(id).root.as_ref().map(ToString::to_string)
}

#[test]
fn what_fails_with_its_root_is_told_in_the_incident_of_the_root() {
    let mut film = Film::of(page());
    film.play(&[("db/http", "..XX"), ("web/http", "..XX"), ("shop/http", "..XX")]);
    let said = ["120 2026-11-23-db opened", "120 Detected(MajorOutage)", "120 Detected(MajorOutage)"];
    assert_eq!(film.said(), said);
    assert_eq!(names(&film, OF_DB), ["db", "web", "shop"]);
    assert_eq!(root(&film, OF_DB).as_deref(), Some("db"));
}

#[test]
fn an_incident_of_one_component_names_no_root() {
    let mut film = Film::of(page());
    film.play(&[("db/http", "..XX"), ("web/http", "...."), ("shop/http", "....")]);
    assert_eq!((names(&film, OF_DB), root(&film, OF_DB)), (vec!["db".to_owned()], None));
}

#[test]
fn what_fails_alone_has_an_incident_of_its_own() {
    let mut film = Film::of(page());
    film.play(&[("db/http", "...."), ("web/http", "..XX"), ("shop/http", "....")]);
    assert_eq!(film.said(), ["120 2026-11-23-web opened"]);
}

#[test]
fn an_outage_waits_a_moment_for_a_root_that_is_noticed_later() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XX"), ("db/http", "..-X"), ("shop/http", "....")]);
    assert_eq!(film.said(), Vec::<String>::new());
    film.pass(10);
    film.look("db/http", 'X');
    film.pass(1);
    assert_eq!(film.said(), ["130 2026-11-23-db opened", "131 Detected(MajorOutage)"]);
}

#[test]
fn the_checks_of_what_is_needed_are_run_at_once_when_something_fails() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XX"), ("db/http", "..--"), ("shop/http", "....")]);
    // By their own slots they run once in this time.
    let before = film.probes.len();
    film.pass(29);
    let asked = film.probes[before..].iter().filter(|due| due.check.0 == "db/http").count();
    assert!(asked >= 2, "asked {asked} times");
}

#[test]
fn an_outage_waits_no_longer_than_that() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XX"), ("db/http", "..--"), ("shop/http", "....")]);
    film.pass(29);
    assert_eq!(film.said(), Vec::<String>::new());
    film.pass(1);
    assert_eq!(film.said(), ["150 2026-11-23-web opened"]);
}

#[test]
fn an_incident_that_was_told_before_its_root_is_merged_into_that_of_the_root() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XX"), ("db/http", "..--"), ("shop/http", "....")]);
    film.pass(30);
    film.look("db/http", 'X');
    film.pass(5);
    film.look("db/http", 'X');
    let merged = format!("155 Merged(IncidentId({OF_DB:?}))");
    let said =
        ["150 2026-11-23-web opened", "155 2026-11-23-db opened", "155 Detected(MajorOutage)", &merged];
    assert_eq!(film.said(), said.map(str::to_owned));
    assert_eq!(
        (names(&film, OF_DB), film.incident(OF_WEB).is_open()),
        (vec!["db".to_owned(), "web".to_owned()], false)
    );
}

#[test]
fn what_has_recovered_is_not_gathered_into_the_incident_of_a_root() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XX"), ("db/http", "..--"), ("shop/http", "....")]);
    film.pass(30);
    film.play(&[("web/http", ".."), ("db/http", "XX"), ("shop/http", "..")]);
    assert_eq!(names(&film, OF_DB), ["db"]);
    assert_eq!(film.incident(OF_WEB).status, IncidentStatus::Monitoring);
}

#[test]
fn what_failed_long_before_does_not_suffer_from_it() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..XXXXXXXX"), ("db/http", "......XX"), ("shop/http", "..........")]);
    assert_eq!(film.said(), ["120 2026-11-23-web opened", "240 2026-11-23-db opened"]);
}

#[test]
fn the_furthest_that_fails_is_the_root() {
    let page = with_needs(page(), &[("web", &["shop"]), ("shop", &["db"])]);
    let mut film = Film::of(page);
    film.play(&[("db/http", "..XX"), ("shop/http", "..XX"), ("web/http", "..XX")]);
    assert_eq!(
        (names(&film, OF_DB), root(&film, OF_DB).as_deref()),
        (vec!["db".into(), "shop".into(), "web".into()], Some("db"))
    );
}

#[test]
fn what_is_needed_through_something_that_works_explains_nothing() {
    let page = with_needs(page(), &[("web", &["shop"]), ("shop", &["db"])]);
    let mut film = Film::of(page);
    film.play(&[("db/http", "..XX"), ("shop/http", "...."), ("web/http", "..XX")]);
    film.pass(31);
    assert_eq!(film.said().len(), 2, "{:?}", film.said());
}

#[test]
fn the_incident_of_a_root_goes_on_until_all_that_suffered_are_well() {
    let mut film = Film::of(page());
    film.play(&[("db/http", "..XX......"), ("web/http", "..XXXXXX.."), ("shop/http", "..........")]);
    let said = film.said();
    assert!(!said.iter().any(|line| line.contains("Recovering") && !line.starts_with("300")), "{said:?}");
    film.play(&[("db/http", "...."), ("web/http", "...."), ("shop/http", "....")]);
    assert!(!film.incident(OF_DB).is_open(), "{:?}", film.said());
}

#[test]
fn two_statuses_are_not_told_in_turns() {
    let mut web = probe("web/http");
    web.on_failure = Status::PartialOutage;
    let page = with_policy(config(&[probe("db/http"), web]), AutoIncident::Publish, 60);
    let mut film = Film::of(with_needs(page, &[("web", &["db"])]));
    film.play(&[("db/http", "..XXXXXX"), ("web/http", "..XXXXXX")]);
    assert_eq!(film.said(), ["120 2026-11-23-db opened", "120 Detected(PartialOutage)"]);
}

#[test]
fn beside_a_root_that_a_person_tells_of_nothing_opens() {
    let mut film = Film::of(page());
    film.play(&[("db/http", "..XX"), ("web/http", "...."), ("shop/http", "....")]);
    update(&mut film, &IncidentId::new(OF_DB).unwrap(), says(IncidentStatus::Identified, &[])).unwrap();
    film.play(&[("db/http", "XX"), ("web/http", "XX"), ("shop/http", "..")]);
    film.pass(60);
    assert_eq!(film.count("incident_opened"), 1);
    assert_eq!(names(&film, OF_DB), ["db"]);
}

#[test]
fn under_maintenance_nothing_is_a_root() {
    let mut page = page();
    let noon_ms = 1_795_435_200_000;
    page.maintenances.push(PlannedMaintenance {
        id: MaintenanceId::new("work").unwrap(),
        title: "Work".into(),
        description: Text::default(),
        components: vec![ComponentId::new("db").unwrap()],
        scheduled_start: UnixMs(noon_ms + 50_000),
        scheduled_end: UnixMs(noon_ms + 500_000),
    });
    let mut film = Film::of(page);
    film.play(&[("db/http", "..XX"), ("web/http", "..XX"), ("shop/http", "....")]);
    film.pass(31);
    assert_eq!(names(&film, OF_WEB), ["web"]);
}

#[test]
fn a_root_may_lie_below_the_members_of_what_fails() {
    let checks: Vec<Check> = ["db/http", "a/http", "b/http"].map(probe).into();
    let mut page = with_policy(config(&checks), AutoIncident::Publish, 60);
    page.definition
        .components
        .push(ComponentDefinition::new(ComponentId::new("pair").unwrap(), "Pair".into()));
    for id in ["a", "b"] {
        page.incidents.get_mut(&ComponentId::new(id).unwrap()).unwrap().auto = AutoIncident::Off;
    }
    let member = |id: &str| MemberRule { component: ComponentId::new(id).unwrap(), weight: 1, role: None };
    let rule = Rule {
        policy: Policy::Any,
        members: vec![member("a"), member("b")],
        switch_time_ms: 0,
        degraded_without: true,
        rto_objective_ms: None,
        rpo_objective_ms: None,
        common_cause_ppm: 50_000,
        is_public: true,
    };
    page.redundancy.insert(ComponentId::new("pair").unwrap(), rule);
    let mut film = Film::of(with_needs(page, &[("a", &["db"]), ("b", &["db"])]));
    film.play(&[("db/http", "..XX"), ("a/http", "..XX"), ("b/http", "..XX")]);
    assert_eq!(names(&film, OF_DB), ["db", "pair"]);
}

#[test]
fn a_check_that_is_looked_at_seldom_is_believed_when_it_comes() {
    let mut db = probe("db/http");
    db.source = Source::Probe { interval_ms: 300_000, timeout_ms: 10_000 };
    let page = with_policy(config(&[db, probe("web/http")]), AutoIncident::Publish, 60);
    let mut film = Film::of(with_needs(page, &[("web", &["db"])]));
    film.play(&[("db/http", "..----XX"), ("web/http", "..XXXXXX")]);
    assert_eq!(names(&film, OF_DB), ["db", "web"]);
    assert!(!film.incident(OF_WEB).is_open());
}
