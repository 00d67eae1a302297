//! Incidents that people open, speak on, take over, merge and hide.

use pharos_model::limits::{INCIDENT_UPDATES_MAX, INCIDENT_UPDATES_RESERVED};
use pharos_model::{
    Affected, Change, ComponentId, Impact, Incident, IncidentId, IncidentSource, IncidentStatus,
    IncidentUpdate, Status, Text, Transition, UnixMs,
};

use super::command::{IncidentEdit, NewIncident, NewUpdate, UpdateEdit};
use super::{Refusal, Subject, Work, checked};
use crate::calendar::day_at;
use crate::limits::{HIDDEN_MAX, OPEN_INCIDENTS_MAX};
use crate::{Engine, Fact, Fold};

/// Names an incident: its identifier, the revision that was seen, and the incident where it is too old for the fold.
type Named<'a> = (&'a IncidentId, Option<u32>, Option<&'a Incident>);

impl Engine {
    pub(super) fn open_incident(
        &mut self,
        new: &NewIncident,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let (board, at) = (&self.fold.board, work.out.at);
        checked::line("title", &new.title)?;
        checked::components("components", &new.components, board)?;
        let began_at = new.began_at.or(new.first.at).unwrap_or(at);
        checked::past("began_at", began_at, at)?;
        if board.open_incidents().count() >= OPEN_INCIDENTS_MAX && new.first.status.is_open() {
            return Err(Refusal::Full { what: "open incidents".into(), max: OPEN_INCIDENTS_MAX });
        }
        if new.first.status == IncidentStatus::Postmortem {
            let hint = "open it as resolved, then add the postmortem";
            return Err(Refusal::invalid("first.status", "cannot be postmortem for a new incident", hint));
        }
        let mut incident = Incident {
            id: self.fresh_incident(&new.title, began_at)?,
            title: new.title.clone(),
            source: IncidentSource::Operator,
            status: new.first.status,
            impact: Impact::None,
            components: joined(&new.components, &new.first.components),
            began_at,
            resolved_at: None,
            updates: Vec::new(),
            pinned: new.pinned,
            taken_over: true,
            impact_stated: new.impact.is_some(),
            root: None,
            revision: 0,
            edited_at: None,
        };
        let update = self.said(&incident, &new.first, (began_at, at))?;
        incident.impact = new.impact.unwrap_or_else(|| derived(&incident, &update, &self.fold));
        incident.follow(&update);
        touch(&incident, update.at, work);
        let id = incident.id.clone();
        self.record_change(Change::IncidentOpened(incident), work);
        Ok(Subject::Incident(id))
    }

    pub(super) fn update_incident(
        &mut self,
        named: Named<'_>,
        new: &NewUpdate,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut incident = self.known_incident(named)?;
        let at = work.out.at;
        if new.status == IncidentStatus::Postmortem && incident.is_open() {
            let hint = "resolve it first";
            return Err(Refusal::invalid("status", "cannot be postmortem while the incident is open", hint));
        }
        let is_reopened = new.status.is_open() && !incident.is_open();
        if is_reopened && self.fold.board.open_incidents().count() >= OPEN_INCIDENTS_MAX {
            return Err(Refusal::Full { what: "open incidents".into(), max: OPEN_INCIDENTS_MAX });
        }
        let update = self.said(&incident, new, (incident.updated_at(), at))?;
        if incident.is_open() && !update.status.is_open() {
            self.answer(&incident, work);
        }
        let is_on_board = self.fold.board.incident(&incident.id).is_some();
        let takes_over = !new.annotates && !incident.taken_over;
        let id = incident.id.clone();
        let impact = if incident.impact_stated {
            incident.impact
        } else {
            incident.impact.max(of_affected(&update.components, self.fold.board.components.len()))
        };
        if is_on_board && !takes_over {
            touch(&incident, update.at, work);
            self.record_change(Change::IncidentUpdated { id: id.clone(), update, impact }, work);
        } else {
            incident.taken_over |= takes_over;
            incident.impact = impact;
            incident.follow(&update);
            touch(&incident, update.at, work);
            self.record_change(Change::IncidentChanged(Box::new(incident)), work);
        }
        Ok(Subject::Incident(id))
    }

    pub(super) fn edit_incident(
        &mut self,
        named: Named<'_>,
        edit: &IncidentEdit,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut incident = self.known_incident(named)?;
        let at = work.out.at;
        touch(&incident, at, work);
        if let Some(title) = &edit.title {
            checked::line("title", title)?;
            incident.title = title.clone();
        }
        if let Some(components) = &edit.components {
            checked::components("components", components, &self.fold.board)?;
            incident.components.clone_from(components);
            incident.root = incident.root.filter(|root| components.contains(root));
        }
        if let Some(began_at) = edit.began_at {
            checked::past("began_at", began_at, at)?;
            if incident.updates.first().is_some_and(|first| began_at > first.at) {
                let hint = "state a moment before the first update";
                return Err(Refusal::invalid("began_at", "lies after the first update", hint));
            }
            incident.began_at = began_at;
        }
        // One that follows from the components already stays as it is: no update tells how they were when it was opened.
        if let Some(impact) = edit.impact.filter(|impact| impact.is_some() || incident.impact_stated) {
            incident.impact_stated = impact.is_some();
            incident.impact = impact.unwrap_or_else(|| rederived(&incident, &self.fold));
        }
        incident.pinned = edit.pinned.unwrap_or(incident.pinned);
        incident.taken_over = edit.taken_over.unwrap_or(incident.taken_over);
        Ok(self.changed(incident, at, work))
    }

    pub(super) fn edit_update(
        &mut self,
        named: Named<'_>,
        number: usize,
        edit: &UpdateEdit,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut incident = self.known_incident(named)?;
        let now = work.out.at;
        let index = number.checked_sub(1).filter(|index| *index < incident.updates.len());
        let index = index.ok_or_else(|| Refusal::not_found("update", number))?;
        let earliest = index.checked_sub(1).map_or(incident.began_at, |before| incident.updates[before].at);
        let latest = incident.updates.get(index + 1).map_or(now, |after| after.at);
        let (is_open, is_last) = (incident.is_open(), index + 1 == incident.updates.len());
        let update = &mut incident.updates[index];
        if let Some(body) = &edit.body {
            checked::spoken("body", body)?;
            update.transition = Transition::Written(Box::new(body.clone()));
        }
        if let Some(at) = edit.at {
            if at < earliest || at > latest {
                let hint = "keep it between the updates before and after it";
                return Err(Refusal::invalid("at", "would change the order of the updates", hint));
            }
            update.at = at;
        }
        if let Some(next) = edit.next_update_by.filter(|next| *next != update.next_update_by) {
            let is_decided = update.kept.is_some() || update.next_update_by.is_some_and(|due| due <= now);
            if is_decided || !is_open {
                let why =
                    if is_open { "was kept or missed already" } else { "is of an incident that is over" };
                return Err(Refusal::invalid("next_update_by", why, "promise anew in another update"));
            }
            if !is_last {
                let hint = "only the newest update can promise the next";
                return Err(Refusal::invalid("next_update_by", "belongs to an older update", hint));
            }
            next.map_or(Ok(()), |due| checked::future("next_update_by", due, now))?;
            update.next_update_by = next;
            update.kept = None;
        }
        update.edited_at = Some(now);
        if !incident.is_open() {
            incident.resolved_at = resolved_at(&incident);
        }
        Ok(self.changed(incident, now, work))
    }

    pub(super) fn hide_incident(
        &mut self,
        named: Named<'_>,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let incident = self.known_incident(named)?;
        self.answer(&incident, work);
        touch(&incident, work.out.at, work);
        self.record_change(Change::IncidentHidden { id: incident.id.clone() }, work);
        Ok(Subject::Incident(incident.id))
    }

    pub(super) fn merge_incident(
        &mut self,
        named: Named<'_>,
        into: &IncidentId,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let mut incident = self.known_incident(named)?;
        let at = work.out.at;
        if incident.id == *into {
            return Err(Refusal::invalid("into", "is the incident itself", "name another one"));
        }
        let Some(target) = self.fold.board.incident(into).filter(|target| target.is_open()) else {
            let hint = "name an incident that is open";
            return Err(Refusal::invalid("into", format!("names \"{into}\", which is not open"), hint));
        };
        if target.updates.len() >= INCIDENT_UPDATES_MAX {
            return Err(Refusal::Full {
                what: "updates of the other incident".into(),
                max: INCIDENT_UPDATES_MAX,
            });
        }
        let mut target = target.clone();
        let also: Vec<ComponentId> =
            incident.components.iter().filter(|id| !target.components.contains(id)).cloned().collect();
        target.components.extend(also);
        target.began_at = target.began_at.min(incident.began_at);
        if !target.impact_stated {
            target.impact = target.impact.max(incident.impact);
        }
        let joined = joined_by(&target, &incident, at);
        target.follow(&joined);
        let update = IncidentUpdate::new(at, IncidentStatus::Resolved, Transition::Merged(target.id.clone()));
        self.answer(&incident, work);
        incident.taken_over = true;
        incident.follow(&update);
        let id = incident.id.clone();
        touch(&incident, at, work);
        self.record_change(Change::IncidentChanged(Box::new(incident)), work);
        self.record_change(Change::IncidentChanged(Box::new(target)), work);
        Ok(Subject::Incident(id))
    }

    /// A person ends the incident: for trouble that its components have now none opens by itself.
    fn answer(&mut self, incident: &Incident, work: &mut Work<'_>) {
        if incident.is_open() {
            let components = incident.components.clone();
            self.record(work.out, Fact::Answered { components });
        }
    }

    /// The incident as it is known, if the operator saw it as it is.
    fn known_incident(&self, (id, seen, recalled): Named<'_>) -> Result<Incident, Refusal> {
        let known = self.fold.board.incident(id).or(recalled);
        let known = known.ok_or_else(|| Refusal::not_found("incident", id))?;
        checked::current(seen, known.revision)?;
        Ok(known.clone())
    }

    /// Records the incident after an edit.
    fn changed(&mut self, mut incident: Incident, at: UnixMs, work: &mut Work<'_>) -> Subject {
        incident.revision += 1;
        incident.edited_at = Some(work.out.at);
        touch(&incident, at, work);
        let id = incident.id.clone();
        self.record_change(Change::IncidentChanged(Box::new(incident)), work);
        Subject::Incident(id)
    }

    /// What a person says, as an update.
    fn said(
        &self,
        incident: &Incident,
        new: &NewUpdate,
        (earliest, now): (UnixMs, UnixMs),
    ) -> Result<IncidentUpdate, Refusal> {
        checked::spoken("body", &new.body)?;
        checked::affected("components", &new.components, &self.fold.board)?;
        let at = new.at.unwrap_or(now);
        checked::past("at", at, now)?;
        if at < earliest {
            let why = if incident.updates.is_empty() {
                "lies before the incident began"
            } else {
                "lies before what was said last"
            };
            return Err(Refusal::invalid("at", why, "updates stand in the order in which they were said"));
        }
        // An incident can always be ended, however much was said of it.
        let reserved = if new.status.is_open() { 0 } else { INCIDENT_UPDATES_RESERVED };
        let max = INCIDENT_UPDATES_MAX + reserved;
        if incident.updates.len() >= max {
            return Err(Refusal::Full { what: "updates of this incident".into(), max });
        }
        if let Some(due) = new.next_update_by {
            if !new.status.is_open() {
                let hint = "nothing more is promised of what is over";
                return Err(Refusal::invalid("next_update_by", "goes with an incident that is open", hint));
            }
            checked::future("next_update_by", due, now)?;
        }
        Ok(IncidentUpdate {
            components: new.components.clone(),
            next_update_by: new.next_update_by,
            ..IncidentUpdate::new(at, new.status, Transition::Written(Box::new(new.body.clone())))
        })
    }

    /// The date of its beginning and the words of its title.
    pub(crate) fn fresh_incident(&self, title: &Text, began_at: UnixMs) -> Result<IncidentId, Refusal> {
        let date = day_at(&self.config.time_zone, began_at).date;
        let words = checked::slug(title.plain());
        let stem = if words.is_empty() { format!("{date}-incident") } else { format!("{date}-{words}") };
        let board = &self.fold.board;
        let is_old = self.fold.desk.hidden.len() >= HIDDEN_MAX
            || board.days.first().is_none_or(|day| day.date > date)
            || board.incidents.len() >= pharos_model::limits::INCIDENTS_MAX
            || board.at.since_ms(began_at) > pharos_model::limits::INCIDENT_RETENTION_MS / 2;
        // One that began so long ago may bear the name of another that the board has let go.
        let stem = if is_old { format!("{stem}-no-{}", self.fold.incidents_opened + 1) } else { stem };
        let is_taken = |id: &IncidentId| board.incident(id).is_some() || self.fold.desk.hidden.contains(id);
        let id = checked::free(&stem, |text| IncidentId::new(text).ok(), is_taken);
        id.ok_or_else(|| Refusal::invalid("title", "makes no name that is free", "say it in other words"))
    }
}

/// `components`, and those that are said to be in something.
fn joined(components: &[ComponentId], affected: &[Affected]) -> Vec<ComponentId> {
    let mut all = components.to_vec();
    for affected in affected {
        if !all.contains(&affected.component) {
            all.push(affected.component.clone());
        }
    }
    all
}

/// What an incident says when another is told of in it: what both said last of the other's components, which is not to be lost.
/// What was promised is still to come.
fn joined_by(target: &Incident, merged: &Incident, at: UnixMs) -> IncidentUpdate {
    let said = |id: &ComponentId| {
        let both = [merged.says_of(id), target.says_of(id)];
        let status = both.into_iter().flatten().map(|(status, _)| status).reduce(Status::worse)?;
        Some(Affected { component: id.clone(), status })
    };
    IncidentUpdate {
        components: merged.components.iter().filter_map(said).collect(),
        next_update_by: target.pending_promise().filter(|due| *due > at),
        ..IncidentUpdate::new(at, target.status, Transition::Joined(merged.id.clone()))
    }
}

/// What an update says of components, as an impact; critical when nothing else is left.
fn of_affected(affected: &[Affected], on_page: usize) -> Impact {
    let worst = affected.iter().map(|affected| Impact::of_status(affected.status)).max();
    let all_out = on_page > 0
        && affected.iter().filter(|affected| affected.status == Status::MajorOutage).count() >= on_page;
    if all_out { Impact::Critical } else { worst.unwrap_or(Impact::None) }
}

/// What follows from what is said of the components or, where nothing is said, from how they are.
fn derived(incident: &Incident, first: &IncidentUpdate, fold: &Fold) -> Impact {
    let board = &fold.board;
    let as_it_is = |id: &ComponentId| {
        let said = first.components.iter().find(|affected| affected.component == *id).map(|said| said.status);
        let status = said.or_else(|| Some(board.component(id)?.status))?;
        Some(Affected { component: id.clone(), status })
    };
    let affected: Vec<Affected> = incident.components.iter().filter_map(as_it_is).collect();
    of_affected(&affected, board.components.len())
}

/// The worst of all that was said or found.
fn rederived(incident: &Incident, fold: &Fold) -> Impact {
    let found = incident.updates.iter().filter_map(|update| match &update.transition {
        Transition::Detected(status) | Transition::Changed(status) | Transition::Relapsed(status) => {
            Some(Impact::of_status(*status))
        }
        _ => None,
    });
    let said =
        incident.updates.iter().map(|update| of_affected(&update.components, fold.board.components.len()));
    found.chain(said).max().unwrap_or(Impact::None)
}

/// When the incident ended for good: the first update after the last that left it open.
fn resolved_at(incident: &Incident) -> Option<UnixMs> {
    let after =
        incident.updates.iter().rposition(|update| update.status.is_open()).map_or(0, |place| place + 1);
    incident.updates.get(after).map(|update| update.at)
}

/// What the incident says of its components may be another thing from `from` on.
fn touch(incident: &Incident, from: UnixMs, work: &mut Work<'_>) {
    for component in &incident.components {
        let known = work.touched.entry(component.clone()).or_insert(from);
        *known = from.min(*known);
    }
}
