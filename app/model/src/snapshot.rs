//! The snapshot, and the one reducer that makes it: everything public is a view of the fold of the journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::DAYS_MAX;
#[cfg(not(target_family = "wasm"))]
use crate::{Announcement, Drill, Failover, Maintenance, PageDefinition, drill, failover};
use crate::{
    Change, Component, ComponentId, Day, Event, Group, Incident, Indicator, Origin, Page, Status, UnixMs,
};

/// Everything the page shows, as of one place in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which life of the journal.
    pub origin: Origin,
    /// The last public entry that is in it.
    pub seq: u64,
    /// The time of that entry. Every figure is reckoned up to here and no further.
    pub at: UnixMs,
    /// When it last changed what stands on the page beside its living parts: its layout, or what is planned.
    #[serde(default)]
    pub laid_out_at: UnixMs,
    /// The page's own words and rules.
    pub page: Page,
    /// In the order in which they are shown.
    pub groups: Vec<Group>,
    /// In the order in which they are shown.
    pub components: Vec<Component>,
    /// Ascending; the last is today.
    pub days: Vec<Day>,
    /// Newest first.
    pub incidents: Vec<Incident>,
    /// The earliest first. The browser's half does not read it: what it says of them it has from its page.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintenances: Vec<Maintenance>,
    /// Newest first. Not read by the browser's half either.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcements: Vec<Announcement>,
    /// Newest first. Not read by the browser's half either.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failovers: Vec<Failover>,
    /// Newest first. Not read by the browser's half either.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drills: Vec<Drill>,
}

/// Why an event does not fit. The reader's copy is no longer the journal's: it must be fetched anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// Entries are missing between the snapshot and the event.
    Gap {
        /// The snapshot's place.
        have: u64,
        /// The place the event follows.
        after: u64,
    },
    /// The event speaks of something the snapshot does not hold.
    Stranger {
        /// What it names.
        name: String,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { have, after } => {
                write!(f, "entries are missing: the snapshot is at {have}, the event follows {after}")
            }
            Self::Stranger { name } => {
                write!(f, "the event names \"{name}\", which the snapshot does not hold")
            }
        }
    }
}

impl std::error::Error for ApplyError {}

impl Snapshot {
    /// The fold of nothing.
    pub fn empty(origin: Origin) -> Self {
        Self { origin, ..Self::default() }
    }

    /// Folds one event in.
    ///
    /// An event that is already in (its `seq` at or below the snapshot's) changes nothing, so that hearing it twice
    /// is harmless.
    ///
    /// # Errors
    /// When entries are missing before it or it names what is not there; the snapshot is then as it was.
    pub fn apply(&mut self, event: &Event) -> Result<(), ApplyError> {
        if event.seq <= self.seq {
            return Ok(());
        }
        if event.after != self.seq {
            return Err(ApplyError::Gap { have: self.seq, after: event.after });
        }
        self.apply_change(event.at, &event.change)?;
        self.seq = event.seq;
        Ok(())
    }

    /// Folds one change in, without a place in the journal: for whoever writes the journal and does not know the
    /// place yet.
    ///
    /// # Errors
    /// When it names what is not there; the snapshot is then as it was.
    pub fn apply_change(&mut self, at: UnixMs, change: &Change) -> Result<(), ApplyError> {
        match change {
            #[cfg(not(target_family = "wasm"))]
            Change::Configured(definition) => self.configure(at, definition),
            Change::DayBegan(day) => self.begin_day(*day),
            Change::StatusChanged { component, status, from } => {
                let index = self.position(component)?;
                self.components[index].change(*status, *from, &self.days);
            }
            #[cfg(not(target_family = "wasm"))]
            Change::Unwatched { from, .. } => {
                for component in &mut self.components {
                    component.change(Status::Unknown, *from, &self.days);
                    component.stated = None;
                }
            }
            #[cfg(not(target_family = "wasm"))]
            Change::Stated { component, stated, .. } => {
                let index = self.position(component)?;
                self.components[index].stated.clone_from(stated);
            }
            Change::IncidentOpened(incident) => self.take_incident(incident),
            Change::IncidentUpdated { id, update, impact } => {
                let incident = self.incident_mut(id)?;
                incident.impact = *impact;
                incident.follow(update);
            }
            #[cfg(not(target_family = "wasm"))]
            Change::IncidentChanged(incident) => self.take_incident(incident),
            #[cfg(not(target_family = "wasm"))]
            Change::IncidentHidden { id } => self.incidents.retain(|incident| incident.id != *id),
            #[cfg(not(target_family = "wasm"))]
            Change::RedundancyChanged { component, redundancy } => {
                self.take_redundancy(component, redundancy.as_deref(), at)?;
            }
            #[cfg(not(target_family = "wasm"))]
            Change::FailoverChanged(known) => failover::take(&mut self.failovers, known),
            #[cfg(not(target_family = "wasm"))]
            Change::DrillHeld(known) => drill::take(&mut self.drills, known),
            #[cfg(not(target_family = "wasm"))]
            Change::AnnouncementChanged(announcement) => self.take_announcement(announcement),
            #[cfg(not(target_family = "wasm"))]
            Change::MaintenanceChanged(maintenance) => self.take_maintenance(maintenance),
            #[cfg(target_family = "wasm")]
            Change::Beside => {}
            Change::Checkpoint => {}
        }
        self.at = self.at.max(at);
        #[cfg(not(target_family = "wasm"))]
        if change.lays_out() {
            self.laid_out_at = self.at;
        }
        self.trim_incidents();
        Ok(())
    }

    #[cfg(not(target_family = "wasm"))]
    fn configure(&mut self, at: UnixMs, definition: &PageDefinition) {
        self.page = definition.page.clone();
        self.groups.clone_from(&definition.groups);
        let mut before = std::mem::take(&mut self.components);
        for wanted in &definition.components {
            let kept = before.iter().position(|component| component.definition.id == wanted.id);
            let mut component = match kept {
                Some(index) => before.swap_remove(index),
                None => Component::unseen(wanted.clone(), at),
            };
            component.definition = wanted.clone();
            self.components.push(component);
        }
    }

    fn begin_day(&mut self, day: Day) {
        if self.days.last().is_some_and(|last| last.date >= day.date || last.starts_at >= day.starts_at) {
            return;
        }
        self.days.push(day);
        let surplus = self.days.len().saturating_sub(DAYS_MAX);
        self.days.drain(..surplus);
        for component in &mut self.components {
            component.trim(&self.days);
        }
    }

    pub(crate) fn position(&self, id: &ComponentId) -> Result<usize, ApplyError> {
        let found = self.components.iter().position(|component| component.definition.id == *id);
        found.ok_or_else(|| ApplyError::Stranger { name: id.to_string() })
    }

    /// The component with this identifier.
    pub fn component(&self, id: &ComponentId) -> Option<&Component> {
        self.components.iter().find(|component| component.definition.id == *id)
    }

    /// The state of the whole page: the worse of its components' states and its open incidents'.
    ///
    /// Critical when every component is in a major outage; unknown when there is nothing to tell about.
    pub fn indicator(&self) -> Indicator {
        let (mut worst, mut is_anything, mut is_any_left) = (Indicator::None, false, false);
        for component in self.listed() {
            worst = worst.worse(Indicator::of_status(component.status));
            is_anything = true;
            is_any_left |= component.status != Status::MajorOutage;
        }
        match (is_anything, is_any_left) {
            (false, _) => Indicator::Unknown,
            (true, false) => Indicator::Critical,
            (true, true) => self
                .open_incidents()
                .map(|incident| Indicator::of_impact(incident.impact))
                .fold(worst, Indicator::worse),
        }
    }

    /// The components that speak for the service: all but the members of redundant ones, for which those speak.
    pub fn listed(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|component| !component.definition.is_member)
    }

    /// The worst status among the components of a group; `Unknown` for an empty one.
    pub fn group_status(&self, group: &Group) -> Status {
        let members =
            self.listed().filter(|component| component.definition.group.as_ref() == Some(&group.id));
        members.map(|component| component.status).reduce(Status::worse).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CivilDate, ComponentDefinition, Impact, IncidentId, IncidentSource, IncidentStatus, IncidentUpdate,
        Transition,
    };

    fn id(text: &str) -> ComponentId {
        ComponentId::new(text).unwrap()
    }

    fn definition(ids: &[&str]) -> PageDefinition {
        let component = |text: &&str| ComponentDefinition::new(id(text), (*text).into());
        PageDefinition { components: ids.iter().map(component).collect(), ..PageDefinition::default() }
    }

    fn day(number: i32) -> Day {
        Day { date: CivilDate(number), starts_at: UnixMs(i64::from(number) * 86_400_000) }
    }

    fn snapshot(ids: &[&str]) -> Snapshot {
        let mut snapshot = Snapshot::empty(Origin::new("o").unwrap());
        snapshot.apply_change(UnixMs(0), &Change::DayBegan(day(0))).unwrap();
        snapshot.apply_change(UnixMs(0), &Change::Configured(definition(ids))).unwrap();
        snapshot
    }

    fn status(component: &str, status: Status, from: i64) -> Change {
        Change::StatusChanged { component: id(component), status, from: UnixMs(from) }
    }

    fn incident(name: &str, impact: Impact) -> Incident {
        Incident {
            id: IncidentId::new(name).unwrap(),
            title: name.into(),
            source: IncidentSource::Automatic,
            status: IncidentStatus::Investigating,
            impact,
            components: vec![],
            began_at: UnixMs(5),
            resolved_at: None,
            updates: vec![],
            pinned: false,
            taken_over: false,
            impact_stated: false,
            root: None,
            revision: 0,
            edited_at: None,
        }
    }

    fn update(status: IncidentStatus, at: i64) -> IncidentUpdate {
        IncidentUpdate::new(UnixMs(at), status, Transition::Resolved)
    }

    #[test]
    fn a_gap_is_refused_and_changes_nothing() {
        let mut snapshot = snapshot(&["api"]);
        let before = snapshot.clone();
        let event = Event { seq: 9, after: 7, at: UnixMs(1), change: Change::Checkpoint };
        assert_eq!(snapshot.apply(&event), Err(ApplyError::Gap { have: 0, after: 7 }));
        assert_eq!(snapshot, before);
    }

    #[test]
    fn hearing_an_event_twice_is_harmless() {
        let mut snapshot = snapshot(&["api"]);
        let event = Event { seq: 3, after: 0, at: UnixMs(9), change: status("api", Status::MajorOutage, 8) };
        snapshot.apply(&event).unwrap();
        let once = snapshot.clone();
        snapshot.apply(&event).unwrap();
        assert_eq!(snapshot, once);
    }

    #[test]
    fn a_new_component_is_unknown_until_somebody_looked() {
        let snapshot = snapshot(&["api"]);
        assert_eq!(snapshot.component(&id("api")).unwrap().status, Status::Unknown);
        assert_eq!(snapshot.indicator(), Indicator::Unknown);
    }

    #[test]
    fn a_component_keeps_its_history_when_the_page_is_laid_out_anew() {
        let mut snapshot = snapshot(&["api", "web"]);
        snapshot.apply_change(UnixMs(10), &status("api", Status::MajorOutage, 10)).unwrap();
        snapshot.apply_change(UnixMs(20), &Change::Configured(definition(&["new", "api"]))).unwrap();
        let order: Vec<_> =
            snapshot.components.iter().map(|c| (c.definition.id.as_str(), c.status)).collect();
        assert_eq!(order, [("new", Status::Unknown), ("api", Status::MajorOutage)]);
        assert_eq!(snapshot.component(&id("new")).unwrap().began, UnixMs(20));
    }

    #[test]
    fn unwatched_time_is_unknown_for_everything_until_seen_again() {
        let mut snapshot = snapshot(&["api"]);
        snapshot.apply_change(UnixMs(10), &status("api", Status::Operational, 10)).unwrap();
        let gap = Change::Unwatched { from: UnixMs(50), until: UnixMs(90) };
        snapshot.apply_change(UnixMs(90), &gap).unwrap();
        snapshot.apply_change(UnixMs(95), &status("api", Status::Operational, 95)).unwrap();
        let tally = snapshot.components[0].day_tally(&snapshot.days, 0, UnixMs(100));
        assert_eq!((tally.of(Status::Unknown), tally.of(Status::Operational)), (10 + 45, 40 + 5));
    }

    #[test]
    fn the_banner_is_never_better_than_an_open_incident() {
        let mut snapshot = snapshot(&["api", "web"]);
        for name in ["api", "web"] {
            snapshot.apply_change(UnixMs(1), &status(name, Status::Operational, 1)).unwrap();
        }
        assert_eq!(snapshot.indicator(), Indicator::None);
        let opened = Change::IncidentOpened(incident("one", Impact::Major));
        snapshot.apply_change(UnixMs(2), &opened).unwrap();
        assert_eq!(snapshot.indicator(), Indicator::Major);
    }

    #[test]
    fn a_relapse_makes_a_resolved_incident_open_again() {
        let mut snapshot = snapshot(&["api"]);
        snapshot.apply_change(UnixMs(1), &Change::IncidentOpened(incident("one", Impact::Minor))).unwrap();
        let key = IncidentId::new("one").unwrap();
        for (state, at) in [(IncidentStatus::Resolved, 5), (IncidentStatus::Postmortem, 7)] {
            let change =
                Change::IncidentUpdated { id: key.clone(), update: update(state, at), impact: Impact::Minor };
            snapshot.apply_change(UnixMs(at), &change).unwrap();
        }
        assert_eq!(snapshot.incident(&key).unwrap().resolved_at, Some(UnixMs(5)));
        let back = update(IncidentStatus::Investigating, 9);
        let change = Change::IncidentUpdated { id: key.clone(), update: back, impact: Impact::Major };
        snapshot.apply_change(UnixMs(9), &change).unwrap();
        assert_eq!(snapshot.incident(&key).unwrap().resolved_at, None);
    }

    #[test]
    fn a_snapshot_never_carries_more_days_than_its_bound() {
        let mut snapshot = snapshot(&["api"]);
        for number in 1..300 {
            snapshot.apply_change(UnixMs(0), &Change::DayBegan(day(number))).unwrap();
        }
        assert_eq!(snapshot.days.len(), DAYS_MAX);
        assert_eq!(snapshot.days[DAYS_MAX - 1], day(299));
    }

    #[test]
    fn an_event_reads_the_same_after_a_trip_over_the_wire() {
        let event = Event { seq: 3, after: 0, at: UnixMs(9), change: status("api", Status::MajorOutage, 8) };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(
            text,
            r#"{"seq":3,"after":0,"at":9,"change":{"status_changed":{"component":"api","status":"major_outage","from":8}}}"#
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
