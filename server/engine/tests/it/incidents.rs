//! Incidents that Pharos opens and leads to their end by itself.

use pharos_engine::{AutoIncident, Check};
use pharos_model::{Impact, Indicator, Status, UnixMs};

use crate::film::{Film, config, probe, with_policy};

const NAME: &str = "2026-11-23-api";

fn film() -> Film {
    Film::of(with_policy(config(&[probe("api/http")]), AutoIncident::Publish, 300))
}

#[test]
fn an_outage_is_led_through_recovery_to_its_end() {
    let mut film = film();
    film.play(&[("api/http", "..XX..............")]);
    let said = ["120 2026-11-23-api opened", "180 Recovering", "480 Resolved"];
    assert_eq!(film.said(), said);
    let incident = film.incident(NAME);
    assert_eq!((incident.impact, incident.is_open()), (Impact::Major, false));
}

#[test]
fn an_incident_began_with_the_first_look_that_showed_it() {
    let mut film = film();
    film.play(&[("api/http", "..XX")]);
    let began = film.incident(NAME).began_at;
    let opened = film.incident(NAME).updated_at();
    assert_eq!(opened, UnixMs(began.0 + 30_000));
}

#[test]
fn a_relapse_while_being_watched_is_the_same_incident() {
    let mut film = film();
    film.play(&[("api/http", "..XX..XX............")]);
    let said = ["120 2026-11-23-api opened", "180 Recovering", "240 Relapsed(MajorOutage)", "300 Recovering"];
    assert_eq!(film.said()[..4], said);
    assert_eq!(film.count("incident_opened"), 1);
}

#[test]
fn another_outage_after_the_end_is_another_incident() {
    let mut film = film();
    film.play(&[("api/http", "..XX..............XX")]);
    assert_eq!(film.said().last().unwrap(), "600 2026-11-23-api-2 opened");
}

#[test]
fn an_outage_that_gets_worse_is_told_and_keeps_its_worst_impact() {
    let mut film = film();
    film.play(&[("api/http", "..ppXXpp")]);
    let said = ["120 2026-11-23-api opened", "180 Changed(MajorOutage)", "240 Changed(PartialOutage)"];
    assert_eq!(film.said(), said);
    assert_eq!(film.incident(NAME).impact, Impact::Major);
    assert_eq!(film.fold.board.indicator(), Indicator::Major);
}

#[test]
fn not_knowing_ends_no_incident() {
    let mut film = film();
    film.play(&[("api/http", "..XX")]);
    film.pass(3_600);
    assert_eq!(film.fold.board.components[0].status, Status::Unknown);
    assert_eq!(film.said().len(), 1);
    assert!(film.incident(NAME).is_open());
}

#[test]
fn an_absence_does_not_count_as_being_well() {
    let mut film = film();
    film.play(&[("api/http", "..XX..")]);
    film.restart_after(3_600, with_policy(config(&[probe("api/http")]), AutoIncident::Publish, 300));
    film.play(&[("api/http", "....")]);
    assert_eq!(film.said().last().unwrap(), "180 Recovering");
    film.play(&[("api/http", "........")]);
    assert!(film.said().last().unwrap().ends_with("Resolved"));
}

#[test]
fn a_restart_goes_on_with_the_open_incident() {
    let mut film = film();
    film.play(&[("api/http", "..XX")]);
    film.restart_after(3, with_policy(config(&[probe("api/http")]), AutoIncident::Publish, 300));
    film.play(&[("api/http", "XX..")]);
    assert_eq!(film.count("incident_opened"), 1);
    assert!(film.said()[1].ends_with("Recovering"));
}

#[test]
fn a_component_that_leaves_takes_its_incident_along() {
    let both = [probe("api/http"), probe("web/http")];
    let mut film = Film::of(config(&both));
    film.play(&[("api/http", "..XX"), ("web/http", "....")]);
    film.configure(config(&[probe("web/http")]));
    assert_eq!(film.said().last().unwrap(), "120 Withdrawn");
    assert_eq!(film.fold.board.indicator(), Indicator::None);
}

#[test]
fn where_the_policy_is_off_no_incident_opens() {
    let mut film = Film::of(with_policy(config(&[probe("api/http")]), AutoIncident::Off, 300));
    film.play(&[("api/http", "..XXX")]);
    assert_eq!(film.spans("api"), "U0 O30 M90");
    assert!(film.said().is_empty());
}

#[test]
fn degraded_performance_opens_no_incident() {
    let mut film = Film::of(config(&[Check { degraded_over_ms: Some(500), ..probe("api/http") }]));
    film.play(&[("api/http", "..ssss")]);
    assert_eq!(film.spans("api"), "U0 O30 D90");
    assert!(film.said().is_empty());
}

#[test]
fn a_name_is_never_given_twice_although_old_incidents_leave_the_board() {
    let mut eager = config(&[Check { down_after: 1, up_after: 1, ..probe("api/http") }]);
    eager = with_policy(eager, AutoIncident::Publish, 0);
    let mut film = Film::of(eager);
    for _ in 0..450 {
        film.pass(3);
        film.look("api/http", 'X');
        film.pass(1);
        film.look("api/http", '.');
        film.pass(2);
    }
    let mut names: Vec<String> = film
        .said()
        .into_iter()
        .filter(|line| line.ends_with("opened"))
        .map(|l| l[l.find(' ').unwrap()..].to_owned())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!((count, names.len()), (450, 450));
}
