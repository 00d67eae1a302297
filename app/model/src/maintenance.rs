//! Maintenance: planned work, announced ahead, which is no outage.

use serde::{Deserialize, Serialize};

use crate::limits::{INCIDENT_RETENTION_MS, MAINTENANCES_MAX};
use crate::{ComponentId, MaintenanceId, Prose, Snapshot, Text, UnixMs};

/// Where maintenance stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStatus {
    /// Announced, not begun.
    #[default]
    Scheduled,
    /// The work is being done.
    InProgress,
    /// The work is done, and it is looked whether all is well.
    Verifying,
    /// Over.
    Completed,
    /// It does not take place.
    Cancelled,
}

impl MaintenanceStatus {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether its components are under maintenance.
    pub fn is_active(self) -> bool {
        matches!(self, Self::InProgress | Self::Verifying)
    }

    /// Whether nothing more is to come of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }
}

/// Who planned maintenance, and so may change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceSource {
    /// It stands in the configuration, and goes when it stands there no more.
    #[default]
    Configuration,
    /// A person planned it.
    Operator,
}

/// Something said about maintenance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceUpdate {
    /// When it was said.
    pub at: UnixMs,
    /// Where the maintenance stands from here on.
    pub status: MaintenanceStatus,
    /// What was said.
    pub body: Prose,
}

/// Maintenance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its identifier.
    pub id: MaintenanceId,
    /// One line, as visitors read it.
    pub title: Text,
    /// What is done and what to expect; empty when nothing was said.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub description: Text,
    /// Who planned it.
    pub source: MaintenanceSource,
    /// The components it concerns.
    pub components: Vec<ComponentId>,
    /// When it is to begin.
    pub scheduled_start: UnixMs,
    /// When it is to end.
    pub scheduled_end: UnixMs,
    /// Where it stands.
    pub status: MaintenanceStatus,
    /// When it began, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<UnixMs>,
    /// When it was over, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixMs>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<MaintenanceUpdate>,
    /// The series of which it is one occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<MaintenanceId>,
    /// Whether it ends with a look whether all is well, instead of by itself at its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified_by_hand: bool,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u32,
    /// When it was announced; `None` where nobody noted that.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<UnixMs>,
    /// When anything of it last changed; `None` where nobody noted that.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<UnixMs>,
}

impl Snapshot {
    /// Maintenances in progress or to come, the earliest first.
    pub fn planned_maintenances(&self) -> impl Iterator<Item = &Maintenance> {
        self.maintenances.iter().filter(|maintenance| !maintenance.status.is_over())
    }

    /// Since when maintenance of a component is in progress; `None` when none is.
    pub fn maintained_since(&self, id: &ComponentId) -> Option<UnixMs> {
        let active = self.maintenances.iter().filter(|maintenance| maintenance.status.is_active());
        let of_component = active.filter(|maintenance| maintenance.components.contains(id));
        of_component.filter_map(|maintenance| maintenance.started_at).min()
    }

    /// Takes what is known of a maintenance now, in its place.
    pub(crate) fn take_maintenance(&mut self, maintenance: &Maintenance) {
        self.maintenances.retain(|known| known.id != maintenance.id);
        let place =
            self.maintenances.partition_point(|known| known.scheduled_start <= maintenance.scheduled_start);
        self.maintenances.insert(place, maintenance.clone());
        let horizon = self.at.minus_ms(INCIDENT_RETENTION_MS);
        self.maintenances.retain(|known| known.ended_at.is_none_or(|ended| ended >= horizon));
        // What is over goes first, and of that the oldest.
        while self.maintenances.len() > MAINTENANCES_MAX {
            let oldest = self.maintenances.iter().position(|known| known.status.is_over());
            self.maintenances.remove(oldest.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MaintenanceStatus::{Completed, InProgress, Scheduled};
    use super::*;
    use crate::Change;

    fn id(text: &str) -> ComponentId {
        ComponentId::new(text).unwrap()
    }

    fn maintenance(name: &str, start: i64, status: MaintenanceStatus) -> Maintenance {
        Maintenance {
            id: MaintenanceId::new(name).unwrap(),
            components: vec![id("api")],
            scheduled_start: UnixMs(start),
            scheduled_end: UnixMs(start + 10),
            status,
            started_at: status.is_active().then_some(UnixMs(start)),
            ended_at: status.is_over().then_some(UnixMs(start + 10)),
            ..Maintenance::default()
        }
    }

    #[test]
    fn maintenances_stand_in_the_order_of_their_beginning_each_once() {
        let mut snapshot = Snapshot::default();
        for (name, start, status) in [("b", 50, Scheduled), ("a", 20, Scheduled), ("b", 10, InProgress)] {
            let change = Change::MaintenanceChanged(Box::new(maintenance(name, start, status)));
            snapshot.apply_change(UnixMs(1), &change).unwrap();
        }
        let names: Vec<&str> = snapshot.planned_maintenances().map(|known| known.id.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(snapshot.maintained_since(&id("api")), Some(UnixMs(10)));
        assert_eq!(snapshot.maintained_since(&id("web")), None);
    }

    #[test]
    fn of_too_many_maintenances_those_that_are_over_go_first() {
        let mut snapshot = Snapshot::default();
        for number in 0..i64::try_from(MAINTENANCES_MAX).unwrap() + 50 {
            let status = if number % 2 == 0 { Completed } else { Scheduled };
            let change =
                Change::MaintenanceChanged(Box::new(maintenance(&format!("m{number}"), number, status)));
            snapshot.apply_change(UnixMs(1), &change).unwrap();
        }
        assert_eq!(snapshot.maintenances.len(), MAINTENANCES_MAX);
        assert_eq!(snapshot.planned_maintenances().count(), MAINTENANCES_MAX / 2 + 25);
    }
}
