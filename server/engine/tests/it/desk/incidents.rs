//! Incidents that people open, lead, take over, merge and hide.

use IncidentStatus::{Identified, Investigating, Monitoring, Postmortem, Resolved};
use pharos_engine::desk::{Command, IncidentEdit, NewStatement, Refusal, UpdateEdit};
use pharos_model::{Impact, IncidentId, IncidentStatus, Status, Transition, UnixMs};

use super::{component, field, incident, open, page, prose, says, update};
use crate::film::Film;

#[test]
fn an_incident_is_led_from_its_beginning_to_its_postmortem() {
    let mut film = Film::of(page());
    let id =
        open(&mut film, "Checkout is slow", says(Investigating, &[("web", Status::PartialOutage)])).unwrap();
    assert_eq!(id.as_str(), "2026-11-23-checkout-is-slow");
    for status in [Identified, Monitoring, Resolved, Postmortem] {
        film.pass(10);
        update(&mut film, &id, says(status, &[])).unwrap();
    }
    let known = film.incident(id.as_str());
    assert_eq!((known.status, known.impact, known.updates.len()), (Postmortem, Impact::Minor, 5));
    assert_eq!(known.resolved_at, Some(film.moment(30)));
}

#[test]
fn a_postmortem_comes_after_the_end() {
    let mut film = Film::of(page());
    let id = open(&mut film, "Slow", says(Investigating, &[])).unwrap();
    assert_eq!(field(update(&mut film, &id, says(Postmortem, &[]))), "status");
    assert_eq!(field(open(&mut film, "Slow", says(Postmortem, &[]))), "first.status");
}

#[test]
fn an_impact_follows_from_the_components_until_a_person_states_it() {
    let mut film = Film::of(page());
    let both = [("api", Status::MajorOutage), ("web", Status::MajorOutage)];
    let id = open(&mut film, "Slow", says(Investigating, &[("web", Status::DegradedPerformance)])).unwrap();
    assert_eq!(film.incident(id.as_str()).impact, Impact::Minor);
    update(&mut film, &id, says(Identified, &both)).unwrap();
    assert_eq!(film.incident(id.as_str()).impact, Impact::Critical);
    let edit = |impact| IncidentEdit { impact: Some(impact), ..IncidentEdit::default() };
    for (impact, shown) in [(Some(Impact::None), Impact::None), (None, Impact::Critical)] {
        let edit = Box::new(edit(impact));
        film.command(Command::EditIncident { id: id.clone(), revision: None, edit }).unwrap();
        assert_eq!(film.incident(id.as_str()).impact, shown);
    }
}

#[test]
fn an_incident_that_is_edited_says_when() {
    let mut film = Film::of(page());
    let id = open(&mut film, "Slow", says(Investigating, &[])).unwrap();
    assert_eq!(film.incident(id.as_str()).edited_at, None);
    film.pass(10);
    let edit = Box::new(IncidentEdit { title: Some("Very slow".into()), ..IncidentEdit::default() });
    film.command(Command::EditIncident { id: id.clone(), revision: None, edit }).unwrap();
    assert_eq!(film.incident(id.as_str()).edited_at, Some(film.moment(10)));
}

#[test]
fn what_an_incident_says_of_a_component_is_shown_until_it_is_over() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..")]);
    let id = open(&mut film, "Slow", says(Investigating, &[("web", Status::PartialOutage)])).unwrap();
    film.play(&[("web/http", "..")]);
    let stated = film.fold.board.component(&component("web")).unwrap().stated.clone().unwrap();
    assert_eq!(stated.measured, Status::Operational);
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    assert_eq!(film.spans("web"), "U0 O30 P60 O120");
    assert_eq!(film.fold.board.component(&component("web")).unwrap().stated, None);
}

#[test]
fn what_the_checks_find_worse_than_an_incident_says_is_shown() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..")]);
    open(&mut film, "Slow", says(Investigating, &[("web", Status::DegradedPerformance)])).unwrap();
    film.play(&[("web/http", "XXX")]);
    assert_eq!(film.spans("web"), "U0 O30 D60 M90");
}

#[test]
fn an_open_incident_of_a_person_keeps_a_second_from_opening_by_itself() {
    let mut film = Film::of(page());
    film.play(&[("web/http", "..")]);
    let mut new = incident("Slow", says(Investigating, &[]));
    new.components = vec![component("web")];
    film.command(Command::OpenIncident(Box::new(new))).unwrap();
    film.play(&[("web/http", "XXX")]);
    assert_eq!(film.count("incident_opened"), 1);
}

#[test]
fn who_writes_on_an_automatic_incident_takes_it_over_and_who_annotates_it_does_not() {
    for (annotates, leads) in [(true, "2026-11-23-api opened"), (false, "2026-11-23-api changed")] {
        let mut film = Film::of(page());
        film.play(&[("api/http", "..XX")]);
        let id = IncidentId::new("2026-11-23-api").unwrap();
        let said = super::NewUpdate { annotates, ..says(Identified, &[]) };
        update(&mut film, &id, said).unwrap();
        film.play(&[("api/http", "........")]);
        assert_eq!(film.incident("2026-11-23-api").is_open(), !annotates, "{leads}");
        assert_eq!(film.incident("2026-11-23-api").taken_over, !annotates);
    }
}

#[test]
fn an_incident_that_is_given_back_is_led_to_its_end_by_the_checks() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    update(&mut film, &id, says(Identified, &[])).unwrap();
    let edit = Box::new(IncidentEdit { taken_over: Some(false), ..IncidentEdit::default() });
    film.command(Command::EditIncident { id, revision: None, edit }).unwrap();
    film.play(&[("api/http", "........")]);
    assert!(!film.incident("2026-11-23-api").is_open());
}

#[test]
fn trouble_whose_incident_a_person_ended_opens_no_other_but_new_trouble_does() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    film.play(&[("api/http", "XXXX")]);
    assert_eq!(film.count("incident_opened"), 1);
    film.play(&[("api/http", "...XXX")]);
    assert_eq!(film.count("incident_opened"), 2);
}

#[test]
fn a_hidden_incident_leaves_the_page_and_its_name_is_not_given_again() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    film.command(Command::HideIncident { id: id.clone(), revision: None }).unwrap();
    assert_eq!(film.fold.board.incidents.len(), 0);
    film.play(&[("api/http", "XX..XX")]);
    assert_eq!(film.fold.board.incidents[0].id.as_str(), "2026-11-23-api-2");
    let again = film.command(Command::HideIncident { id, revision: None });
    assert!(matches!(again, Err(Refusal::NotFound { .. })));
}

#[test]
fn merged_incidents_are_told_of_in_one() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX"), ("web/http", "...XX")]);
    let (api, web) = (IncidentId::new("2026-11-23-api").unwrap(), IncidentId::new("2026-11-23-web").unwrap());
    let merge = Command::MergeIncident { id: web.clone(), revision: None, into: api.clone() };
    film.command(merge).unwrap();
    assert!(!film.incident("2026-11-23-web").is_open());
    assert_eq!(
        film.incident("2026-11-23-web").updates.last().unwrap().transition,
        Transition::Merged(api.clone())
    );
    assert_eq!(film.incident("2026-11-23-api").components, [component("api"), component("web")]);
    film.play(&[("api/http", "XX"), ("web/http", "XX")]);
    assert_eq!(film.count("incident_opened"), 2);
    let twice = Command::MergeIncident { id: api, revision: None, into: web };
    assert_eq!(field(film.command(twice)), "into");
}

#[test]
fn the_second_of_two_operators_is_told_and_nothing_is_lost() {
    let mut film = Film::of(page());
    let id = open(&mut film, "Slow", says(Investigating, &[])).unwrap();
    let seen = film.incident(id.as_str()).revision;
    let say = |status| Command::UpdateIncident {
        id: id.clone(),
        revision: Some(seen),
        update: Box::new(says(status, &[])),
    };
    film.command(say(Identified)).unwrap();
    let late = film.command(say(Resolved));
    assert_eq!(late, Err(Refusal::Changed { seen, current: seen + 1 }));
    assert_eq!(film.incident(id.as_str()).status, Identified);
}

#[test]
fn a_promise_is_kept_or_missed_and_operators_are_reminded_once() {
    let mut film = Film::of(page());
    let promise = |due| super::NewUpdate { next_update_by: Some(due), ..says(Investigating, &[]) };
    let due = film.moment(600);
    let id = open(&mut film, "Slow", promise(due)).unwrap();
    film.pass(590);
    assert_eq!(film.count("reminded"), 1);
    let next = film.moment(900);
    update(&mut film, &id, promise(next)).unwrap();
    film.pass(400);
    let kept: Vec<_> = film.incident(id.as_str()).updates.iter().map(|update| update.kept).collect();
    assert_eq!(kept, [Some(true), Some(false)]);
    assert_eq!(film.count("reminded"), 3);
}

#[test]
fn a_promise_belongs_to_the_future_of_an_open_incident() {
    let mut film = Film::of(page());
    film.pass(10);
    let past = super::NewUpdate { next_update_by: Some(film.moment(5)), ..says(Investigating, &[]) };
    assert_eq!(field(open(&mut film, "Slow", past)), "next_update_by");
    let over = super::NewUpdate { next_update_by: Some(film.moment(50)), ..says(Resolved, &[]) };
    assert_eq!(field(open(&mut film, "Slow", over)), "next_update_by");
}

#[test]
fn an_incident_of_yesterday_can_be_written_down_today() {
    let mut film = Film::of(page());
    let began_at = Some(film.moment(-86_400));
    let first = super::NewUpdate {
        at: Some(film.moment(-80_000)),
        ..says(Resolved, &[("api", Status::MajorOutage)])
    };
    let mut new = incident("Backup failed", first);
    new.began_at = began_at;
    film.command(Command::OpenIncident(Box::new(new.clone()))).unwrap();
    let known = &film.fold.board.incidents[0];
    assert_eq!(known.id.as_str(), "2026-11-22-backup-failed-no-1");
    assert_eq!((known.resolved_at, known.impact), (Some(film.moment(-80_000)), Impact::Major));
    assert_eq!(film.spans("api"), "U0");
    new.first.at = Some(film.moment(-90_000));
    assert_eq!(field(film.command(Command::OpenIncident(Box::new(new)))), "at");
}

#[test]
fn an_edited_update_says_so_and_keeps_its_place() {
    let mut film = Film::of(page());
    let id = open(&mut film, "Slow", says(Investigating, &[])).unwrap();
    film.pass(10);
    update(&mut film, &id, says(Identified, &[])).unwrap();
    let edit = |at, text: &str| Command::EditUpdate {
        id: id.clone(),
        number: 1,
        revision: None,
        edit: Box::new(UpdateEdit { body: Some(prose(text)), at, next_update_by: None }),
    };
    film.command(edit(None, "Better words")).unwrap();
    let first = &film.incident(id.as_str()).updates[0];
    assert_eq!(first.transition, Transition::Written(Box::new(prose("Better words"))));
    assert_eq!(first.edited_at, Some(film.moment(10)));
    film.pass(10);
    let after_the_second = Some(film.moment(15));
    assert_eq!(field(film.command(edit(after_the_second, "x"))), "at");
}

#[test]
fn what_names_nothing_or_too_much_is_refused_with_its_field() {
    let mut film = Film::of(page());
    let long = "x".repeat(201);
    for (title, status, components, expected) in [
        ("", Investigating, vec![], "title"),
        ("two\nlines", Investigating, vec![], "title"),
        (&*long, Investigating, vec![], "title"),
        ("Slow", Investigating, vec![("nobody", Status::MajorOutage)], "components"),
        (
            "Slow",
            Investigating,
            vec![("api", Status::MajorOutage), ("api", Status::MajorOutage)],
            "components",
        ),
    ] {
        assert_eq!(field(open(&mut film, title, says(status, &components))), expected, "{title}");
    }
    let silent = super::NewUpdate { body: prose(" "), ..says(Investigating, &[]) };
    assert_eq!(field(open(&mut film, "Slow", silent)), "body");
}

#[test]
fn a_promise_that_was_missed_or_kept_is_not_edited_away() {
    let mut film = Film::of(page());
    let first = super::NewUpdate { next_update_by: Some(film.moment(10)), ..says(Investigating, &[]) };
    let id = open(&mut film, "Slow", first).unwrap();
    film.pass(20);
    assert_eq!(film.incident(id.as_str()).updates[0].kept, Some(false));
    let edit = |number, next: Option<UnixMs>| Command::EditUpdate {
        id: id.clone(),
        number,
        revision: None,
        edit: Box::new(UpdateEdit { body: None, at: None, next_update_by: Some(next) }),
    };
    let later = film.moment(100);
    for next in [None, Some(later)] {
        assert_eq!(field(film.command(edit(1, next))), "next_update_by");
    }
    assert_eq!(film.incident(id.as_str()).updates[0].kept, Some(false));
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    assert_eq!(field(film.command(edit(2, Some(later)))), "next_update_by");
}

#[test]
fn an_outage_whose_incident_a_person_ended_opens_no_other_by_changing_or_over_a_restart() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    film.play(&[("api/http", "ppXX")]);
    film.restart_after(600, page());
    film.play(&[("api/http", "XXXX")]);
    assert_eq!(film.count("incident_opened"), 1);
    film.play(&[("api/http", "..XX")]);
    assert_eq!(film.count("incident_opened"), 2);
}

#[test]
fn an_incident_that_a_person_ended_after_the_outage_leaves_the_next_outage_news() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    update(&mut film, &id, says(Identified, &[])).unwrap();
    film.play(&[("api/http", "..")]);
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    assert!(film.fold.desk.answered.is_empty());
    film.play(&[("api/http", "XX")]);
    assert_eq!(film.count("incident_opened"), 2);
}

#[test]
fn what_a_person_states_does_not_make_an_outage_news_whose_incident_was_ended() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..XX")]);
    let id = IncidentId::new("2026-11-23-api").unwrap();
    update(&mut film, &id, says(Resolved, &[])).unwrap();
    let (status, until) = (Status::Operational, Some(film.moment(200)));
    let statement = Some(Box::new(NewStatement { status, reason: "A false alarm".into(), until }));
    film.command(Command::State { component: component("api"), statement }).unwrap();
    film.play(&[("api/http", "XXXXXX")]);
    assert_eq!(film.spans("api"), "U0 O30 M90 O120 M200");
    assert_eq!(film.count("incident_opened"), 1);
}
