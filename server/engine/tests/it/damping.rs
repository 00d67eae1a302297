//! From looks to a status: confirmation, dating back, several checks, stale evidence.

use pharos_engine::Check;
use pharos_model::Status;

use crate::film::{Film, config, probe};

/// What the page says after these looks of one check, one every 30 s.
fn check(looks: &str, expected: &str) {
    check_of(probe("api/http"), looks, expected);
}

fn check_of(check: Check, looks: &str, expected: &str) {
    let id = check.id.0.clone();
    let mut film = Film::of(config(&[check]));
    film.play(&[(&id, looks)]);
    assert_eq!(film.spans("api"), expected, "{looks}");
}

#[test]
fn a_component_is_unknown_until_the_first_good_look() {
    check("?.", "U0 O60");
}

#[test]
fn an_outage_is_dated_back_to_the_first_look_that_showed_it() {
    check("..XXX", "U0 O30 M90");
}

#[test]
fn a_recovery_is_dated_back_to_the_first_good_look() {
    check(".XXX..", "U0 O30 M60 O150");
}

#[test]
fn a_single_failure_shows_nothing() {
    check("..X..X.", "U0 O30");
}

#[test]
fn an_outage_from_the_start_is_shown_from_its_first_look_on() {
    check("XX", "U0 M30");
}

#[test]
fn a_slow_answer_is_degraded_performance() {
    let slow = Check { degraded_over_ms: Some(500), ..probe("api/http") };
    check_of(slow, ".ss..", "U0 O30 D60 O120");
    check("ss", "U0 O30");
}

#[test]
fn a_failure_means_what_the_check_says_it_means() {
    let minor = Check { on_failure: Status::DegradedPerformance, ..probe("api/http") };
    check_of(minor, ".XX", "U0 O30 D60");
}

#[test]
fn a_component_is_as_bad_as_its_worst_check() {
    let mut film = Film::of(config(&[probe("api/a"), probe("api/b")]));
    film.play(&[("api/a", "..XX...."), ("api/b", "...dddd.")]);
    assert_eq!(film.spans("api"), "U0 O30 M90 D150");
}

#[test]
fn an_outage_ends_only_when_the_last_failing_check_works_again() {
    // The second check works again at 150, before the first does at 180, but takes longer to be believed.
    let slow = Check { up_after: 4, ..probe("api/b") };
    let mut film = Film::of(config(&[probe("api/a"), slow]));
    film.play(&[("api/a", ".XXXX..."), ("api/b", ".XXX....")]);
    assert_eq!(film.spans("api"), "U0 O30 M60 O180");
}

#[test]
fn stale_evidence_is_no_evidence() {
    // The last look is at 60; 30 s later one should have come.
    check("..----", "U0 O30 U90");
}

#[test]
fn looks_far_apart_do_not_confirm_each_other() {
    check("?X------X", "U0");
    check("?X------XX", "U0 M270");
}

#[test]
fn not_being_able_to_look_makes_evidence_stale_too() {
    check("..????", "U0 O30 U90");
}

#[test]
fn a_look_that_comes_back_out_of_order_changes_nothing() {
    let mut film = Film::of(config(&[Check { down_after: 1, ..probe("api/http") }]));
    film.play(&[("api/http", "..")]);
    film.look_begun_at("api/http", 'X', 45);
    assert_eq!(film.spans("api"), "U0 O30");
}

#[test]
fn a_look_that_took_so_long_that_it_is_stale_changes_nothing() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.pass(100);
    film.look_begun_at("api/http", '.', 20);
    assert_eq!(film.spans("api"), "U0");
}

#[test]
fn two_checks_that_fall_silent_together_are_dated_to_the_earlier_silence() {
    let mut film = Film::of(config(&[probe("api/a"), probe("api/b")]));
    film.pass(30);
    film.look("api/b", '.');
    film.look_begun_at("api/a", '.', 29);
    film.pass(200);
    assert_eq!(film.spans("api"), "U0 O30 U59");
}
