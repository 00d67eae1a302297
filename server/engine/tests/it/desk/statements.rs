//! What operators state of a component beside what its checks find.

use pharos_engine::desk::{Command, NewMaintenance, NewStatement, Refusal};
use pharos_model::{IncidentStatus, Status, UnixMs};

use super::{component, field, open, page, says, update};
use crate::film::Film;

fn states(status: Status, until: Option<UnixMs>) -> Command {
    let statement = Some(Box::new(NewStatement { status, reason: "A false alarm".into(), until }));
    Command::State { component: component("api"), statement }
}

fn measured(film: &Film) -> Option<Status> {
    film.fold.board.component(&component("api")).unwrap().stated.as_ref().map(|stated| stated.measured)
}

#[test]
fn what_is_stated_counts_beside_what_is_measured_until_it_ends() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    film.command(states(Status::Operational, Some(film.moment(200)))).unwrap();
    assert_eq!((film.spans("api").as_str(), measured(&film)), ("U0 O30 M90 O120", Some(Status::MajorOutage)));
    film.play(&[("api/http", "XXXX")]);
    assert_eq!((film.spans("api").as_str(), measured(&film)), ("U0 O30 M90 O120 M200", None));
}

#[test]
fn what_the_checks_find_meanwhile_is_kept_and_rewrites_nothing() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    film.command(states(Status::MajorOutage, Some(film.moment(3_000)))).unwrap();
    film.play(&[("api/http", "XXXX..")]);
    assert_eq!(film.count("stated"), 3);
    film.command(Command::State { component: component("api"), statement: None }).unwrap();
    assert_eq!(film.spans("api"), "U0 O30 M60 O240");
}

#[test]
fn an_outage_that_is_stated_opens_no_incident_by_itself() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    film.command(states(Status::MajorOutage, Some(film.moment(3_000)))).unwrap();
    film.pass(30);
    assert_eq!(film.count("incident_opened"), 0);
}

#[test]
fn an_incident_of_the_checks_is_not_ended_by_a_word() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    film.command(states(Status::Operational, Some(film.moment(3_000)))).unwrap();
    film.play(&[("api/http", "XXXXXX")]);
    assert!(film.incident("2026-11-23-api").is_open());
}

#[test]
fn a_word_against_checks_needs_a_reason_and_an_end() {
    let mut film = Film::of(page());
    assert_eq!(field(film.command(states(Status::Operational, None))), "until");
    let silent =
        Some(Box::new(NewStatement { status: Status::Operational, reason: " ".into(), until: None }));
    let command = Command::State { component: component("api"), statement: silent };
    assert_eq!(field(film.command(command)), "reason");
    let nothing = film.command(Command::State { component: component("api"), statement: None });
    assert!(matches!(nothing, Err(Refusal::NotAllowed { .. })));
}

#[test]
fn a_word_outlasts_a_restart_and_time_in_which_nobody_watched() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    film.command(states(Status::PartialOutage, Some(film.moment(3_000)))).unwrap();
    film.restart_after(600, page());
    film.pass(5);
    assert_eq!(film.spans("api"), "U0 O30 U60 P660");
    film.freeze(100);
    film.pass(1);
    assert_eq!(measured(&film), Some(Status::Unknown));
}

#[test]
fn a_paused_check_is_not_looked_at_and_what_it_found_is_no_evidence_any_more() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    let check = pharos_engine::CheckId("api/http".into());
    film.command(Command::PauseCheck { check: check.clone(), paused: true }).unwrap();
    let before = film.probes.len();
    film.pass(120);
    assert!(film.probes[before..].iter().all(|due| due.check != check));
    assert_eq!(film.spans("api"), "U0 O30 U60");
    film.command(Command::PauseCheck { check: check.clone(), paused: false }).unwrap();
    film.pass(60);
    assert!(film.probes[before..].iter().any(|due| due.check == check));
    let twice = film.command(Command::PauseCheck { check, paused: false });
    assert!(matches!(twice, Err(Refusal::NotAllowed { .. })));
}

#[test]
fn a_check_that_is_to_be_run_is_run_at_once_and_not_twice() {
    let mut film = Film::of(page());
    film.answer_all(10);
    let check = pharos_engine::CheckId("api/http".into());
    let before = film.probes.len();
    film.command(Command::RunCheck { check: check.clone() }).unwrap();
    assert_eq!(film.probes.len(), before + 1);
    let again = film.command(Command::RunCheck { check });
    assert!(matches!(again, Err(Refusal::NotAllowed { .. })));
}

/// Two components, and a check for one of them only. The other is stated to work.
fn film_of_a_component_without_checks() -> Film {
    let mut page = page();
    page.checks.retain(|check| check.id.0 != "api/http");
    let mut film = Film::of(page);
    film.command(states(Status::Operational, None)).unwrap();
    film
}

#[test]
fn what_an_incident_says_of_a_component_without_checks_is_shown_over_what_is_stated() {
    let mut film = film_of_a_component_without_checks();
    film.pass(10);
    let said = says(IncidentStatus::Investigating, &[("api", Status::MajorOutage)]);
    let id = open(&mut film, "Out", said).unwrap();
    film.pass(10);
    update(&mut film, &id, says(IncidentStatus::Resolved, &[])).unwrap();
    film.pass(10);
    assert_eq!(film.spans("api"), "O0 M10 O20");
}

#[test]
fn maintenance_of_a_component_without_checks_is_shown_over_what_is_stated() {
    let mut film = film_of_a_component_without_checks();
    let work = NewMaintenance {
        title: "Work".into(),
        description: "".into(),
        components: vec![component("api")],
        scheduled_start: Some(film.moment(20)),
        scheduled_end: film.moment(60),
        verified_by_hand: false,
    };
    film.command(Command::PlanMaintenance(Box::new(work))).unwrap();
    film.pass(100);
    assert_eq!(film.spans("api"), "O0 W20 O60");
    assert_eq!(measured(&film), Some(Status::Unknown));
}
