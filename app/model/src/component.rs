//! Components: the parts of a service that the page tells about, and the groups they stand in.

use serde::{Deserialize, Serialize};

#[cfg(not(target_family = "wasm"))]
use crate::Redundancy;
use crate::{CivilDate, ComponentId, Day, DayTally, GroupId, Stated, Status, Tally, Text, UnixMs};

/// What the operator says of a component. Public: nothing about how it is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentDefinition {
    /// Its identifier, kept for ever.
    pub id: ComponentId,
    /// Its name, as visitors know it.
    pub name: Text,
    /// One sentence about it; empty when there is none.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub description: Text,
    /// The group it stands in, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Whether it is a member of a redundant component: then that tells how the service is, and this how much is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_member: bool,
    /// Whose word its status is, where it is a supplier's: their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Text>,
    /// The components that it needs to work. The browser's half does not read what stands from here on.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ComponentId>,
    /// What share of the time it is to be available, in millionths, where that was promised.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective_ppm: Option<u32>,
}

impl ComponentDefinition {
    /// A component of which only the name is said.
    pub fn new(id: ComponentId, name: Text) -> Self {
        Self {
            id,
            name,
            description: Text::default(),
            group: None,
            is_member: false,
            supplier: None,
            #[cfg(not(target_family = "wasm"))]
            depends_on: Vec::new(),
            #[cfg(not(target_family = "wasm"))]
            objective_ppm: None,
        }
    }
}

/// A heading over several components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its identifier.
    pub id: GroupId,
    /// Its name, as visitors know it.
    pub name: Text,
}

/// A component, how it is, and its time since it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What the operator says of it.
    pub definition: ComponentDefinition,
    /// How it is.
    pub status: Status,
    /// Present while this is what operators state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Box<Stated>>,
    /// Present where it is redundant. The browser's half does not read it: what it shows of it, it has from its page.
    #[cfg(not(target_family = "wasm"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redundancy: Option<Box<Redundancy>>,
    /// Since when it is so: the start of the open span.
    pub since: UnixMs,
    /// When it was added to the page. There is no time before.
    pub began: UnixMs,
    /// What was not operational in closed spans, by day, ascending; days without an entry had none.
    pub tallies: Vec<DayTally>,
}

impl Component {
    /// A component nobody has looked at yet.
    pub fn unseen(definition: ComponentDefinition, at: UnixMs) -> Self {
        Self {
            definition,
            status: Status::Unknown,
            stated: None,
            #[cfg(not(target_family = "wasm"))]
            redundancy: None,
            since: at,
            began: at,
            tallies: Vec::new(),
        }
    }

    /// Closes the open span at `from` and opens one of `status` there.
    ///
    /// `from` may lie in the past, but never before the open span began: spans tile time.
    pub(crate) fn change(&mut self, status: Status, from: UnixMs, days: &[Day]) {
        let from = from.max(self.since);
        let (closed, since) = (self.status, self.since);
        for (date, ms) in split(days, since, from) {
            self.tally_mut(date).add(closed, ms);
        }
        self.tallies.retain(|tally| tally.ms != [0; 5]);
        self.status = status;
        self.since = from;
    }

    /// Forgets what lies before the first of `days`.
    pub(crate) fn trim(&mut self, days: &[Day]) {
        if let Some(first) = days.first() {
            self.tallies.retain(|tally| tally.date >= first.date);
        }
    }

    /// The time of each status in `days[index]`, open span included, as of `at`. Sums to the part of the day that
    /// lies between `began` and `at`.
    pub fn day_tally(&self, days: &[Day], index: usize, at: UnixMs) -> Tally {
        let Some(day) = days.get(index) else { return Tally::default() };
        let end = days.get(index + 1).map_or(at, |next| next.starts_at.min(at));
        let start = day.starts_at.max(self.began);
        let mut tally = Tally::default();
        let mut rest = end.since_ms(start);
        if let Ok(found) = self.tallies.binary_search_by_key(&day.date, |tally| tally.date) {
            for status in Status::ALL {
                let ms = self.tallies[found].of(status).min(rest);
                tally.add(status, ms);
                rest -= ms;
            }
        }
        let open = end.since_ms(start.max(self.since)).min(rest);
        tally.add(self.status, open);
        tally.add(Status::Operational, rest - open);
        tally
    }

    fn tally_mut(&mut self, date: CivilDate) -> &mut DayTally {
        let position = match self.tallies.binary_search_by_key(&date, |tally| tally.date) {
            Ok(found) => found,
            Err(place) => {
                self.tallies.insert(place, DayTally::empty(date));
                place
            }
        };
        &mut self.tallies[position]
    }
}

/// Cuts `[from, until)` at the starts of `days`; what lies before the first day is left out.
fn split(days: &[Day], from: UnixMs, until: UnixMs) -> impl Iterator<Item = (CivilDate, u64)> {
    let first = days.partition_point(|day| day.starts_at <= from).saturating_sub(1);
    days.iter().enumerate().skip(first).map_while(move |(index, day)| {
        let start = day.starts_at.max(from);
        let end = days.get(index + 1).map_or(until, |next| next.starts_at.min(until));
        (start < until).then_some((day.date, end.since_ms(start)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Vec<Day> {
        vec![
            Day { date: CivilDate(0), starts_at: UnixMs(0) },
            Day { date: CivilDate(1), starts_at: UnixMs(100) },
            Day { date: CivilDate(2), starts_at: UnixMs(190) },
        ]
    }

    fn component() -> Component {
        let definition = ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into());
        Component::unseen(definition, UnixMs(10))
    }

    #[test]
    fn a_span_over_midnight_is_counted_in_both_days() {
        let mut api = component();
        api.change(Status::Operational, UnixMs(20), &days());
        api.change(Status::MajorOutage, UnixMs(80), &days());
        api.change(Status::Operational, UnixMs(130), &days());
        let first = api.day_tally(&days(), 0, UnixMs(200));
        assert_eq!((first.of(Status::Unknown), first.of(Status::MajorOutage)), (10, 20));
        assert_eq!(first.of(Status::Operational), 60);
        let second = api.day_tally(&days(), 1, UnixMs(200));
        assert_eq!((second.of(Status::MajorOutage), second.of(Status::Operational)), (30, 60));
    }

    #[test]
    fn the_open_span_counts_up_to_the_moment_asked_for() {
        let mut api = component();
        api.change(Status::MajorOutage, UnixMs(150), &days());
        assert_eq!(api.day_tally(&days(), 1, UnixMs(170)).of(Status::MajorOutage), 20);
        assert_eq!(api.day_tally(&days(), 1, UnixMs(500)).of(Status::MajorOutage), 40);
        assert_eq!(api.day_tally(&days(), 2, UnixMs(500)).of(Status::MajorOutage), 310);
    }

    #[test]
    fn a_change_is_never_dated_before_the_span_it_ends() {
        let mut api = component();
        api.change(Status::Operational, UnixMs(50), &days());
        api.change(Status::MajorOutage, UnixMs(5), &days());
        assert_eq!(api.since, UnixMs(50));
        assert_eq!(api.day_tally(&days(), 0, UnixMs(60)).of(Status::Operational), 0);
    }

    #[test]
    fn a_day_before_the_component_began_has_no_time() {
        let late = Component { began: UnixMs(120), since: UnixMs(120), ..component() };
        assert_eq!(late.day_tally(&days(), 0, UnixMs(500)).total_ms(), 0);
        assert_eq!(late.day_tally(&days(), 1, UnixMs(500)).total_ms(), 70);
    }
}
