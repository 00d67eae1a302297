//! Jobs that report by themselves, or do not.

use crate::film::{Film, config, heartbeat, probe};

#[test]
fn a_job_that_never_reported_is_not_judged() {
    let mut film = Film::of(config(&[heartbeat("job/push")]));
    film.pass(600);
    assert_eq!(film.spans("job"), "U0");
    assert!(film.said().is_empty());
}

#[test]
fn a_missing_report_is_an_outage_since_it_was_due() {
    let mut film = Film::of(config(&[heartbeat("job/push")]));
    film.play(&[("job/push", ".-.")]);
    film.pass(90);
    assert_eq!(film.spans("job"), "U0 O30");
    film.pass(1);
    assert_eq!(film.spans("job"), "U0 O30 M150");
}

#[test]
fn a_job_that_reports_again_works_again() {
    let mut film = Film::of(config(&[heartbeat("job/push")]));
    film.play(&[("job/push", ".-----.")]);
    assert_eq!(film.spans("job"), "U0 O30 M90 O210");
}

#[test]
fn silence_while_nobody_could_listen_is_unknown_and_not_an_outage() {
    let mut film = Film::of(config(&[heartbeat("job/push")]));
    film.play(&[("job/push", ".")]);
    film.restart_after(3_600, config(&[heartbeat("job/push")]));
    film.pass(80);
    assert_eq!(film.spans("job"), "U0");
    film.pass(20);
    assert_eq!(film.spans("job"), "U0 M3690");
}

#[test]
fn a_busy_core_finds_a_missing_report_without_ticks() {
    let mut film = Film::of(config(&[heartbeat("job/push"), probe("api/http")]));
    film.play(&[("job/push", ".")]);
    for _ in 0..100 {
        film.freeze(1);
        film.look("api/http", '.');
    }
    assert_eq!(film.spans("job"), "U0 O30 M90");
}
