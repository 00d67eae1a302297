//! Maintenance: what the configuration announces, begins and ends in its time.
//!
//! Everything is decided from the fold and the time alone, so that a restart goes on where the last watcher stopped.

use pharos_model::{
    Change, ComponentId, Maintenance, MaintenanceId, MaintenanceSource, MaintenanceStatus, Snapshot, Text,
    UnixMs,
};

use crate::engine::Touched;
use crate::{Engine, Fact, Output};

/// Maintenance as the configuration announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMaintenance {
    /// Its identifier.
    pub id: MaintenanceId,
    /// One line, as visitors read it.
    pub title: Text,
    /// What is done and what to expect; may be empty.
    pub description: Text,
    /// The components it concerns.
    pub components: Vec<ComponentId>,
    /// When it is to begin.
    pub scheduled_start: UnixMs,
    /// When it is to end; after its beginning.
    pub scheduled_end: UnixMs,
}

impl PlannedMaintenance {
    /// What is announced, as it stands after `before`.
    fn announced(&self, before: Option<&Maintenance>) -> Maintenance {
        Maintenance {
            id: self.id.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            source: MaintenanceSource::Configuration,
            components: self.components.clone(),
            scheduled_start: self.scheduled_start,
            scheduled_end: self.scheduled_end,
            status: before.map_or(MaintenanceStatus::Scheduled, |before| before.status),
            started_at: before.and_then(|before| before.started_at),
            ended_at: None,
            revision: before.map_or(0, |before| before.revision),
            announced_at: before.and_then(|before| before.announced_at),
            changed_at: before.and_then(|before| before.changed_at),
            ..Maintenance::default()
        }
    }
}

/// Notes of work that is recorded when it was announced, and that it changes now. Of work that is known already and says nothing of that,
/// nobody knows any more when it was announced.
pub fn dated(fact: &mut Fact, board: &Snapshot, at: UnixMs) {
    let Fact::Public(Change::MaintenanceChanged(next)) = fact else { return };
    let known = board.maintenances.iter().find(|known| known.id == next.id);
    next.announced_at = known.map_or(Some(at), |known| known.announced_at);
    next.changed_at = Some(at);
}

/// What the configuration changes: it announces what is new, follows what it moved, and takes back what it names no more.
/// What is over stays as it was, unless its end is still to come: then it was moved, or put back.
fn announce(board: &Snapshot, planned: &[PlannedMaintenance], at: UnixMs) -> Vec<Maintenance> {
    let mut changes = Vec::new();
    for plan in planned {
        let before = board.maintenances.iter().find(|known| known.id == plan.id);
        let announced = match before {
            Some(known) if known.status.is_over() && plan.scheduled_end <= at => continue,
            Some(known) if known.status.is_over() => {
                Maintenance { revision: known.revision, ..plan.announced(None) }
            }
            None if plan.scheduled_end <= at => continue,
            before => plan.announced(before),
        };
        if before != Some(&announced) {
            let revision = before.map_or(0, |known| known.revision + 1);
            changes.push(Maintenance { revision, ..announced });
        }
    }
    let is_ours =
        |known: &&Maintenance| known.source == MaintenanceSource::Configuration && !known.status.is_over();
    for known in board.maintenances.iter().filter(is_ours) {
        if !planned.iter().any(|plan| plan.id == known.id) {
            let status = if known.started_at.is_some() {
                MaintenanceStatus::Completed
            } else {
                MaintenanceStatus::Cancelled
            };
            let revision = known.revision + 1;
            changes.push(Maintenance { status, ended_at: Some(at), revision, ..known.clone() });
        }
    }
    changes
}

/// What begins or ends by `at`, at its scheduled time but not before `earliest`: what was shown until then stands.
fn due(board: &Snapshot, earliest: UnixMs, at: UnixMs) -> Vec<Maintenance> {
    let dated = |scheduled: UnixMs| Some(scheduled.max(earliest).min(at));
    let mut changes = Vec::new();
    for known in board.maintenances.iter().filter(|known| !known.status.is_over()) {
        let mut next = known.clone();
        let is_awaiting_word = known.verified_by_hand && known.status.is_active();
        if at >= known.scheduled_end && is_awaiting_word {
            if known.status == MaintenanceStatus::Verifying {
                continue;
            }
            next.status = MaintenanceStatus::Verifying;
        } else if at >= known.scheduled_end {
            next.status = MaintenanceStatus::Completed;
            next.ended_at = dated(known.scheduled_end);
        } else if at >= known.scheduled_start && known.status == MaintenanceStatus::Scheduled {
            next.status = MaintenanceStatus::InProgress;
            next.started_at = dated(known.scheduled_start);
        } else if at < known.scheduled_start && known.status == MaintenanceStatus::InProgress {
            // It was moved to later after it had begun.
            next.status = MaintenanceStatus::Scheduled;
            next.started_at = None;
        } else {
            continue;
        }
        next.revision += 1;
        changes.push(next);
    }
    changes
}

impl Engine {
    /// Brings what is announced in line with the configuration. Work that is announced while its time runs begins now.
    pub(crate) fn announce_maintenances(&mut self, out: &mut Output) {
        for maintenance in announce(&self.fold.board, &self.config.maintenances, out.at) {
            self.record(out, Fact::Public(Change::MaintenanceChanged(Box::new(maintenance))));
        }
        self.follow_maintenances(out.at, &mut Touched::new(), out);
    }

    /// Maintenance begins and ends in its time, though not before `earliest`. The components it concerns are touched from
    /// then on.
    pub(crate) fn follow_maintenances(&mut self, earliest: UnixMs, touched: &mut Touched, out: &mut Output) {
        for maintenance in due(&self.fold.board, earliest, out.at) {
            for component in &maintenance.components {
                match (maintenance.ended_at, maintenance.started_at) {
                    // Nothing that was found meanwhile is shown of the time of the work.
                    (Some(ended), _) => drop(touched.insert(component.clone(), ended)),
                    (None, started) => {
                        let started = started.unwrap_or(out.at);
                        let from = touched.entry(component.clone()).or_insert(started);
                        *from = started.min(*from);
                    }
                }
            }
            self.record(out, Fact::Public(Change::MaintenanceChanged(Box::new(maintenance))));
        }
    }
}
