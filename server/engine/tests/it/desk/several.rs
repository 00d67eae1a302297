//! Incidents that tell of several components: led as one, whatever each of them does.

use IncidentStatus::{Identified, Investigating, Resolved};
use pharos_engine::desk::{Command, IncidentEdit, Refusal};
use pharos_model::{IncidentId, IncidentStatus, Transition};

use super::{component, open, page, prose, says, update};
use crate::film::Film;

/// What an operator writes over an incident: that it concerns these.
fn concern(film: &mut Film, id: &IncidentId, components: &[&str]) {
    let components = Some(components.iter().map(|id| component(id)).collect());
    let edit = Box::new(IncidentEdit { components, ..IncidentEdit::default() });
    film.command(Command::EditIncident { id: id.clone(), revision: None, edit }).unwrap();
}

fn api() -> IncidentId {
    IncidentId::new("2026-11-23-api").unwrap()
}

#[test]
fn an_incident_of_one_that_is_well_and_one_that_is_out_does_not_say_both_by_turns() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX"), ("web/http", "....")]);
    concern(&mut film, &api(), &["api", "web"]);
    film.play(&[("api/http", "XXXXXXXXXX"), ("web/http", "..........")]);
    assert_eq!(film.said(), ["120 2026-11-23-api opened", "120 2026-11-23-api changed"]);
}

#[test]
fn an_incident_ends_when_all_of_its_components_have_stayed_well() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX"), ("web/http", "..XX")]);
    film.command(Command::MergeIncident {
        id: IncidentId::new("2026-11-23-web").unwrap(),
        revision: None,
        into: api(),
    })
    .unwrap();
    let before = film.said().len();
    film.play(&[("api/http", "......"), ("web/http", "XXXX..")]);
    assert!(film.incident("2026-11-23-api").is_open());
    film.play(&[("api/http", "..."), ("web/http", "...")]);
    assert_eq!(film.said()[before..], ["300 Recovering", "360 Resolved"]);
}

#[test]
fn a_component_that_nothing_looks_at_holds_no_incident_open() {
    let mut page = page();
    page.checks.retain(|check| check.id.0 != "web/http");
    let mut film = Film::of(page);
    film.play(&[("api/http", "..XX")]);
    concern(&mut film, &api(), &["api", "web"]);
    film.play(&[("api/http", "......")]);
    assert!(!film.incident("2026-11-23-api").is_open());
}

#[test]
fn an_incident_of_which_all_has_been_said_can_still_be_ended_and_no_words_are_lost() {
    let mut film = Film::of(page());
    let id = open(&mut film, "Slow", says(Investigating, &[])).unwrap();
    for _ in 1..200 {
        update(&mut film, &id, says(Identified, &[])).unwrap();
    }
    let more = update(&mut film, &id, says(Identified, &[]));
    assert!(matches!(more, Err(Refusal::Full { max: 200, .. })), "{more:?}");
    let last = super::NewUpdate { body: prose("All is well."), ..says(Resolved, &[]) };
    update(&mut film, &id, last).unwrap();
    let known = film.incident(id.as_str());
    assert_eq!((known.is_open(), known.updates.len()), (false, 201));
}

#[test]
fn what_the_checks_add_to_an_incident_that_is_full_replaces_no_words() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    for _ in 1..200 {
        let said = super::NewUpdate { annotates: true, ..says(Identified, &[]) };
        update(&mut film, &api(), said).unwrap();
    }
    film.play(&[("api/http", "......")]);
    let known = film.incident("2026-11-23-api");
    let words = known.updates.iter().filter(|said| matches!(said.transition, Transition::Written(_))).count();
    assert_eq!((known.is_open(), words, known.updates.len()), (false, 199, 201));
}
