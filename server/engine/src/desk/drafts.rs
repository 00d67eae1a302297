//! Drafts: commands that are kept for later, and carried out by a person or at their time.

use pharos_model::{Incident, UnixMs};

use super::{Command, Commanded, Draft, DraftId, Refusal, Reminder, Subject, Work, checked};
use crate::limits::{DRAFTS_MAX, DRAFTS_PER_STEP_MAX};
use crate::{Engine, Fact};

impl Engine {
    pub(super) fn save_draft(&mut self, draft: &Draft, work: &mut Work<'_>) -> Result<Subject, Refusal> {
        let (desk, at) = (&self.fold.desk, work.out.at);
        let may_wait = matches!(
            draft.command,
            Command::OpenIncident(_)
                | Command::UpdateIncident { .. }
                | Command::PlanMaintenance(_)
                | Command::UpdateMaintenance { .. }
                | Command::Announce(_)
        );
        if !may_wait {
            let hint =
                "drafts are kept of incidents, maintenances, announcements and what is said about them";
            return Err(Refusal::invalid("command", "cannot be kept for later", hint));
        }
        draft.publish_at.map_or(Ok(()), |publish_at| checked::future("publish_at", publish_at, at))?;
        let (id, revision) = match draft.id.as_str() {
            "" if desk.drafts.len() >= DRAFTS_MAX => {
                return Err(Refusal::Full { what: "drafts".into(), max: DRAFTS_MAX });
            }
            "" => {
                let id = DraftId::new(&format!("draft-{}", desk.drafts_saved + 1));
                (id.map_err(|error| Refusal::invalid("id", error.to_string(), "leave it out"))?, 0)
            }
            _ => {
                let before = desk.drafts.get(&draft.id);
                let before = before.ok_or_else(|| Refusal::not_found("draft", &draft.id))?;
                checked::current(Some(draft.revision), before.revision)?;
                (draft.id.clone(), before.revision + 1)
            }
        };
        let next = Draft { id: id.clone(), revision, failed: None, ..draft.clone() };
        self.record(work.out, Fact::DraftSaved(Box::new(next)));
        Ok(Subject::Draft(id))
    }

    pub(super) fn drop_draft(&mut self, id: &DraftId, work: &mut Work<'_>) -> Result<Subject, Refusal> {
        self.known_draft(id)?;
        self.record(work.out, Fact::DraftDropped { id: id.clone(), published: false });
        Ok(Subject::Draft(id.clone()))
    }

    pub(super) fn publish_draft(
        &mut self,
        id: &DraftId,
        recalled: Option<&Incident>,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let draft = self.known_draft(id)?;
        let commanded = Commanded { command: draft.command, recalled: recalled.cloned() };
        let subject = self.command(work.now, &commanded, work.touched, work.out)?;
        self.record(work.out, Fact::DraftDropped { id: id.clone(), published: true });
        Ok(subject)
    }

    /// Carries out the drafts whose time has come. One that cannot be is kept, with the reason, and operators are told.
    pub(super) fn publish_drafts(&mut self, work: &mut Work<'_>) {
        let at = work.out.at;
        let is_due = |draft: &&Draft| draft.failed.is_none() && draft.publish_at.is_some_and(|due| due <= at);
        let due: Vec<Draft> =
            self.fold.desk.drafts.values().filter(is_due).take(DRAFTS_PER_STEP_MAX).cloned().collect();
        for draft in due {
            let id = draft.id.clone();
            let published = self.opens_nothing_again(&draft.command);
            let published = published.and_then(|()| self.publish_draft(&id, None, work));
            if let Err(refusal) = published {
                let publish_at: UnixMs = draft.publish_at.unwrap_or(at);
                let revision = draft.revision + 1;
                let failed = Draft { failed: Some(refusal.to_string()), revision, ..draft };
                self.record(work.out, Fact::DraftSaved(Box::new(failed)));
                self.remind(Reminder::DraftFailed(id), publish_at, work.out);
            }
        }
    }

    /// Whoever ended an incident meanwhile knew more than who wrote the draft: nothing opens it again unseen.
    fn opens_nothing_again(&self, command: &Command) -> Result<(), Refusal> {
        let Command::UpdateIncident { id, update, .. } = command else { return Ok(()) };
        let known = self.fold.board.incident(id);
        if update.status.is_open() && known.is_some_and(|incident| !incident.is_open()) {
            let why = format!("incident \"{id}\" is over, and this would open it again");
            return Err(Refusal::not_allowed(why, "publish it by hand if that is meant, or drop it"));
        }
        Ok(())
    }

    fn known_draft(&self, id: &DraftId) -> Result<Draft, Refusal> {
        self.fold.desk.drafts.get(id).cloned().ok_or_else(|| Refusal::not_found("draft", id))
    }
}
