//! Maintenance that people plan, begin, prolong, end and call off.

use MaintenanceStatus::{Cancelled, Completed, InProgress, Scheduled, Verifying};
use pharos_engine::desk::{Command, MaintenanceEdit, NewMaintenance, Refusal, Subject};
use pharos_engine::{Config, PlannedMaintenance};
use pharos_model::{MaintenanceId, MaintenanceStatus, Prose, UnixMs};

use super::{component, field, page, prose};
use crate::film::Film;

fn work(film: &Film, start: Option<i64>, end: i64) -> NewMaintenance {
    NewMaintenance {
        title: "Database upgrade".into(),
        description: "Reads go on.".into(),
        components: vec![component("api")],
        scheduled_start: start.map(|second| film.moment(second)),
        scheduled_end: film.moment(end),
        verified_by_hand: false,
    }
}

fn plan(film: &mut Film, new: NewMaintenance) -> Result<MaintenanceId, Refusal> {
    match film.command(Command::PlanMaintenance(Box::new(new)))? {
        Subject::Maintenance(id) => Ok(id),
        other => panic!("planning made {other:?}"),
    }
}

fn turn(film: &mut Film, id: &MaintenanceId, status: MaintenanceStatus) -> Result<Subject, Refusal> {
    let (id, body) = (id.clone(), Prose::default());
    film.command(Command::UpdateMaintenance { id, revision: None, status: Some(status), body })
}

fn edit(film: &mut Film, id: &MaintenanceId, edit: MaintenanceEdit) -> Result<Subject, Refusal> {
    film.command(Command::EditMaintenance { id: id.clone(), revision: None, edit: Box::new(edit) })
}

fn stands(film: &Film, id: &MaintenanceId) -> MaintenanceStatus {
    film.fold.board.maintenances.iter().find(|known| known.id == *id).unwrap().status
}

#[test]
fn work_without_a_beginning_begins_now_and_ends_by_itself() {
    let mut film = Film::of(page());
    film.play(&[("api/http", "..")]);
    let new = work(&film, None, 240);
    let id = plan(&mut film, new).unwrap();
    assert_eq!((id.as_str(), stands(&film, &id)), ("2026-11-23-database-upgrade", InProgress));
    film.play(&[("api/http", "XX.....")]);
    assert_eq!(film.spans("api"), "U0 O30 W60 O240");
    assert_eq!(film.count("incident_opened"), 0);
}

#[test]
fn work_that_is_done_early_ends_early() {
    let mut film = Film::of(page());
    let new = work(&film, None, 3_600);
    let id = plan(&mut film, new).unwrap();
    film.play(&[("api/http", "...")]);
    turn(&mut film, &id, Completed).unwrap();
    assert_eq!(film.spans("api"), "W0 O90");
    assert_eq!(film.fold.board.maintenances[0].ended_at, Some(film.moment(90)));
}

#[test]
fn work_that_takes_longer_is_prolonged() {
    let mut film = Film::of(page());
    let new = work(&film, None, 60);
    let id = plan(&mut film, new).unwrap();
    film.pass(50);
    let later = MaintenanceEdit { scheduled_end: Some(film.moment(120)), ..MaintenanceEdit::default() };
    edit(&mut film, &id, later).unwrap();
    film.pass(50);
    assert_eq!(stands(&film, &id), InProgress);
    film.pass(30);
    assert_eq!(stands(&film, &id), Completed);
}

#[test]
fn when_work_was_announced_stands_and_every_change_of_it_is_noted() {
    let mut film = Film::of(page());
    let new = work(&film, Some(600), 900);
    let id = plan(&mut film, new).unwrap();
    let noted = |film: &Film| {
        let known = &film.fold.board.maintenances[0];
        (known.announced_at, known.changed_at)
    };
    let announced = Some(film.moment(0));
    assert_eq!(noted(&film), (announced, announced));
    film.pass(10);
    let title = MaintenanceEdit { title: Some("Database move".into()), ..MaintenanceEdit::default() };
    edit(&mut film, &id, title).unwrap();
    assert_eq!(noted(&film), (announced, Some(film.moment(10))));
    film.pass(60);
    assert_eq!(noted(&film), (announced, Some(film.moment(10))), "time alone changes nothing");
    turn(&mut film, &id, Cancelled).unwrap();
    assert_eq!(noted(&film), (announced, Some(film.moment(70))));
}

#[test]
fn work_may_begin_before_its_time_and_does_not_fall_back() {
    let mut film = Film::of(page());
    let new = work(&film, Some(600), 900);
    let id = plan(&mut film, new).unwrap();
    film.pass(10);
    turn(&mut film, &id, InProgress).unwrap();
    film.pass(10);
    assert_eq!(stands(&film, &id), InProgress);
    assert_eq!(film.spans("api"), "U0 W10");
}

#[test]
fn work_that_is_verified_by_hand_waits_for_a_word_and_operators_are_reminded() {
    let mut film = Film::of(page());
    let new = NewMaintenance { verified_by_hand: true, ..work(&film, None, 60) };
    let id = plan(&mut film, new).unwrap();
    film.pass(200);
    assert_eq!(stands(&film, &id), Verifying);
    assert_eq!(film.count("reminded"), 1);
    turn(&mut film, &id, Completed).unwrap();
    assert_eq!(stands(&film, &id), Completed);
}

#[test]
fn what_is_over_does_not_begin_again_and_what_has_begun_is_not_called_off() {
    let mut film = Film::of(page());
    let new = work(&film, Some(600), 900);
    let id = plan(&mut film, new).unwrap();
    turn(&mut film, &id, Cancelled).unwrap();
    for status in [Scheduled, InProgress, Verifying, Completed] {
        assert!(matches!(turn(&mut film, &id, status), Err(Refusal::NotAllowed { .. })), "{status:?}");
    }
    let new = work(&film, None, 900);
    let id = plan(&mut film, new).unwrap();
    assert!(matches!(turn(&mut film, &id, Cancelled), Err(Refusal::NotAllowed { .. })));
}

#[test]
fn two_windows_that_overlap_are_one_stretch_of_maintenance() {
    let mut film = Film::of(page());
    for (start, end) in [(60, 180), (120, 240)] {
        let new = work(&film, Some(start), end);
        plan(&mut film, new).unwrap();
    }
    film.play(&[("api/http", "..........")]);
    assert_eq!(film.spans("api"), "U0 O30 W60 O240");
}

#[test]
fn words_on_maintenance_are_kept_in_order() {
    let mut film = Film::of(page());
    let new = work(&film, None, 900);
    let id = plan(&mut film, new).unwrap();
    for text in ["Half done", "Nearly done"] {
        let (id, body) = (id.clone(), prose(text));
        film.command(Command::UpdateMaintenance { id, revision: None, status: None, body }).unwrap();
    }
    let said: Vec<_> = film.fold.board.maintenances[0]
        .updates
        .iter()
        .map(|update| update.body.source.plain().to_owned())
        .collect();
    assert_eq!(said, ["Half done", "Nearly done"]);
    let silent = Command::UpdateMaintenance { id, revision: None, status: None, body: Prose::default() };
    assert_eq!(field(film.command(silent)), "body");
}

#[test]
fn operators_are_reminded_a_day_and_an_hour_before() {
    let mut film = Film::of(page());
    let day = 86_400;
    let new = work(&film, Some(day + 600), day + 4_000);
    plan(&mut film, new).unwrap();
    film.pass_quietly(500);
    assert_eq!(film.count("reminded"), 0);
    film.pass_quietly(200);
    assert_eq!(film.count("reminded"), 1);
    film.pass_quietly(82_900);
    assert_eq!(film.count("reminded"), 2);
}

#[test]
fn work_that_stands_in_the_file_is_changed_there() {
    let id = MaintenanceId::new("db").unwrap();
    let planned = PlannedMaintenance {
        id: id.clone(),
        title: "Work".into(),
        description: pharos_model::Text::default(),
        components: vec![component("api")],
        scheduled_start: UnixMs(1_795_435_200_000 + 600_000),
        scheduled_end: UnixMs(1_795_435_200_000 + 900_000),
    };
    let mut film = Film::of(Config { maintenances: vec![planned], ..page() });
    assert!(matches!(turn(&mut film, &id, Cancelled), Err(Refusal::NotAllowed { .. })));
}

#[test]
fn a_window_that_is_none_is_refused() {
    let mut film = Film::of(page());
    film.pass(100);
    for (start, end) in [(Some(200), 150), (None, 50), (Some(200), 200 + 31 * 86_400)] {
        let new = work(&film, start, end);
        assert_eq!(field(plan(&mut film, new)), "scheduled_end");
    }
    let new = NewMaintenance { components: Vec::new(), ..work(&film, None, 900) };
    assert_eq!(field(plan(&mut film, new)), "components");
}

#[test]
fn work_that_goes_on_after_its_end_has_its_end_moved_first() {
    let mut film = Film::of(page());
    let new = NewMaintenance { verified_by_hand: true, ..work(&film, None, 60) };
    let id = plan(&mut film, new).unwrap();
    film.pass(100);
    match turn(&mut film, &id, InProgress).unwrap_err() {
        Refusal::NotAllowed { hint, .. } => assert_eq!(hint, "move its end first"),
        other => panic!("refused for another reason: {other}"),
    }
    let later = MaintenanceEdit { scheduled_end: Some(film.moment(200)), ..MaintenanceEdit::default() };
    edit(&mut film, &id, later).unwrap();
    turn(&mut film, &id, InProgress).unwrap();
    film.pass(50);
    assert_eq!(stands(&film, &id), InProgress);
}

#[test]
fn finishing_work_that_ended_by_itself_is_no_failure_and_changes_nothing() {
    let mut film = Film::of(page());
    let new = work(&film, None, 60);
    let id = plan(&mut film, new).unwrap();
    film.pass(100);
    let before = film.facts.len();
    assert_eq!(turn(&mut film, &id, Completed), Ok(Subject::Maintenance(id.clone())));
    assert_eq!(film.facts.len(), before);
    assert!(matches!(turn(&mut film, &id, Cancelled), Err(Refusal::NotAllowed { .. })));
}

#[test]
fn who_saw_work_before_it_began_or_ended_by_itself_is_told() {
    let mut film = Film::of(page());
    let new = work(&film, Some(60), 120);
    let id = plan(&mut film, new).unwrap();
    let revision = |film: &Film| film.fold.board.maintenances[0].revision;
    assert_eq!(revision(&film), 0);
    film.pass(70);
    assert_eq!(revision(&film), 1);
    let edit = Box::new(MaintenanceEdit { title: Some("Other".into()), ..MaintenanceEdit::default() });
    let late = film.command(Command::EditMaintenance { id, revision: Some(0), edit });
    assert_eq!(late, Err(Refusal::Changed { seen: 0, current: 1 }));
    film.pass(60);
    assert_eq!(revision(&film), 2);
}

#[test]
fn reading_the_file_again_tells_nothing_of_work_that_has_begun() {
    let planned = PlannedMaintenance {
        id: MaintenanceId::new("db").unwrap(),
        title: "Work".into(),
        description: pharos_model::Text::default(),
        components: vec![component("api")],
        scheduled_start: UnixMs(1_795_435_200_000 + 60_000),
        scheduled_end: UnixMs(1_795_435_200_000 + 900_000),
    };
    let mut film = Film::of(Config { maintenances: vec![planned.clone()], ..page() });
    film.pass(70);
    assert_eq!((film.count("maintenance_changed"), film.fold.board.maintenances[0].revision), (2, 1));
    film.configure(Config { maintenances: vec![planned], ..page() });
    assert_eq!(film.count("maintenance_changed"), 2);
}
