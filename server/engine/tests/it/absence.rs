//! When nobody watched: restarts, crashes, a stopped process.

use pharos_model::UnixMs;

use crate::film::{Film, config, heartbeat, in_zone, probe};

fn watched() -> Film {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "....")]);
    film
}

#[test]
fn a_quick_restart_is_not_seen() {
    let mut film = watched();
    film.restart_after(4, config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 O30");
}

#[test]
fn a_quick_restart_is_no_evidence() {
    let mut film = watched();
    film.restart_after(4, config(&[probe("api/http")]));
    film.pass(60);
    // At 124 the process began; a first look should have come back within 43 s.
    assert_eq!(film.spans("api"), "U0 O30 U124");
}

#[test]
fn time_without_a_watcher_is_unknown_until_somebody_looks() {
    let mut film = watched();
    film.restart_after(600, config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 O30 U120 O750");
}

#[test]
fn an_outage_is_not_claimed_for_the_time_nobody_watched() {
    let mut film = watched();
    film.play(&[("api/http", "XX")]);
    film.restart_after(600, config(&[probe("api/http")]));
    film.play(&[("api/http", "XX")]);
    assert_eq!(film.spans("api"), "U0 O30 M150 U180 M810");
}

#[test]
fn a_stopped_process_did_not_watch() {
    let mut film = watched();
    film.freeze(300);
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 O30 U120 O450");
}

#[test]
fn a_short_pause_is_nothing() {
    let mut film = watched();
    film.freeze(8);
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 O30");
}

#[test]
fn a_look_from_before_the_pause_does_not_vouch_for_it() {
    let mut film = watched();
    film.freeze(300);
    film.look_begun_at("api/http", '.', 119);
    assert_eq!(film.spans("api"), "U0 O30 U120");
    film.play(&[("api/http", ".")]);
    assert_eq!(film.spans("api"), "U0 O30 U120 O450");
}

#[test]
fn a_report_that_waited_through_the_pause_is_dated_after_it() {
    let mut film = Film::of(config(&[heartbeat("job/push")]));
    film.pass(30);
    film.look("job/push", '.');
    film.freeze(300);
    film.look("job/push", '.');
    assert_eq!(film.spans("job"), "U0 O330");
}

#[test]
fn a_pause_right_before_a_clean_end_is_not_signed_off_as_watched() {
    let mut film = watched();
    film.freeze(3_600);
    film.sign_off();
    film.restart_after(1, config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    assert_eq!(film.spans("api"), "U0 O30 U120 O3751");
}

#[test]
fn a_journal_that_nobody_ever_signed_off_is_unknown_since_its_last_entry() {
    let mut film = watched();
    film.forget_sign_of_life();
    film.restart_after(600, config(&[probe("api/http")]));
    // The last entry was recorded when the first look came in.
    assert_eq!(film.spans("api"), "U0");
    film.play(&[("api/http", ".")]);
    assert_eq!(film.spans("api"), "U0 O750");
}

#[test]
fn five_hours_away_over_midnight_and_a_change_of_clocks_are_unknown_to_the_millisecond() {
    let page = || in_zone(config(&[probe("api/http"), heartbeat("job/push")]), "Europe/Berlin");
    // 23:30 in Berlin; the clocks go from 2 to 3 o'clock in this night, so that five hours later it is 5:30.
    let mut film = Film::at("2026-03-28T22:30:00Z", page());
    film.play(&[("api/http", "..."), ("job/push", "...")]);
    film.restart_after(5 * 3_600, page());
    film.play(&[("api/http", "."), ("job/push", ".")]);
    let board = &film.fold.board;
    let unknown_ms = |index: usize| {
        board
            .components
            .iter()
            .map(|component| {
                component.day_tally(&board.days, index, board.at).of(pharos_model::Status::Unknown)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(board.days[1].starts_at, UnixMs(board.days[0].starts_at.0 + 86_400_000));
    // Unknown from the beginning to the first look at 30 s, then from 90 s on to midnight, 1,800 s in all.
    assert_eq!(unknown_ms(0), [30_000 + 1_710_000; 2]);
    // And from midnight on for what is left of the five hours, until the first look 30 s later.
    assert_eq!(unknown_ms(1), [18_000_000 - 1_710_000 + 30_000; 2]);
    assert!(board.incidents.is_empty());
}

#[test]
fn a_long_absence_leaves_every_day_in_place() {
    let mut film = watched();
    film.restart_after(200 * 86_400, config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    let board = &film.fold.board;
    assert_eq!(board.days.len(), 91);
    let uptime = board.uptime(&board.components[0], 90);
    assert!(uptime.coverage_bp < 2 && !uptime.covered, "{uptime:?}");
}
