//! What is kept for later, and announcements.

use pharos_engine::desk::{Command, Draft, DraftId, NewAnnouncement, Refusal, Subject, Template, TemplateId};
use pharos_model::{IncidentStatus, Prose, UnixMs};

use super::{field, incident, open, page, says, update};
use crate::film::Film;

fn draft(command: Command, publish_at: Option<UnixMs>) -> Draft {
    Draft { id: DraftId::default(), command, publish_at, failed: None, revision: 0 }
}

fn save(film: &mut Film, draft: Draft) -> Result<DraftId, Refusal> {
    match film.command(Command::SaveDraft(Box::new(draft)))? {
        Subject::Draft(id) => Ok(id),
        other => panic!("saving a draft made {other:?}"),
    }
}

fn slow() -> Command {
    Command::OpenIncident(Box::new(incident("Slow", says(IncidentStatus::Investigating, &[]))))
}

#[test]
fn a_draft_is_seen_by_nobody_until_a_person_publishes_it() {
    let mut film = Film::of(page());
    let id = save(&mut film, draft(slow(), None)).unwrap();
    film.pass(60);
    assert_eq!(film.fold.board.incidents.len(), 0);
    let made = film.command(Command::PublishDraft { id: id.clone() }).unwrap();
    assert!(matches!(made, Subject::Incident(_)));
    assert_eq!((film.fold.board.incidents.len(), film.fold.desk.drafts.len()), (1, 0));
    assert!(matches!(film.command(Command::PublishDraft { id }), Err(Refusal::NotFound { .. })));
}

#[test]
fn a_draft_with_a_time_is_published_by_itself_even_over_a_restart() {
    let mut film = Film::of(page());
    let due = film.moment(600);
    save(&mut film, draft(slow(), Some(due))).unwrap();
    film.restart_after(100, page());
    film.pass(480);
    assert_eq!(film.fold.board.incidents.len(), 0);
    film.pass(30);
    assert_eq!(film.fold.board.incidents.len(), 1);
}

#[test]
fn a_draft_that_cannot_be_published_is_kept_with_the_reason_and_operators_are_told() {
    let mut film = Film::of(page());
    let update = Command::UpdateIncident {
        id: pharos_model::IncidentId::new("gone").unwrap(),
        revision: None,
        update: Box::new(says(IncidentStatus::Resolved, &[])),
    };
    let due = film.moment(60);
    let id = save(&mut film, draft(update, Some(due))).unwrap();
    film.pass(120);
    assert_eq!(film.fold.desk.drafts[&id].failed.as_deref(), Some("there is no incident \"gone\""));
    assert_eq!(film.count("reminded"), 1);
}

#[test]
fn what_must_not_wait_is_no_draft() {
    let mut film = Film::of(page());
    let check = pharos_engine::CheckId("api/http".into());
    assert_eq!(field(save(&mut film, draft(Command::RunCheck { check }, None))), "command");
}

#[test]
fn a_draft_that_was_changed_by_another_is_not_overwritten() {
    let mut film = Film::of(page());
    let id = save(&mut film, draft(slow(), None)).unwrap();
    save(&mut film, Draft { id: id.clone(), ..draft(slow(), None) }).unwrap();
    let late = save(&mut film, Draft { id, ..draft(slow(), None) });
    assert_eq!(late, Err(Refusal::Changed { seen: 0, current: 1 }));
}

#[test]
fn an_announcement_is_shown_until_its_end() {
    let mut film = Film::of(page());
    let until = Some(film.moment(120));
    let new = NewAnnouncement { title: "New address".into(), body: Prose::default(), until };
    film.command(Command::Announce(Box::new(new))).unwrap();
    assert_eq!(film.fold.board.shown_announcements().count(), 1);
    film.pass(119);
    assert_eq!(film.fold.board.shown_announcements().count(), 1);
    film.pass(2);
    assert_eq!(film.fold.board.shown_announcements().count(), 0);
    assert_eq!(film.fold.board.announcements[0].ended_at, Some(film.moment(120)));
}

#[test]
fn a_template_is_kept_changed_and_dropped() {
    let mut film = Film::of(page());
    let template = Template {
        id: TemplateId::default(),
        name: "Slow region".into(),
        title: "{{region}} is slow".into(),
        body: "We look into {{region}}.".into(),
        status: IncidentStatus::Investigating,
        impact: None,
        components: Vec::new(),
        revision: 0,
    };
    film.command(Command::SaveTemplate(Box::new(template.clone()))).unwrap();
    let id = TemplateId::new("slow-region").unwrap();
    let changed = Template { id: id.clone(), name: "Slow".into(), ..template.clone() };
    film.command(Command::SaveTemplate(Box::new(changed.clone()))).unwrap();
    assert_eq!(film.fold.desk.templates[&id].name, "Slow");
    let late = film.command(Command::SaveTemplate(Box::new(changed)));
    assert_eq!(late, Err(Refusal::Changed { seen: 0, current: 1 }));
    film.command(Command::DropTemplate { id }).unwrap();
    assert!(film.fold.desk.templates.is_empty());
}

#[test]
fn a_draft_does_not_open_an_incident_again_that_was_resolved_meanwhile() {
    let mut film = Film::of(page());
    let incident = open(&mut film, "Slow", says(IncidentStatus::Investigating, &[])).unwrap();
    let later = Command::UpdateIncident {
        id: incident.clone(),
        revision: None,
        update: Box::new(says(IncidentStatus::Identified, &[])),
    };
    let due = film.moment(60);
    let id = save(&mut film, draft(later, Some(due))).unwrap();
    film.pass(30);
    update(&mut film, &incident, says(IncidentStatus::Resolved, &[])).unwrap();
    film.pass(60);
    assert!(!film.incident(incident.as_str()).is_open());
    let reason = film.fold.desk.drafts[&id].failed.clone().unwrap();
    assert!(reason.contains("is over") && reason.contains("by hand"), "{reason}");
    assert_eq!(film.count("reminded"), 1);
    film.command(Command::PublishDraft { id }).unwrap();
    assert!(film.incident(incident.as_str()).is_open());
}
