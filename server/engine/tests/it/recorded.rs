//! Failovers as they are recorded: every moment lies within what is told of it, however long looks take.

use pharos_model::Policy;

use crate::film::Film;
use crate::redundancy::{page, pair, rule, serving};

#[test]
fn what_happens_during_a_long_look_lies_within_what_is_recorded() {
    let mut film = pair();
    film.play(&[("a/http", "11"), ("b/http", "22")]);
    // Each look takes nine seconds, so that what it finds may have become so well after it began.
    for (a, b) in [('X', '2'), ('X', '2'), ('X', '1')] {
        film.pass(30);
        let began_s = film.now_s() - 9;
        film.look_begun_at("a/http", a, began_s);
        film.look_begun_at("b/http", b, began_s);
    }
    assert_eq!(film.failovers(), ["failover a>b t0 60-90 t1 120 t2 111-141 lag 400"]);
}

#[test]
fn a_quorum_that_comes_back_was_out_until_the_last_failing_look_at_who_came_back() {
    let members = ["a", "b", "c"];
    let mut film = Film::of(page(&[("disk", rule(Policy::Quorum(2), &members))], &members));
    film.play(&[("a/http", "..XXXXXX"), ("b/http", "..XXXXX."), ("c/http", "........")]);
    film.play(&[("a/http", "XX"), ("b/http", ".."), ("c/http", "..")]);
    assert_eq!(
        film.failovers(),
        [
            "member_lost a>? t0 60-90 t1 120 t2 210-240 lost",
            "member_lost b>? t0 60-90 t1 120 t2 210-240 lost"
        ]
    );
}

#[test]
fn a_takeover_before_the_failure_is_certain_is_no_conflict() {
    let mut film = pair();
    film.play(&[("a/http", "11XXX"), ("b/http", "22111")]);
    let conflicts = film.facts.iter().filter(|(_, fact)| format!("{fact:?}").contains("Conflict"));
    assert_eq!(conflicts.count(), 0, "{:?}", film.facts);
    assert_eq!(serving(&film, "db").as_deref(), Some("b"));
}
