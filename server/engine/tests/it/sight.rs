//! A watcher that lost its own network: reference targets.

use pharos_engine::Check;
use pharos_model::Status;

use crate::film::{Film, config, heartbeat, probe};

fn film(more: &[Check]) -> Film {
    let checks: Vec<Check> = [probe("@/dns"), probe("@/ntp")].into_iter().chain(more.to_vec()).collect();
    Film::of(config(&checks))
}

#[test]
fn failures_while_all_references_fail_too_are_no_outage() {
    let mut film = film(&[probe("api/http")]);
    film.play(&[("@/dns", "..XXXX"), ("@/ntp", "..XXXX"), ("api/http", "..XXXX")]);
    assert_eq!(film.spans("api"), "U0 O30 U90");
    assert!(film.said().is_empty());
    assert_eq!((film.count("blinded"), film.count("sighted")), (1, 0));
}

#[test]
fn one_answering_reference_suffices_to_see() {
    let mut film = film(&[probe("api/http")]);
    film.play(&[("@/dns", "..XXXX"), ("@/ntp", "......"), ("api/http", "..XXXX")]);
    assert_eq!(film.spans("api"), "U0 O30 M90");
    assert_eq!(film.count("blinded"), 0);
}

#[test]
fn a_failure_that_means_less_than_an_outage_is_not_believed_by_the_blind_either() {
    let mut film = film(&[Check { on_failure: Status::DegradedPerformance, ..probe("api/http") }]);
    film.play(&[("@/dns", "..XXXX"), ("@/ntp", "..XXXX"), ("api/http", "..XXXX")]);
    assert_eq!(film.spans("api"), "U0 O30 U90");
}

#[test]
fn failures_from_before_and_after_blindness_are_not_one_run() {
    let mut film = film(&[probe("api/http")]);
    film.play(&[("api/http", "..X"), ("@/dns", "..."), ("@/ntp", "...")]);
    film.play(&[("@/dns", "X."), ("@/ntp", "X."), ("api/http", "XX")]);
    assert_eq!(film.spans("api"), "U0 O30");
    film.play(&[("api/http", "X")]);
    assert_eq!(film.spans("api"), "U0 O30 M150");
}

#[test]
fn a_heartbeat_that_cannot_be_heard_is_not_missing() {
    let mut film = film(&[heartbeat("job/push")]);
    film.play(&[("@/dns", ".XXXXXX"), ("@/ntp", ".XXXXXX"), ("job/push", ".")]);
    assert_eq!(film.spans("job"), "U0 O30 U90");
    film.play(&[("@/dns", ".."), ("job/push", "-.")]);
    assert_eq!(film.spans("job"), "U0 O30 U90 O270");
    assert!(film.said().is_empty());
}

/// A job that reported at 30 and never again, while the watcher was blind for two seconds from each of these moments
/// on.
fn blinks(moments: &[u64]) -> Film {
    let mut film = film(&[heartbeat("job/push")]);
    film.play(&[("@/dns", "."), ("@/ntp", "."), ("job/push", ".")]);
    for moment in moments {
        film.pass(moment - film.now_s());
        film.look("@/dns", 'X');
        film.look("@/ntp", 'X');
        film.pass(2);
        film.look("@/dns", '.');
        film.look("@/ntp", '.');
    }
    film
}

#[test]
fn a_moment_of_blindness_before_a_report_is_due_changes_nothing() {
    let mut film = blinks(&[40, 50]);
    film.pass(69);
    assert_eq!(film.spans("job"), "U0 O30 M90");
}

#[test]
fn a_report_that_was_due_in_a_moment_of_blindness_may_have_been_missed() {
    let mut film = blinks(&[90]);
    film.pass(90);
    assert_eq!(film.spans("job"), "U0 O30 U90");
    film.pass(1);
    assert_eq!(film.spans("job"), "U0 O30 U90 M152");
}

#[test]
fn moments_of_blindness_never_keep_a_silent_job_green() {
    let film = blinks(&[50, 70, 90, 110, 130, 150, 170, 190, 210]);
    assert_eq!(film.spans("job"), "U0 O30 U90");
}

#[test]
fn a_missing_job_stays_missing_through_a_moment_of_blindness() {
    let film = blinks(&[122, 140, 160, 180]);
    assert_eq!(film.spans("job"), "U0 O30 M90");
}

#[test]
fn taking_the_references_away_ends_blindness() {
    let mut film = film(&[probe("api/http")]);
    film.play(&[("@/dns", "..XX"), ("@/ntp", "..XX"), ("api/http", "..XX")]);
    film.configure(config(&[probe("api/http")]));
    assert_eq!(film.count("sighted"), 1);
    film.play(&[("api/http", "XX")]);
    assert_eq!(film.spans("api"), "U0 O30 U90 M150");
}

#[test]
fn a_restart_while_blind_stays_blind_until_a_reference_answers() {
    let checks = [probe("@/dns"), probe("@/ntp"), probe("api/http")];
    let mut film = Film::of(config(&checks));
    film.play(&[("@/dns", "..XX"), ("@/ntp", "..XX"), ("api/http", "..XX")]);
    film.restart_after(3, config(&checks));
    film.play(&[("@/dns", "X"), ("api/http", "X")]);
    assert_eq!((film.count("blinded"), film.count("sighted")), (1, 0));
    film.play(&[("@/ntp", ".")]);
    assert_eq!(film.count("sighted"), 1);
}
