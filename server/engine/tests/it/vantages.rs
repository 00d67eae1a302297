//! One check looked at from several places.

use pharos_engine::{Check, CheckId, Config, Source, Vantages};
use pharos_model::{ComponentId, Status};

use crate::film::{Film, INTERVAL_S, config, probe};

/// The same check, looked at elsewhere.
fn remote(id: &str) -> Check {
    Check { source: Source::Remote { interval_ms: INTERVAL_S * 1_000, timeout_ms: 10_000 }, ..probe(id) }
}

const HERE: &str = "api/http";
const FRA: &str = "api/http@fra";
const SIN: &str = "api/http@sin";

/// `api` looked at from here and from two other places, and references beside.
fn from_three(down_when: usize) -> Config {
    let checks = [probe(HERE), remote(FRA), remote(SIN), probe("@/dns")];
    let vantages = Vantages { checks: [HERE, FRA, SIN].map(|id| CheckId(id.to_owned())).to_vec(), down_when };
    let component = ComponentId::new("api").unwrap();
    Config { vantages: [(component, vec![vantages])].into(), ..config(&checks) }
}

fn film() -> Film {
    Film::of(from_three(2))
}

#[test]
fn a_failure_that_one_place_sees_is_no_outage_and_operators_are_told() {
    let mut film = film();
    film.play(&[(HERE, "......"), (FRA, "..XXXX"), (SIN, "......")]);
    assert_eq!(film.spans("api"), "U0 O30");
    assert!(film.said().is_empty());
    assert_eq!(film.fold.verdicts[&CheckId(FRA.to_owned())].status, Status::MajorOutage);
}

#[test]
fn a_failure_that_two_places_see_is_an_outage_since_the_second_saw_it() {
    let mut film = film();
    film.play(&[(HERE, "......"), (FRA, "..XXXX"), (SIN, "...XXX")]);
    assert_eq!(film.spans("api"), "U0 O30 M120");
    film.play(&[(HERE, ".."), (FRA, ".."), (SIN, "XX")]);
    assert_eq!(film.spans("api"), "U0 O30 M120 O210");
}

#[test]
fn failures_of_two_places_that_never_meet_are_no_outage() {
    let mut film = film();
    film.play(&[(HERE, "........"), (FRA, ".XX....."), (SIN, ".....XX.")]);
    assert_eq!(film.spans("api"), "U0 O30");
}

#[test]
fn too_few_places_that_know_anything_are_no_evidence() {
    let mut film = film();
    film.play(&[(HERE, "..")]);
    assert_eq!(film.spans("api"), "U0");
    film.play(&[(HERE, "."), (FRA, ".")]);
    assert_eq!(film.spans("api"), "U0 O90");
}

#[test]
fn a_place_that_falls_silent_is_not_known_and_two_of_them_are_too_many() {
    let mut film = film();
    film.play(&[(HERE, "....."), (FRA, "....."), (SIN, ".----")]);
    assert_eq!(film.spans("api"), "U0 O30");
    let sin = &film.fold.verdicts[&CheckId(SIN.to_owned())];
    assert_eq!((sin.status, sin.since), (Status::Unknown, film.moment(60)));
    film.play(&[(HERE, "....")]);
    assert_eq!(film.spans("api"), "U0 O30 U180");
}

#[test]
fn what_a_blind_place_hands_in_counts_as_not_known() {
    let mut film = film();
    film.play(&[(HERE, "......"), (FRA, ".XX..."), (SIN, ".?????")]);
    assert_eq!(film.spans("api"), "U0 O30 U60 O120", "one that sees a failure and one that sees nothing");
    film.play(&[(HERE, "XX"), (FRA, "??"), (SIN, "??")]);
    assert!(!film.spans("api").contains('M'), "{}", film.spans("api"));
}

#[test]
fn what_comes_in_late_changes_no_verdict() {
    let mut film = film();
    film.play(&[(HERE, "..."), (FRA, "..."), (SIN, "...")]);
    // Older than what was taken last, and older than anything that still tells of now.
    for began_s in [31, 61, 62] {
        film.look_begun_at(FRA, 'X', began_s);
        film.look_begun_at(SIN, 'X', began_s);
    }
    film.pass(600);
    for began_s in [200, 230, 260] {
        film.look_begun_at(FRA, 'X', began_s);
        film.look_begun_at(SIN, 'X', began_s);
    }
    assert!(!film.spans("api").contains('M'), "{}", film.spans("api"));
}

#[test]
fn a_look_that_is_handed_in_twice_counts_once() {
    let mut film = film();
    film.play(&[(HERE, "..."), (FRA, "..."), (SIN, "...")]);
    // The second by a clock that is a little ahead.
    for (check, began_s) in [(FRA, 90), (SIN, 94)] {
        film.look_begun_at(check, 'X', began_s);
        film.pass(1);
        film.look_begun_at(check, 'X', began_s);
        let held = film.fold.verdicts[&CheckId(check.to_owned())].status;
        assert_eq!(held, Status::Operational, "{check}");
    }
}

#[test]
fn a_watcher_that_is_blind_itself_believes_those_who_see() {
    let mut film = film();
    film.play(&[("@/dns", "..XXXX"), (HERE, "..XXXX"), (FRA, "....XX"), (SIN, "....XX")]);
    assert_eq!(film.spans("api"), "U0 O30 M150");
}

#[test]
fn places_have_time_to_come_back_after_a_restart() {
    let mut film = film();
    film.play(&[(HERE, "..."), (FRA, "..."), (SIN, "...")]);
    film.restart_after(3, from_three(2));
    film.play(&[(HERE, "..")]);
    assert_eq!(film.spans("api"), "U0 O30");
    film.play(&[(HERE, "..")]);
    assert_eq!(film.spans("api"), "U0 O30 U93");
}

/// False outages in so many looks of which one in a hundred is lost, by a fixed sequence of draws.
fn false_outages(config: Config, checks: &[&str], looks: u32) -> usize {
    let mut film = Film::of(Config { silence_max_ms: 60_000, ..config });
    let mut state = 7_u64;
    let mut is_lost = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).is_multiple_of(100)
    };
    for _ in 0..looks {
        film.freeze(INTERVAL_S);
        for check in checks {
            film.look(check, if is_lost() { 'X' } else { '.' });
        }
    }
    film.facts.iter().filter(|(_, fact)| fact.kind() == "incident_opened").count()
}

#[test]
fn losses_that_make_one_place_cry_wolf_make_no_outage_of_two_in_three() {
    const A_MONTH: u32 = 30 * 86_400 / 30;
    let alone = false_outages(config(&[probe(HERE)]), &[HERE], A_MONTH);
    assert!((3..=20).contains(&alone), "{alone} where 9 are to be expected");
    assert_eq!(false_outages(from_three(2), &[HERE, FRA, SIN], A_MONTH), 0);
}
