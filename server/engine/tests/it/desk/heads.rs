//! What stands over an incident: changing it changes nothing that was said.

use IncidentStatus::{Investigating, Resolved};
use pharos_engine::desk::{Command, IncidentEdit, NewUpdate};
use pharos_model::{Affected, Impact, IncidentId, IncidentStatus, Status};

use super::{component, incident, open, page, says, update};
use crate::film::Film;

fn edit(film: &mut Film, id: &IncidentId, edit: IncidentEdit) {
    film.command(Command::EditIncident { id: id.clone(), revision: None, edit: Box::new(edit) }).unwrap();
}

fn merge(film: &mut Film, id: &IncidentId, into: &IncidentId) {
    film.command(Command::MergeIncident { id: id.clone(), revision: None, into: into.clone() }).unwrap();
}

#[test]
fn pinning_an_incident_does_not_lower_its_impact() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "XX")]);
    let mut new = incident("Slow", says(Investigating, &[]));
    new.components = vec![component("api")];
    film.command(Command::OpenIncident(Box::new(new))).unwrap();
    let id = IncidentId::new("2026-11-23-slow").unwrap();
    assert_eq!(film.incident(id.as_str()).impact, Impact::Major);
    edit(&mut film, &id, IncidentEdit { impact: Some(None), pinned: Some(true), ..IncidentEdit::default() });
    assert_eq!(film.incident(id.as_str()).impact, Impact::Major);
}

#[test]
fn a_component_that_an_incident_concerns_no_more_stays_in_what_was_said_and_is_not_shown_so() {
    let mut film = Film::of(page());
    film.play(&[("api/http", ".."), ("web/http", "..")]);
    let both = [("api", Status::PartialOutage), ("web", Status::PartialOutage)];
    let id = open(&mut film, "Slow", says(Investigating, &both)).unwrap();
    film.play(&[("api/http", "."), ("web/http", ".")]);
    let components = Some(vec![component("web")]);
    edit(&mut film, &id, IncidentEdit { components, ..IncidentEdit::default() });
    assert_eq!(film.incident(id.as_str()).updates[0].components.len(), 2);
    assert_eq!((film.spans("api").as_str(), film.spans("web").as_str()), ("U0 O30 P60 O90", "U0 O30 P60"));
}

#[test]
fn a_merged_incident_does_not_turn_its_components_green_during_their_outage() {
    let mut film = Film::of(page());
    film.play(&[("api/http", ".."), ("web/http", "..")]);
    let web = open(&mut film, "Web", says(Investigating, &[("web", Status::PartialOutage)])).unwrap();
    let due = Some(film.moment(600));
    let promised = NewUpdate { next_update_by: due, ..says(Investigating, &[("api", Status::MajorOutage)]) };
    let api = open(&mut film, "Api", promised).unwrap();
    film.play(&[("api/http", ".."), ("web/http", "..")]);
    merge(&mut film, &web, &api);
    film.play(&[("api/http", ".."), ("web/http", "..")]);
    assert_eq!(film.spans("web"), "U0 O30 P60");
    let known = film.incident(api.as_str());
    let said = known.updates.last().unwrap();
    let expected = Affected { component: component("web"), status: Status::PartialOutage };
    assert_eq!((known.updates.len(), &said.components[..], said.status), (2, &[expected][..], Investigating));
    assert_eq!(known.pending_promise(), due);
    update(&mut film, &api, says(Resolved, &[])).unwrap();
    assert_eq!(film.spans("web"), "U0 O30 P60 O180");
}

#[test]
fn of_a_component_in_both_incidents_the_worse_is_still_said_when_they_are_one() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..")]);
    let worse = open(&mut film, "One", says(Investigating, &[("web", Status::MajorOutage)])).unwrap();
    let other = open(&mut film, "Other", says(Investigating, &[("web", Status::PartialOutage)])).unwrap();
    merge(&mut film, &other, &worse);
    film.play(&[("web/http", "..")]);
    assert_eq!(film.spans("web"), "U0 O30 M60");
}
