//! What a further page hears of a change: the change as it concerns that page, nothing, or that everything is to be read anew.

use super::{FurtherPage, PageView};
use crate::{Change, Event, Incident, IncidentId, Maintenance, Snapshot, UnixMs};

/// What a page hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing that concerns it.
    Nothing,
    /// A change, at its place among those that this page hears of.
    Event(Box<Event>),
    /// More than a change can say: whoever follows is to take everything anew.
    Anew,
}

/// What a change is about, as it was before it.
#[derive(Clone, Debug, Default)]
pub struct Before {
    incident: Option<Incident>,
    maintenance: Option<Maintenance>,
    laid_out_at: UnixMs,
}

impl Before {
    /// Of what a change of this board is about.
    pub fn of(board: &Snapshot, change: &Change) -> Self {
        let maintenance = match change {
            Change::MaintenanceChanged(wanted) => {
                board.maintenances.iter().find(|known| known.id == wanted.id).cloned()
            }
            _ => None,
        };
        let incident = match change {
            Change::IncidentUpdated { id, .. } | Change::IncidentHidden { id } => board.incident(id),
            Change::IncidentOpened(wanted) => board.incident(&wanted.id),
            Change::IncidentChanged(wanted) => board.incident(&wanted.id),
            _ => None,
        };
        Self { incident: incident.cloned(), maintenance, laid_out_at: board.laid_out_at }
    }
}

impl PageView {
    /// Hears an event that led to `board`. The page is at its place then, if it concerns the page.
    pub fn hear(&mut self, event: &Event, before: &Before, board: &Snapshot) -> Told {
        let change = match self.definition.change(event, before, board) {
            Heard::Nothing => return Told::Nothing,
            Heard::Change(change) => Some(change),
            Heard::Anew => None,
        };
        let after = std::mem::replace(&mut self.seq, event.seq);
        self.at = self.at.max(event.at);
        let lays_out = change.as_ref().is_none_or(|change| change.lays_out());
        if lays_out || board.laid_out_at != before.laid_out_at {
            self.laid_out_at = self.at;
        }
        let told = |change| Event { seq: event.seq, after, at: event.at, change };
        change.map_or(Told::Anew, |change| Told::Event(Box::new(told(*change))))
    }
}

/// What concerns a page of a change.
enum Heard {
    Nothing,
    Change(Box<Change>),
    Anew,
}

impl From<Option<Change>> for Heard {
    fn from(change: Option<Change>) -> Self {
        change.map_or(Self::Nothing, |change| Self::Change(Box::new(change)))
    }
}

impl FurtherPage {
    fn change(&self, event: &Event, before: &Before, board: &Snapshot) -> Heard {
        let change = &event.change;
        let told = match change {
            // Components may come in with a history that no change tells.
            Change::Configured(_) => return Heard::Anew,
            Change::DayBegan(_) | Change::Unwatched { .. } | Change::Checkpoint => Some(change.clone()),
            Change::StatusChanged { component, .. } | Change::Stated { component, .. } => {
                self.shows(component, board).then(|| change.clone())
            }
            Change::RedundancyChanged { component, redundancy } => {
                self.shows(component, board).then(|| Change::RedundancyChanged {
                    component: component.clone(),
                    redundancy: redundancy.as_ref().map(|known| Box::new(self.redundancy(known, board))),
                })
            }
            Change::FailoverChanged(known) => {
                self.failover(known, board).map(|known| Change::FailoverChanged(Box::new(known)))
            }
            Change::MaintenanceChanged(known) => return self.maintenance_change(known, before, board),
            Change::IncidentOpened(known) => return self.incident_change(change, (&known.id, before), board),
            Change::IncidentChanged(known) => {
                return self.incident_change(change, (&known.id, before), board);
            }
            Change::IncidentUpdated { id, .. } | Change::IncidentHidden { id } => {
                return self.incident_change(change, (id, before), board);
            }
            Change::DrillHeld(_) | Change::AnnouncementChanged(_) => None,
        };
        told.into()
    }

    fn maintenance_change(&self, known: &Maintenance, before: &Before, board: &Snapshot) -> Heard {
        if let Some(known) = self.maintenance(known, board) {
            return Some(Change::MaintenanceChanged(Box::new(known))).into();
        }
        // No change says that it concerns the page no more.
        let was_told = before.maintenance.as_ref().and_then(|known| self.maintenance(known, board));
        if was_told.is_some() { Heard::Anew } else { Heard::Nothing }
    }

    /// What a change of an incident is here, where it may begin to concern the page, or concern it no more.
    fn incident_change(
        &self,
        change: &Change,
        (id, before): (&IncidentId, &Before),
        board: &Snapshot,
    ) -> Heard {
        let was = before.incident.as_ref().and_then(|known| self.incident(known, board));
        let is = board.incident(id).and_then(|known| self.incident(known, board));
        let (was, is) = match (was, is) {
            (None, None) => return Heard::Nothing,
            (Some(was), None) => return Some(Change::IncidentHidden { id: was.id }).into(),
            (None, Some(_)) if !self.is_in_place(id, board) => return Heard::Anew,
            (None, Some(is)) => return Some(Change::IncidentOpened(is)).into(),
            (Some(was), Some(is)) => (was, is),
        };
        if let Change::IncidentUpdated { update, impact, .. } = change {
            let (mut update, mut followed) = (update.clone(), was);
            let has_first = board
                .incident(id)
                .is_some_and(|known| known.components.first().is_some_and(|first| self.shows(first, board)));
            if self.tells(&mut update, has_first, board) {
                followed.impact = *impact;
                followed.follow(&update);
                if followed == is {
                    return Some(Change::IncidentUpdated { id: is.id, update, impact: *impact }).into();
                }
            }
        }
        Some(Change::IncidentChanged(Box::new(is))).into()
    }

    /// Whether an incident stands where one is put that nobody knew of: it may have been known elsewhere for long.
    fn is_in_place(&self, id: &IncidentId, board: &Snapshot) -> bool {
        let Some(began_at) = board.incident(id).map(|known| known.began_at) else { return false };
        let mut shown =
            board.incidents.iter().filter(|known| known.components.iter().any(|id| self.shows(id, board)));
        shown.by_ref().take_while(|known| known.id != *id).all(|known| known.began_at > began_at)
            && shown.next().is_none_or(|next| next.began_at <= began_at)
    }
}
