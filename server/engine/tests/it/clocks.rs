//! Wall clocks that jump, and days that are not 24 hours long.

use pharos_engine::{Fact, Fold};
use pharos_model::{Change, Status, UnixMs};

use crate::film::{Film, config, in_zone, probe};

fn watched() -> Film {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "....")]);
    film
}

#[test]
fn a_clock_set_forward_leaves_unknown_time() {
    let mut film = watched();
    film.move_clock(3_600);
    film.pass(1);
    film.play(&[("api/http", ".")]);
    assert_eq!(film.spans("api"), "U0 O30 U121 O3751");
    assert_eq!(film.count("clock_stepped"), 1);
}

#[test]
fn a_clock_set_back_never_takes_the_journal_back() {
    let mut film = watched();
    film.pass(3_600 - 120);
    film.play(&[("api/http", ".")]);
    film.move_clock(-1_800);
    film.play(&[("api/http", "..XX")]);
    let times: Vec<u64> = film.facts.iter().map(|(at_s, _)| *at_s).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(film.fold.board.components[0].status, Status::MajorOutage);
}

#[test]
fn a_private_entry_keeps_time_from_running_back_too() {
    // The second check's verdict changes nothing on the page, so that only a private entry bears its time.
    let mut film = Film::of(config(&[probe("api/a"), probe("api/b")]));
    film.play(&[("api/a", "..XXXX"), ("api/b", "....XX")]);
    film.move_clock(-60);
    film.play(&[("api/a", "."), ("api/b", ".")]);
    let times: Vec<u64> = film.facts.iter().map(|(at_s, _)| *at_s).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn looks_after_a_clock_was_set_back_are_believed() {
    let mut film = watched();
    film.move_clock(-600);
    film.play(&[("api/http", "..XX")]);
    assert_eq!(film.fold.board.components[0].status, Status::MajorOutage);
}

#[test]
fn a_clock_set_back_while_nobody_watched_makes_everything_unknown() {
    let mut film = watched();
    film.pass(60);
    film.move_clock(-50);
    film.restart_after(3, config(&[probe("api/http")]));
    assert_eq!(film.fold.board.components[0].status, Status::Unknown);
}

#[test]
fn a_correction_below_two_seconds_is_nothing() {
    let mut film = watched();
    film.move_clock(1);
    film.play(&[("api/http", "..")]);
    film.move_clock(-1);
    film.play(&[("api/http", "..")]);
    assert_eq!((film.spans("api").as_str(), film.count("clock_stepped")), ("U0 O30", 0));
}

#[test]
fn days_are_as_long_as_they_are_in_the_zone_of_the_page() {
    for (zone, begin, hours) in [
        ("Europe/Berlin", "2026-03-28T12:00:00Z", 23),
        ("Europe/Berlin", "2026-10-24T12:00:00Z", 25),
        ("America/New_York", "2026-03-07T18:00:00Z", 23),
        ("Asia/Kathmandu", "2026-10-24T12:00:00Z", 24),
        ("UTC", "2025-12-31T12:00:00Z", 24),
    ] {
        let mut film = Film::at(begin, in_zone(config(&[probe("api/http")]), zone));
        for _ in 0..13 {
            film.pass_quietly(6 * 3_600);
        }
        let days = &film.fold.board.days;
        assert_eq!(days[2].starts_at.since_ms(days[1].starts_at), hours * 3_600_000, "{zone} {begin}");
    }
}

#[test]
fn half_an_hour_of_daylight_saving_is_half_an_hour() {
    let mut film =
        Film::at("2026-04-03T20:00:00Z", in_zone(config(&[probe("api/http")]), "Australia/Lord_Howe"));
    for _ in 0..13 {
        film.pass_quietly(6 * 3_600);
    }
    let days = &film.fold.board.days;
    let lengths: Vec<u64> =
        days.windows(2).map(|pair| pair[1].starts_at.since_ms(pair[0].starts_at)).collect();
    assert!(lengths.contains(&(24 * 3_600_000 + 1_800_000)), "{lengths:?}");
}

#[test]
fn a_quiet_hour_ends_with_a_checkpoint() {
    let mut film = watched();
    film.play(&[("api/http", &".".repeat(130))]);
    assert_eq!(film.count("checkpoint"), 1);
    let checkpoint = film.facts.iter().find(|(_, fact)| *fact == Fact::Public(Change::Checkpoint)).unwrap();
    assert_eq!(checkpoint.0, 3_630);
}

#[test]
fn an_old_fold_without_a_time_of_its_own_can_be_read() {
    let fold = watched().fold;
    let mut json = serde_json::to_value(&fold).unwrap();
    json.as_object_mut().unwrap().remove("at");
    let read: Fold = serde_json::from_value(json).unwrap();
    assert_eq!((read.at, read.board), (UnixMs(0), fold.board));
}
