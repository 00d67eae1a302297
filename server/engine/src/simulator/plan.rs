//! Configurations by chance: pages, components and checks, and how an operator changes them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use pharos_model::limits::COMPONENTS_MAX;
use pharos_model::{ComponentDefinition, ComponentId, Group, GroupId, Page, PageDefinition, Status};

use super::random::Random;
use crate::{AutoIncident, Check, CheckId, Config, IncidentPolicy, Source};

/// Zones whose days have 23, 23.5, 24, 24.5 and 25 hours, or begin at one in the morning.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
];
const COMPONENTS: usize = 8;
const CHECKS_PER_COMPONENT: usize = 3;
const SECOND_MS: u64 = 1_000;

/// What an operator has written so far.
#[derive(Clone, Debug)]
pub struct Plan {
    random: Random,
    /// Whether checks run every few seconds rather than every few minutes.
    dense: bool,
    numbers: u64,
    /// The configuration in force.
    pub config: Config,
}

impl Plan {
    /// The first configuration of a seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 3);
        let dense = random.chance(80_000);
        let silence_max_ms = if dense { 10 * SECOND_MS } else { SECOND_MS * *random.pick(&[60, 90, 120]) };
        let config = Config {
            definition: PageDefinition::default(),
            time_zone: TimeZone::UTC,
            checks: Vec::new(),
            incidents: BTreeMap::new(),
            redundancy: BTreeMap::new(),
            objectives: BTreeMap::new(),
            vantages: BTreeMap::new(),
            maintenances: Vec::new(),
            hooks: BTreeSet::new(),
            pages: Vec::new(),
            silence_max_ms,
        };
        let mut plan = Self { random, dense, numbers: 0, config };
        plan.config.definition.page.name = format!("Seed {seed}").into();
        plan.move_to_another_zone();
        for _ in 0..plan.random.between(2, COMPONENTS as u64) {
            plan.add_component();
        }
        if plan.random.chance(400_000) {
            plan.turn_references();
        }
        if plan.random.chance(500_000) {
            (0..COMPONENTS).for_each(|_| plan.change_needs());
        }
        plan
    }

    /// Changes something, at times nothing.
    pub fn change(&mut self) {
        match self.random.between(0, 11) {
            0 => self.add_component(),
            1 => self.remove_component(),
            2 => self.rename(),
            3 => self.reorder(),
            4 => self.move_to_another_zone(),
            5 => self.change_policy(),
            6 => self.turn_references(),
            7 => self.hand_check_over(),
            8 | 9 => self.change_check(),
            10 => self.change_needs(),
            _ => {}
        }
    }

    fn fresh(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn add_component(&mut self) {
        let components = self.config.definition.components.len();
        if components >= COMPONENTS.min(COMPONENTS_MAX) {
            return;
        }
        let name = format!("part-{}", self.fresh());
        let Ok(id) = ComponentId::new(&name) else { return };
        let definition = ComponentDefinition::new(id.clone(), name.into());
        let place = self.random.index(components);
        self.config.definition.components.insert(place, definition);
        for _ in 0..self.random.between(1, CHECKS_PER_COMPONENT as u64) {
            let check = self.check(Some(id.clone()));
            self.config.checks.push(check);
        }
        self.set_policy(&id);
    }

    fn remove_component(&mut self) {
        if self.config.definition.components.len() < 2 {
            return;
        }
        let place = self.random.index(self.config.definition.components.len() - 1);
        let gone = self.config.definition.components.remove(place).id;
        self.config.checks.retain(|check| check.component.as_ref() != Some(&gone));
        self.config.incidents.remove(&gone);
        for component in &mut self.config.definition.components {
            component.depends_on.retain(|needed| *needed != gone);
        }
    }

    /// A component needs others from here on, or none. It needs only older ones, so that there is no circle.
    fn change_needs(&mut self) {
        let number = |id: &ComponentId| id.as_str().rsplit('-').next()?.parse::<u64>().ok();
        let place = self.random.index(self.config.definition.components.len() - 1);
        let of = number(&self.config.definition.components[place].id);
        let components = self.config.definition.components.iter();
        let older: Vec<ComponentId> =
            components.filter(|other| number(&other.id) < of).map(|other| other.id.clone()).collect();
        let needed: Vec<ComponentId> = older.into_iter().filter(|_| self.random.chance(400_000)).collect();
        self.config.definition.components[place].depends_on = needed;
    }

    fn rename(&mut self) {
        let number = self.fresh();
        let place = self.random.index(self.config.definition.components.len() - 1);
        self.config.definition.components[place].name = format!("Renamed {number}").into();
    }

    fn reorder(&mut self) {
        let last = self.config.definition.components.len() - 1;
        let (one, other) = (self.random.index(last), self.random.index(last));
        self.config.definition.components.swap(one, other);
        let groups = &mut self.config.definition.groups;
        if let (true, Ok(id)) = (groups.is_empty(), GroupId::new("group")) {
            groups.push(Group { id, name: "Group".into() });
        }
        let group = groups.first().map(|group| group.id.clone());
        self.config.definition.components[one].group = group;
    }

    fn move_to_another_zone(&mut self) {
        let name = *self.random.pick(ZONES);
        let Ok(zone) = TimeZone::get(name) else { return };
        self.config.time_zone = zone;
        let page = &mut self.config.definition.page;
        *page = Page { time_zone: name.to_owned(), ..page.clone() };
    }

    fn set_policy(&mut self, id: &ComponentId) {
        let auto = if self.random.chance(150_000) { AutoIncident::Off } else { AutoIncident::Publish };
        let resolve_after_ms = SECOND_MS * *self.random.pick(&[0, 30, 300, 1_800]);
        self.config.incidents.insert(id.clone(), IncidentPolicy { auto, resolve_after_ms });
    }

    fn change_policy(&mut self) {
        let place = self.random.index(self.config.definition.components.len() - 1);
        let id = self.config.definition.components[place].id.clone();
        self.set_policy(&id);
    }

    fn turn_references(&mut self) {
        let before = self.config.checks.len();
        self.config.checks.retain(|check| check.component.is_some());
        if self.config.checks.len() < before {
            return;
        }
        for _ in 0..self.random.between(1, 2) {
            let check = self.check(None);
            self.config.checks.push(check);
        }
    }

    fn hand_check_over(&mut self) {
        let place = self.random.index(self.config.checks.len() - 1);
        let to = self.random.index(self.config.definition.components.len() - 1);
        let to = self.config.definition.components[to].id.clone();
        let owner = self.config.checks[place].component.clone();
        let others = self.config.checks.iter().filter(|check| check.component == owner).count();
        if owner.is_some() && others > 1 {
            self.config.checks[place].component = Some(to);
        }
    }

    fn change_check(&mut self) {
        let place = self.random.index(self.config.checks.len() - 1);
        let component = self.config.checks[place].component.clone();
        let other = self.check(component.clone());
        let others = self.config.checks.iter().filter(|check| check.component == component).count();
        let check = &mut self.config.checks[place];
        match self.random.between(0, 5) {
            0 => (check.down_after, check.up_after) = (other.down_after, other.up_after),
            1 if component.is_some() => check.source = other.source,
            2 => check.on_failure = other.on_failure,
            3 => check.degraded_over_ms = other.degraded_over_ms,
            4 if others > 1 => drop(self.config.checks.remove(place)),
            _ if others < CHECKS_PER_COMPONENT => self.config.checks.push(other),
            _ => {}
        }
    }

    fn check(&mut self, component: Option<ComponentId>) -> Check {
        let owner = component.as_ref().map_or("@reference", ComponentId::as_str);
        let id = CheckId(format!("{owner}/check-{}", self.numbers));
        self.numbers += 1;
        let seconds: &[u64] = if self.dense { &[10, 20, 30, 60] } else { &[30, 60, 120, 300, 300, 300] };
        let interval_ms = SECOND_MS * *self.random.pick(seconds);
        let timeout_ms = interval_ms.min(SECOND_MS * *self.random.pick(&[2, 10, 30]));
        let heartbeat = component.is_some() && self.random.chance(250_000);
        let source = if heartbeat {
            let grace_ms = SECOND_MS * *self.random.pick(&[0, 30, 120]);
            Source::Heartbeat { period_ms: interval_ms * *self.random.pick(&[1, 4, 12]), grace_ms }
        } else {
            Source::Probe { interval_ms, timeout_ms }
        };
        let failures =
            [Status::MajorOutage, Status::MajorOutage, Status::PartialOutage, Status::DegradedPerformance];
        Check {
            id,
            component,
            source,
            down_after: *self.random.pick(&[1, 2, 2, 3]),
            up_after: *self.random.pick(&[1, 2, 2, 3]),
            degraded_over_ms: *self.random.pick(&[None, Some(500), Some(1_500)]),
            on_failure: *self.random.pick(&failures),
        }
    }
}
