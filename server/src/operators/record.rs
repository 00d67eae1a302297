//! What the audit log says of a command: what was done, to what, and what that was before and is now.

use pharos_engine::desk::{Command, DraftId, Subject};
use pharos_engine::{Fact, Fold};
use pharos_model::{Incident, UnixMs};
use pharos_store::{AuditEntry, Margin, Once};
use serde::Serialize;

use super::order::{Author, OnceKey};

/// What a command does, as the audit log has it.
pub fn action(command: &Command) -> &'static str {
    match command {
        Command::OpenIncident(_) => "incident.open",
        Command::UpdateIncident { .. } => "incident.update",
        Command::EditIncident { .. } => "incident.edit",
        Command::EditUpdate { .. } => "incident.edit_update",
        Command::HideIncident { .. } => "incident.hide",
        Command::MergeIncident { .. } => "incident.merge",
        Command::PlanMaintenance(_) => "maintenance.plan",
        Command::EditMaintenance { .. } => "maintenance.edit",
        Command::UpdateMaintenance { .. } => "maintenance.update",
        Command::SaveSeries(_) => "series.save",
        Command::DropSeries { .. } => "series.drop",
        Command::Announce(_) => "announcement.make",
        Command::EditAnnouncement { .. } => "announcement.edit",
        Command::EndAnnouncement { .. } => "announcement.end",
        Command::State { statement: Some(_), .. } => "component.state",
        Command::State { statement: None, .. } => "component.unstate",
        Command::SaveTemplate(_) => "template.save",
        Command::DropTemplate { .. } => "template.drop",
        Command::SaveDraft(_) => "draft.save",
        Command::DropDraft { .. } => "draft.drop",
        Command::PublishDraft { .. } => "draft.publish",
        Command::PauseCheck { paused: true, .. } => "check.pause",
        Command::PauseCheck { paused: false, .. } => "check.resume",
        Command::RecordDrill(_) => "drill.hold",
        Command::Deliver(_) => "hook.deliver",
        Command::RunCheck { .. } => "check.run",
        Command::KeepComponent { .. } => "component.keep",
        Command::DropComponent { .. } => "component.drop",
    }
}

/// What a command is about, where that is there already.
fn subject(command: &Command) -> Option<Subject> {
    Some(match command {
        Command::UpdateIncident { id, .. }
        | Command::EditIncident { id, .. }
        | Command::EditUpdate { id, .. }
        | Command::HideIncident { id, .. }
        | Command::MergeIncident { id, .. } => Subject::Incident(id.clone()),
        Command::EditMaintenance { id, .. } | Command::UpdateMaintenance { id, .. } => {
            Subject::Maintenance(id.clone())
        }
        Command::SaveSeries(series) => Subject::Series(series.id.clone()),
        Command::DropSeries { id } => Subject::Series(id.clone()),
        Command::EditAnnouncement { id, .. } | Command::EndAnnouncement { id } => {
            Subject::Announcement(id.clone())
        }
        Command::State { component, .. } => Subject::Component(component.clone()),
        Command::KeepComponent { id, .. } | Command::DropComponent { id } => Subject::Component(id.clone()),
        Command::SaveTemplate(template) => Subject::Template(template.id.clone()),
        Command::DropTemplate { id } => Subject::Template(id.clone()),
        Command::SaveDraft(draft) => Subject::Draft(draft.id.clone()),
        Command::DropDraft { id } | Command::PublishDraft { id } => Subject::Draft(id.clone()),
        Command::PauseCheck { check, .. } | Command::RunCheck { check } => Subject::Check(check.clone()),
        Command::Deliver(delivery) => Subject::Hook(delivery.hook.clone()),
        Command::RecordDrill(_)
        | Command::OpenIncident(_)
        | Command::PlanMaintenance(_)
        | Command::Announce(_) => return None,
    })
}

/// The address of a subject below the API.
pub fn target(subject: &Subject) -> String {
    let (kind, id) = match subject {
        Subject::Incident(id) => ("incidents", id.as_str()),
        Subject::Maintenance(id) => ("maintenances", id.as_str()),
        Subject::Series(id) => ("series", id.as_str()),
        Subject::Announcement(id) => ("announcements", id.as_str()),
        Subject::Component(id) => ("components", id.as_str()),
        Subject::Template(id) => ("templates", id.as_str()),
        Subject::Draft(id) => ("drafts", id.as_str()),
        Subject::Check(id) => ("checks", id.0.as_str()),
        Subject::Hook(name) => ("hooks", name.as_str()),
        Subject::Drill(began_at) => return format!("drills/{}", began_at.0),
    };
    format!("{kind}/{id}")
}

fn json<T: Serialize>(thing: Option<&T>) -> Option<String> {
    thing.and_then(|thing| serde_json::to_string(thing).ok())
}

/// A subject as it is, in JSON; `None` when it is not there.
pub fn now(fold: &Fold, subject: &Subject) -> Option<String> {
    let (board, desk) = (&fold.board, &fold.desk);
    match subject {
        Subject::Incident(id) => json(board.incident(id)),
        Subject::Maintenance(id) => json(board.maintenances.iter().find(|known| known.id == *id)),
        Subject::Series(id) => json(desk.series.get(id)),
        Subject::Announcement(id) => json(board.announcements.iter().find(|known| known.id == *id)),
        Subject::Component(id) => {
            let (statement, kept) = (desk.statements.get(id), desk.components.get(id));
            json(Some(&serde_json::json!({ "statement": statement, "kept": kept })))
        }
        Subject::Template(id) => json(desk.templates.get(id)),
        Subject::Draft(id) => json(desk.drafts.get(id)),
        Subject::Check(id) => json(Some(&desk.paused.contains(id))),
        Subject::Hook(name) => json(Some(&desk.holds(name))),
        Subject::Drill(began_at) => json(board.drills.iter().find(|drill| drill.began_at == *began_at)),
    }
}

/// What a command is about as it is before the command, in JSON.
pub fn before(fold: &Fold, command: &Command, recalled: Option<&Incident>) -> Option<String> {
    let subject = subject(command)?;
    now(fold, &subject).or_else(|| json(recalled))
}

/// What is written with facts that follow from time alone: drafts that were published when their time had come. Who wrote them
/// stands in the log where they were saved.
pub fn scheduled(facts: &[Fact], at: UnixMs) -> Margin {
    Margin { audit: scheduled_but((facts, at), None), ..Margin::default() }
}

/// The same without the draft that a person published.
fn scheduled_but((facts, at): (&[Fact], UnixMs), by_hand: Option<&DraftId>) -> Vec<AuditEntry> {
    let entry = |fact: &Fact| match fact {
        Fact::DraftDropped { id, published: true } if by_hand != Some(id) => Some(AuditEntry {
            id: 0,
            at,
            actor: "schedule".to_owned(),
            address: String::new(),
            action: "draft.publish".to_owned(),
            target: target(&Subject::Draft(id.clone())),
            seq: None,
            before: None,
            after: None,
        }),
        _ => None,
    };
    facts.iter().filter_map(entry).collect()
}

/// What is written with the facts of a command, and of what time brought in the same step.
pub fn margin(
    command: &Command,
    (author, once): (&Author, Option<&OnceKey>),
    subject: &Subject,
    (before, after): (Option<String>, Option<String>),
    (facts, at): (&[Fact], UnixMs),
) -> Margin {
    let entry = AuditEntry {
        id: 0,
        at,
        actor: author.actor.clone(),
        address: author.address.clone(),
        action: action(command).to_owned(),
        target: match command {
            Command::EditUpdate { number, .. } => format!("{}/updates/{number}", target(subject)),
            _ => target(subject),
        },
        seq: None,
        before,
        after,
    };
    let once = once.map(|once| Once {
        actor: author.actor.clone(),
        key: once.key.clone(),
        fingerprint: once.fingerprint,
        outcome: json(Some(subject)).unwrap_or_default(),
        at,
    });
    let by_hand = match command {
        Command::PublishDraft { id } => Some(id),
        _ => None,
    };
    // A word that other systems repeat is no news.
    let is_news = !matches!(command, Command::Deliver(_)) || entry.before != entry.after;
    let mut audit: Vec<AuditEntry> = is_news.then_some(entry).into_iter().collect();
    audit.extend(scheduled_but((facts, at), by_hand));
    Margin { audit, once, ..Margin::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_was_due_with_a_command_is_in_the_log_and_none_is_there_twice() {
        let draft = |name: &str| DraftId::new(name).expect("a good name");
        let facts =
            ["draft-1", "draft-2"].map(|name| Fact::DraftDropped { id: draft(name), published: true });
        let author = Author { actor: "user:anna".to_owned(), address: "127.0.0.1".to_owned() };
        let command = Command::PublishDraft { id: draft("draft-1") };
        let subject = Subject::Component(pharos_model::ComponentId::new("api").expect("a good name"));
        let margin = margin(&command, (&author, None), &subject, (None, None), (&facts, UnixMs(7)));
        let told: Vec<_> = margin.audit.iter().map(|entry| (&*entry.actor, &*entry.target)).collect();
        assert_eq!(told, [("user:anna", "components/api"), ("schedule", "drafts/draft-2")]);
    }
}
