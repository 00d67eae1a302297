//! Which probes are handed out when.

use std::collections::{BTreeMap, BTreeSet};

use pharos_engine::CheckId;
use pharos_engine::desk::Command;

use crate::film::{Film, config, probe};

#[test]
fn every_check_is_looked_at_once_an_interval() {
    let mut film = Film::of(config(&[probe("api/a"), probe("api/b")]));
    film.answer_all(600);
    let mut counts: BTreeMap<CheckId, usize> = BTreeMap::new();
    for due in &film.probes {
        *counts.entry(due.check.clone()).or_default() += 1;
    }
    assert_eq!(counts.len(), 2);
    assert!(counts.values().all(|count| (20..=22).contains(count)), "{counts:?}");
}

#[test]
fn a_hint_has_a_check_looked_at_at_once_and_beside_its_schedule() {
    let mut film = Film::of(config(&[probe("api/a")]));
    film.answer_all(60);
    let before = film.probes.clone();
    film.hint("api/a");
    film.hint("api/a");
    assert_eq!(film.probes.len(), before.len() + 1, "a look that is under way is not doubled");
    assert_eq!(film.probes.last().unwrap().scheduled_at, film.moment(60));
    film.hint("api/nothing");
    film.pass(60);
    let later = film.probes[before.len() + 1..].iter().map(|due| due.scheduled_at);
    assert!(later.map(|slot| slot.since_ms(before[1].scheduled_at)).all(|ms| ms.is_multiple_of(30_000)));
}

#[test]
fn a_hint_does_not_wake_a_check_that_is_paused() {
    let mut film = Film::of(config(&[probe("api/a")]));
    film.answer_all(60);
    let check = CheckId("api/a".into());
    film.command(Command::PauseCheck { check, paused: true }).unwrap();
    let before = film.probes.len();
    film.hint("api/a");
    assert_eq!(film.probes.len(), before);
}

#[test]
fn what_was_seen_leaves_a_check_in_doubt_until_it_is_confirmed() {
    let mut film = Film::of(config(&[probe("api/a")]));
    film.play(&[("api/a", "..")]);
    assert!(!film.doubts("api/a"));
    film.look("api/a", 'X');
    assert!(film.doubts("api/a"));
    film.look("api/a", 'X');
    assert!(!film.doubts("api/a"));
}

#[test]
fn no_slot_is_handed_out_twice() {
    let page = || config(&[probe("api/a"), probe("api/b")]);
    let mut film = Film::of(page());
    film.answer_all(120);
    film.restart_after(2, page());
    film.answer_all(120);
    film.freeze(300);
    film.answer_all(120);
    film.configure(config(&[probe("api/a"), probe("api/c")]));
    film.answer_all(120);
    let slots: BTreeSet<_> = film.probes.iter().map(|due| (due.check.clone(), due.scheduled_at)).collect();
    assert_eq!(slots.len(), film.probes.len());
}

#[test]
fn a_probe_that_has_not_come_back_is_not_sent_again_until_it_is_lost() {
    let mut film = Film::of(config(&[probe("api/a")]));
    film.pass(29);
    assert!(film.probes.len() <= 2, "{:?}", film.probes);
    film.pass(120);
    // Lost 20 s after it was sent: from then on the next slot is used.
    assert!((4..=6).contains(&film.probes.len()), "{:?}", film.probes);
}

#[test]
fn the_first_look_comes_within_seconds_of_a_start() {
    let mut film = Film::of(config(&[probe("api/a"), probe("web/a"), probe("db/a")]));
    film.pass(4);
    let seen: BTreeSet<_> = film.probes.iter().map(|due| due.check.clone()).collect();
    assert_eq!(seen.len(), 3);
}
