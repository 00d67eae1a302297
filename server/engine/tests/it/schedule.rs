//! Which probes are handed out when.

use std::collections::{BTreeMap, BTreeSet};

use pharos_engine::CheckId;

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
