//! The operators' desk: what they ask for, checked and turned into facts, and what follows from it in time.
//!
//! A command is decided from the fold and the configuration alone, so that every door and every replay decide alike.

mod announcements;
mod checked;
mod checks;
mod command;
mod components;
mod drafts;
mod incidents;
mod kept;
mod maintenances;
mod refusal;
mod series;
mod statements;
mod templates;

use pharos_model::{AnnouncementId, Change, ComponentId, Incident, IncidentId, MaintenanceId, UnixMs};
use serde::{Deserialize, Serialize};

use crate::engine::{Now, Touched};
use crate::limits::{ANNOUNCE_MS, REMIND_UPDATE_MS};
use crate::{CheckId, Engine, Fact, Output};

pub use checked::source as check_source;
pub use command::{
    AnnouncementEdit, Command, IncidentEdit, MaintenanceEdit, NewAnnouncement, NewIncident, NewMaintenance,
    NewStatement, NewUpdate, UpdateEdit,
};
pub use kept::{
    Desk, Draft, DraftId, KeptComponent, Reminder, Series, Statement, Template, TemplateId, Unfilled,
};
pub use refusal::Refusal;
pub(crate) use statements::{Shown, Word};

/// What a command was about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An incident.
    Incident(IncidentId),
    /// Maintenance.
    Maintenance(MaintenanceId),
    /// Maintenance that comes again and again.
    Series(MaintenanceId),
    /// An announcement.
    Announcement(AnnouncementId),
    /// A component.
    Component(ComponentId),
    /// A template.
    Template(TemplateId),
    /// A draft.
    Draft(DraftId),
    /// A check.
    Check(CheckId),
    /// A restore on trial, by when it began.
    Drill(UnixMs),
    /// A hook, by its name.
    Hook(String),
}

/// A command with what must be known to carry it out.
#[derive(Clone, Debug)]
pub struct Commanded {
    /// What is asked for.
    pub command: Command,
    /// The incident it is about, when that is too old to stand in the fold.
    pub recalled: Option<Incident>,
}

/// What carrying out a command works with.
struct Work<'a> {
    now: Now,
    touched: &'a mut Touched,
    out: &'a mut Output,
}

impl Engine {
    /// Carries a command out, or refuses it and changes nothing.
    pub(crate) fn command(
        &mut self,
        now: Now,
        commanded: &Commanded,
        touched: &mut Touched,
        out: &mut Output,
    ) -> Result<Subject, Refusal> {
        let Commanded { command, recalled } = commanded;
        let recalled = recalled.as_ref();
        let work = &mut Work { now, touched, out };
        match command {
            Command::OpenIncident(new) => self.open_incident(new, work),
            Command::UpdateIncident { id, revision, update } => {
                self.update_incident((id, *revision, recalled), update, work)
            }
            Command::EditIncident { id, revision, edit } => {
                self.edit_incident((id, *revision, recalled), edit, work)
            }
            Command::EditUpdate { id, number, revision, edit } => {
                self.edit_update((id, *revision, recalled), *number, edit, work)
            }
            Command::HideIncident { id, revision } => self.hide_incident((id, *revision, recalled), work),
            Command::MergeIncident { id, revision, into } => {
                self.merge_incident((id, *revision, recalled), into, work)
            }
            Command::PlanMaintenance(new) => self.plan_maintenance(new, work),
            Command::EditMaintenance { id, revision, edit } => {
                self.edit_maintenance((id, *revision), edit, work)
            }
            Command::UpdateMaintenance { id, revision, status, body } => {
                self.update_maintenance((id, *revision), (*status, body), work)
            }
            Command::SaveSeries(series) => self.save_series(series, work),
            Command::DropSeries { id } => self.drop_series(id, work),
            Command::Announce(new) => self.announce(new, work),
            Command::EditAnnouncement { id, revision, edit } => {
                self.edit_announcement((id, *revision), edit, work)
            }
            Command::EndAnnouncement { id } => self.end_announcement(id, work),
            Command::State { component, statement } => self.state(component, statement.as_deref(), work),
            Command::SaveTemplate(template) => self.save_template(template, work),
            Command::DropTemplate { id } => self.drop_template(id, work),
            Command::SaveDraft(draft) => self.save_draft(draft, work),
            Command::DropDraft { id } => self.drop_draft(id, work),
            Command::PublishDraft { id } => self.publish_draft(id, recalled, work),
            Command::PauseCheck { check, paused } => self.pause_check(check, *paused, work),
            Command::RecordDrill(drill) => {
                self.record_change(Change::DrillHeld(drill.clone()), work);
                Ok(Subject::Drill(drill.began_at))
            }
            Command::Deliver(delivery) => self.deliver(delivery, work.touched, work.out),
            Command::RunCheck { check } => self.run_check(check, work),
            Command::KeepComponent { id, definition, revision } => {
                self.keep_component(id, definition, *revision, work)
            }
            Command::DropComponent { id } => self.drop_component(id, work),
        }
    }

    /// What follows from time alone: what ends, what is published, what was promised and did not come.
    pub(crate) fn follow_desk(&mut self, now: Now, touched: &mut Touched, out: &mut Output) {
        let work = &mut Work { now, touched, out };
        self.end_statements(work);
        self.lapse_alerts(work.touched, work.out);
        self.take_down_announcements(work);
        self.publish_drafts(work);
        let is_time = |at: u64| now.mono_ms.saturating_sub(at) >= ANNOUNCE_MS;
        if self.announced_mono_ms.is_none_or(is_time) {
            self.announced_mono_ms = Some(now.mono_ms);
            self.announce_series(work.out);
        }
        self.heed_promises(work.out);
        self.remind_of_maintenance(work.out);
    }

    fn record_change(&mut self, change: Change, work: &mut Work<'_>) {
        self.record(work.out, Fact::Public(change));
    }

    /// Promised updates: operators are reminded before, and readers are told when one did not come.
    fn heed_promises(&mut self, out: &mut Output) {
        let at = out.at;
        let pending: Vec<(Incident, UnixMs)> = self
            .fold
            .board
            .open_incidents()
            .filter_map(|incident| Some((incident, incident.pending_promise()?)))
            .filter(|(_, due)| at.plus_ms(REMIND_UPDATE_MS) >= *due)
            .map(|(incident, due)| (incident.clone(), due))
            .collect();
        for (mut incident, due) in pending {
            if at > due {
                self.remind(Reminder::UpdateMissed(incident.id.clone()), due, out);
                if let Some(last) = incident.updates.last_mut() {
                    last.kept = Some(false);
                }
                incident.revision += 1;
                self.record(out, Fact::Public(Change::IncidentChanged(Box::new(incident))));
            } else {
                self.remind(Reminder::UpdateDue(incident.id), due, out);
            }
        }
    }

    /// Reminds operators of something, once.
    fn remind(&mut self, reminder: Reminder, due: UnixMs, out: &mut Output) {
        if !self.fold.desk.reminded(&reminder, due) {
            self.record(out, Fact::Reminded { reminder, due });
        }
    }
}
