//! Maintenance that people plan, begin, prolong, end and call off.

use pharos_model::limits::MAINTENANCE_UPDATES_MAX;
use pharos_model::{
    Change, Maintenance, MaintenanceId, MaintenanceSource, MaintenanceStatus, MaintenanceUpdate, Prose,
    UnixMs,
};

use super::command::{MaintenanceEdit, NewMaintenance};
use super::{Refusal, Reminder, Subject, Work, checked};
use crate::calendar::day_at;
use crate::engine::Output;
use crate::limits::{MAINTENANCE_MS_MAX, PLANNED_MAINTENANCES_MAX, SOURCE_CHARS_MAX};
use crate::{Engine, Fact};

const HOUR_MS: u64 = 3_600_000;

impl Engine {
    pub(super) fn plan_maintenance(
        &mut self,
        new: &NewMaintenance,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let (board, at) = (&self.fold.board, work.out.at);
        checked::line("title", &new.title)?;
        checked::bounded("description", &new.description, SOURCE_CHARS_MAX)?;
        checked::some_components("components", &new.components, board)?;
        let start = new.scheduled_start.unwrap_or(at).max(at);
        window(start, new.scheduled_end, at)?;
        if board.planned_maintenances().count() >= PLANNED_MAINTENANCES_MAX {
            return Err(Refusal::Full { what: "planned maintenances".into(), max: PLANNED_MAINTENANCES_MAX });
        }
        let date = day_at(&self.config.time_zone, start).date;
        let words = checked::slug(new.title.plain());
        let stem = if words.is_empty() { format!("{date}-maintenance") } else { format!("{date}-{words}") };
        let is_taken = |id: &MaintenanceId| board.maintenances.iter().any(|known| known.id == *id);
        let id = checked::free(&stem, |text| MaintenanceId::new(text).ok(), is_taken);
        let id = id.ok_or_else(|| {
            Refusal::invalid("title", "makes no name that is free", "say it in other words")
        })?;
        let planned = Maintenance {
            id: id.clone(),
            title: new.title.clone(),
            description: new.description.clone(),
            source: MaintenanceSource::Operator,
            components: new.components.clone(),
            scheduled_start: start,
            scheduled_end: new.scheduled_end,
            verified_by_hand: new.verified_by_hand,
            ..Maintenance::default()
        };
        self.record_change(Change::MaintenanceChanged(Box::new(planned)), work);
        self.follow_maintenances(self.resumed_at, work.touched, work.out);
        Ok(Subject::Maintenance(id))
    }

    pub(super) fn edit_maintenance(
        &mut self,
        named: (&MaintenanceId, Option<u32>),
        edit: &MaintenanceEdit,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let before = self.known_maintenance(named)?;
        let (mut next, at) = (before.clone(), work.out.at);
        if let Some(title) = &edit.title {
            checked::line("title", title)?;
            next.title = title.clone();
        }
        if let Some(description) = &edit.description {
            checked::bounded("description", description, SOURCE_CHARS_MAX)?;
            next.description = description.clone();
        }
        if let Some(components) = &edit.components {
            checked::some_components("components", components, &self.fold.board)?;
            next.components.clone_from(components);
        }
        next.verified_by_hand = edit.verified_by_hand.unwrap_or(next.verified_by_hand);
        if edit.scheduled_start.is_some() || edit.scheduled_end.is_some() {
            if before.status.is_over() {
                let hint = "plan another one";
                return Err(Refusal::not_allowed("maintenance that is over cannot be moved", hint));
            }
            if edit.scheduled_start.is_some_and(|start| start != before.scheduled_start) {
                if before.status.is_active() {
                    let hint = "move its end, or end it";
                    return Err(Refusal::invalid("scheduled_start", "has passed: the work has begun", hint));
                }
                next.scheduled_start = edit.scheduled_start.unwrap_or(at).max(at);
            }
            next.scheduled_end = edit.scheduled_end.unwrap_or(next.scheduled_end);
            window(next.scheduled_start, next.scheduled_end, at)?;
        }
        next.revision += 1;
        Ok(self.maintenance_changed(&before, next, work))
    }

    pub(super) fn update_maintenance(
        &mut self,
        named: (&MaintenanceId, Option<u32>),
        (status, body): (Option<MaintenanceStatus>, &Prose),
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let before = self.known_maintenance(named)?;
        let at = work.out.at;
        let is_finished_twice = status == Some(MaintenanceStatus::Completed) && status == Some(before.status);
        if is_finished_twice && body.is_empty() {
            // It ended by itself before whoever asks for it came to it.
            return Ok(Subject::Maintenance(before.id));
        }
        let status = status.unwrap_or(before.status);
        if status == before.status {
            checked::spoken("body", body)?;
        }
        checked::prose("body", body)?;
        may_follow(before.status, status)?;
        let goes_on = before.status != status && status == MaintenanceStatus::InProgress;
        if goes_on && before.verified_by_hand && before.scheduled_end <= at {
            let why = "the work has reached its scheduled end, and would be verified again at once";
            return Err(Refusal::not_allowed(why, "move its end first"));
        }
        if before.updates.len() >= MAINTENANCE_UPDATES_MAX {
            return Err(Refusal::Full {
                what: "updates of this maintenance".into(),
                max: MAINTENANCE_UPDATES_MAX,
            });
        }
        let mut next = before.clone();
        next.status = status;
        next.revision += 1;
        if status.is_active() && next.started_at.is_none() {
            next.started_at = Some(at);
            next.scheduled_start = next.scheduled_start.min(at);
        }
        if status.is_over() {
            next.ended_at = next.ended_at.or(Some(at));
        }
        if !body.is_empty() {
            next.updates.push(MaintenanceUpdate { at, status, body: body.clone() });
        }
        if status == MaintenanceStatus::Cancelled {
            self.skip_occurrence(&before, work.out)?;
        }
        Ok(self.maintenance_changed(&before, next, work))
    }

    /// The maintenance as it is known, if the operator saw it as it is and it is the operators' to change.
    fn known_maintenance(&self, (id, seen): (&MaintenanceId, Option<u32>)) -> Result<Maintenance, Refusal> {
        let known = self.fold.board.maintenances.iter().find(|known| known.id == *id);
        let known = known.ok_or_else(|| Refusal::not_found("maintenance", id))?;
        if known.source == MaintenanceSource::Configuration {
            let why = "this maintenance stands in the configuration file";
            return Err(Refusal::not_allowed(why, "change it there; the file is read again by itself"));
        }
        checked::current(seen, known.revision)?;
        Ok(known.clone())
    }

    fn maintenance_changed(
        &mut self,
        before: &Maintenance,
        next: Maintenance,
        work: &mut Work<'_>,
    ) -> Subject {
        let (id, at) = (next.id.clone(), work.out.at);
        for component in before.components.iter().chain(&next.components) {
            work.touched.insert(component.clone(), at);
        }
        self.record_change(Change::MaintenanceChanged(Box::new(next)), work);
        self.follow_maintenances(self.resumed_at, work.touched, work.out);
        Subject::Maintenance(id)
    }

    /// Operators are reminded a day and an hour before the work begins, and when somebody must say that all is well.
    pub(super) fn remind_of_maintenance(&mut self, out: &mut Output) {
        let mut reminders: Vec<(Reminder, UnixMs)> = Vec::new();
        for planned in self.fold.board.planned_maintenances() {
            let (id, start, end) = (planned.id.clone(), planned.scheduled_start, planned.scheduled_end);
            let ahead_ms = start.since_ms(out.at);
            match planned.status {
                MaintenanceStatus::Scheduled if ahead_ms <= HOUR_MS => {
                    reminders.push((Reminder::MaintenanceSoon(id), start));
                }
                MaintenanceStatus::Scheduled if ahead_ms <= 24 * HOUR_MS && ahead_ms > 2 * HOUR_MS => {
                    reminders.push((Reminder::MaintenanceTomorrow(id), start));
                }
                MaintenanceStatus::Verifying if out.at >= end => {
                    reminders.push((Reminder::VerificationDue(id), end));
                }
                _ => {}
            }
        }
        for (reminder, due) in reminders {
            if !self.fold.desk.reminded(&reminder, due) {
                self.record(out, Fact::Reminded { reminder, due });
            }
        }
    }
}

fn window(start: UnixMs, end: UnixMs, at: UnixMs) -> Result<(), Refusal> {
    checked::future("scheduled_end", end, at)?;
    if end <= start {
        return Err(Refusal::invalid("scheduled_end", "is not after the beginning", "state a later moment"));
    }
    if end.since_ms(start) > MAINTENANCE_MS_MAX {
        return Err(Refusal::invalid("scheduled_end", "makes it longer than 30 days", "divide the work"));
    }
    Ok(())
}

/// Which status may follow which.
fn may_follow(before: MaintenanceStatus, next: MaintenanceStatus) -> Result<(), Refusal> {
    use MaintenanceStatus::{Cancelled, Completed, InProgress, Scheduled, Verifying};
    let fits = before == next
        || matches!(
            (before, next),
            (Scheduled, InProgress | Cancelled)
                | (InProgress, Verifying | Completed)
                | (Verifying, InProgress | Completed)
        );
    if fits {
        return Ok(());
    }
    let hint = match before {
        Scheduled => "it can begin or be cancelled",
        InProgress => "it can be verified or completed",
        Verifying => "it can go on or be completed",
        Completed | Cancelled => "plan another one",
    };
    let why = format!("maintenance that is {} cannot become {}", before.as_str(), next.as_str());
    Err(Refusal::not_allowed(why, hint))
}
