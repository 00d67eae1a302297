//! Configurations read while watching.

use std::collections::BTreeSet;

use pharos_engine::{AutoIncident, Check, CheckId, Config, Fact, Source};
use pharos_model::{ComponentId, FurtherPage, Page, PageId, Status};

use crate::film::{Film, config, in_zone, probe, with_policy};

#[test]
fn a_configuration_read_anew_without_a_change_records_nothing() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    let before = film.facts.len();
    film.configure(config(&[probe("api/http")]));
    assert_eq!(film.facts.len(), before);
}

#[test]
fn a_component_keeps_its_history_when_another_joins() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "..XX")]);
    film.configure(config(&[probe("web/http"), probe("api/http")]));
    assert_eq!((film.spans("api").as_str(), film.spans("web").as_str()), ("U0 O30 M90", "U120"));
    assert_eq!(film.fold.board.components[0].definition.id.as_str(), "web");
}

#[test]
fn a_new_check_makes_its_component_unknown_until_it_was_looked_at() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    film.configure(config(&[probe("api/http"), probe("api/tls")]));
    film.pass(5);
    film.look("api/tls", '.');
    assert_eq!(film.spans("api"), "U0 O30 U60 O65");
}

#[test]
fn a_failing_check_that_is_removed_ends_its_outage_now_and_not_before() {
    let mut film = Film::of(config(&[probe("api/http"), probe("api/tls")]));
    film.play(&[("api/http", "...."), ("api/tls", "..XX")]);
    film.configure(config(&[probe("api/http")]));
    assert_eq!(film.spans("api"), "U0 O30 M90 O120");
    assert_eq!(film.count("check_removed"), 1);
}

#[test]
fn reading_a_changed_definition_again_and_again_is_no_evidence() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    for round in 0..8 {
        film.pass(20);
        film.configure(config(&[Check { down_after: 2 + round % 2, ..probe("api/http") }]));
    }
    assert_eq!(film.spans("api"), "U0 O30 U90");
}

#[test]
fn a_check_moves_to_another_component_with_its_verdict() {
    let mut film = Film::of(config(&[probe("api/a"), probe("api/b"), probe("web/http")]));
    film.play(&[("api/a", "...."), ("api/b", "..XX"), ("web/http", "....")]);
    let web = Some(ComponentId::new("web").unwrap());
    film.configure(config(&[probe("api/a"), Check { component: web, ..probe("api/b") }, probe("web/http")]));
    assert_eq!((film.spans("api").as_str(), film.spans("web").as_str()), ("U0 O30 M90 O120", "U0 O30 M120"));
}

#[test]
fn an_incident_opens_when_the_policy_is_turned_on_in_an_outage() {
    let page = config(&[probe("api/http")]);
    let mut film = Film::of(with_policy(page.clone(), AutoIncident::Off, 300));
    film.play(&[("api/http", "..XXX")]);
    film.configure(with_policy(page, AutoIncident::Publish, 300));
    assert_eq!(film.said(), ["150 2026-11-23-api opened"]);
}

#[test]
fn a_page_that_moves_east_begins_its_next_day_where_time_was_not_reckoned_yet() {
    let mut film = Film::at("2026-11-23T20:00:00Z", config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    // It is the 24th there already, for one hour and a half.
    film.configure(in_zone(config(&[probe("api/http")]), "Asia/Kathmandu"));
    film.play(&[("api/http", "..")]);
    let board = &film.fold.board;
    let total_ms: u64 = (0..board.days.len())
        .map(|i| board.components[0].day_tally(&board.days, i, board.at).total_ms())
        .sum();
    assert_eq!(board.days.len(), 2);
    assert_eq!(total_ms, board.at.since_ms(board.components[0].began));
}

#[test]
fn a_check_that_is_looked_at_otherwise_is_given_time_to_be_seen() {
    let mut film = Film::of(config(&[probe("api/http")]));
    film.play(&[("api/http", "..")]);
    film.pass(40);
    let quick = Source::Probe { interval_ms: 1_000, timeout_ms: 1_000 };
    film.configure(config(&[Check { source: quick, ..probe("api/http") }]));
    film.pass(2);
    film.look("api/http", '.');
    assert_eq!(film.spans("api"), "U0 O30");
    assert!(film.probes.iter().any(|due| due.check == CheckId("api/http".to_owned())));
}

fn further(name: &str) -> FurtherPage {
    FurtherPage {
        id: PageId::new("partners").unwrap(),
        host: String::new(),
        page: Page { name: name.into(), ..Page::default() },
        components: [ComponentId::new("api").unwrap()].into(),
        alone: BTreeSet::new(),
        groups: Vec::new(),
    }
}

#[test]
fn further_pages_are_recorded_when_they_change_and_keep_a_place_of_their_own() {
    let checks = [probe("api/http"), probe("web/http")];
    let page = |name: &str| Config { pages: vec![further(name)], ..config(&checks) };
    let mut film = Film::of(page("Partners"));
    let place = |film: &Film| film.fold.pages[0].seq;
    let begun = place(&film);
    film.configure(page("Partners"));
    for _ in 0..3 {
        film.pass(2);
        film.look("web/http", 'X');
    }
    assert_eq!(
        film.fold.board.component(&ComponentId::new("web").unwrap()).unwrap().status,
        Status::MajorOutage
    );
    assert_eq!(place(&film), begun, "what happens elsewhere is not heard");
    for _ in 0..3 {
        film.pass(2);
        film.look("api/http", '.');
    }
    let later = place(&film);
    assert!(later > begun);
    assert_eq!(film.fold.pages[0].seen(&film.fold.board).components.len(), 1);
    film.configure(page("Friends"));
    assert!(place(&film) > later);
    film.restart_after(1, page("Friends"));
    film.configure(config(&checks));
    assert_eq!(film.fold.pages, []);
    let recorded = film.facts.iter().filter(|(_, fact)| matches!(fact, Fact::PagesConfigured(_))).count();
    assert_eq!(recorded, 3);
}
