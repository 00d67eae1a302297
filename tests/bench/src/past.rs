//! The made-up past itself: a page, what is looked at how often, and which troubles it had. The same for the same end.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::tz::TimeZone;
use pharos_engine::{Check, CheckId, Config, IncidentPolicy, Now, Source};
use pharos_model::{ComponentDefinition, ComponentId, Group, GroupId, Page, PageDefinition, Status, UnixMs};

/// A day of 24 hours.
pub const DAY_MS: u64 = 24 * HOUR_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const MINUTE_MS: u64 = 60_000;
/// Time between two looks when nothing happens. The facts would be the same with more of them.
const LOOK_MS: u64 = 6 * HOUR_MS;
/// Each component has a trouble on one day of so many.
const DAYS_PER_TROUBLE: u64 = 8;
/// Components of one group.
const GROUP_SIZE: u32 = 10;

/// A past.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    components: u32,
    days: u32,
    /// When it begins.
    pub begin: UnixMs,
    /// When it ends.
    pub end: UnixMs,
}

/// What is seen at one moment.
pub type Looks = BTreeMap<UnixMs, Vec<(CheckId, Status)>>;

/// Something that went wrong.
struct Trouble {
    from: UnixMs,
    until: UnixMs,
    status: Status,
}

/// Scatters a number over all of 64 bits, the same way always (the finaliser of `SplitMix64`).
pub fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Both clocks at a moment of a past that began at `begin`.
pub fn clocks(at: UnixMs, begin: UnixMs) -> Now {
    Now { wall: at, mono_ms: at.since_ms(begin) }
}

fn component_id(number: u32) -> anyhow::Result<ComponentId> {
    ComponentId::new(&format!("component-{number:03}")).context("a component has no good name")
}

fn check_id(number: u32) -> CheckId {
    CheckId(format!("component-{number:03}/past"))
}

impl Past {
    /// The last `days` before `end`.
    pub fn new(components: u32, days: u32, end: UnixMs) -> Self {
        Self { components, days, begin: end.minus_ms(u64::from(days) * DAY_MS), end }
    }

    /// The components by their identifiers: `component-001` and so on, as the measurements configure them.
    ///
    /// # Errors
    /// When there are too many to be named.
    pub fn components(&self) -> anyhow::Result<Vec<ComponentId>> {
        (1..=self.components).map(component_id).collect()
    }

    /// What the core is told.
    ///
    /// # Errors
    /// When there are too many components to be named.
    pub fn config(&self) -> anyhow::Result<Config> {
        let group = |number: u32| GroupId::new(&format!("group-{:02}", (number - 1) / GROUP_SIZE + 1));
        let (mut groups, mut components, mut checks, mut incidents) =
            (Vec::<Group>::new(), Vec::new(), Vec::new(), BTreeMap::new());
        for number in 1..=self.components {
            let (id, group) = (component_id(number)?, group(number).context("a group has no good name")?);
            if groups.last().is_none_or(|last| last.id != group) {
                let name = format!("Group {}", groups.len() + 1);
                groups.push(Group { id: group.clone(), name: name.into() });
            }
            let name = format!("Component {number:03}");
            components.push(ComponentDefinition {
                group: Some(group),
                ..ComponentDefinition::new(id.clone(), name.into())
            });
            checks.push(Check {
                id: check_id(number),
                component: Some(id.clone()),
                source: Source::Probe { interval_ms: LOOK_MS, timeout_ms: LOOK_MS },
                down_after: 1,
                up_after: 1,
                degraded_over_ms: None,
                on_failure: Status::MajorOutage,
            });
            incidents
                .insert(id, IncidentPolicy { resolve_after_ms: 5 * MINUTE_MS, ..IncidentPolicy::default() });
        }
        let page = Page { name: "Benchmark".into(), time_zone: "UTC".to_owned(), ..Page::default() };
        Ok(Config {
            definition: PageDefinition { page, groups, components },
            time_zone: TimeZone::UTC,
            checks,
            incidents,
            redundancy: BTreeMap::new(),
            objectives: BTreeMap::new(),
            vantages: BTreeMap::new(),
            maintenances: Vec::new(),
            hooks: BTreeSet::new(),
            pages: Vec::new(),
            silence_max_ms: 2 * LOOK_MS,
        })
    }

    /// What is seen when: everything every few hours, and the beginning, end and aftermath of every trouble.
    pub fn looks(&self) -> Looks {
        let mut looks = Looks::new();
        for number in 1..=self.components {
            let troubles = self.troubles(number);
            let steps = u64::from(self.days) * DAY_MS / LOOK_MS;
            let mut moments: BTreeSet<UnixMs> =
                (1..steps).map(|step| self.begin.plus_ms(step * LOOK_MS)).collect();
            for trouble in &troubles {
                moments.extend([trouble.from, trouble.until, trouble.until.plus_ms(6 * MINUTE_MS)]);
            }
            for at in moments.into_iter().filter(|at| *at < self.end) {
                let found = troubles.iter().find(|trouble| trouble.from <= at && at < trouble.until);
                let status = found.map_or(Status::Operational, |trouble| trouble.status);
                looks.entry(at).or_default().push((check_id(number), status));
            }
        }
        looks
    }

    /// At most one a day, in its first half, and never across midnight.
    fn troubles(&self, number: u32) -> Vec<Trouble> {
        let of_day = |day: u64| {
            let chance = scatter(u64::from(number) << 32 | day);
            if !chance.is_multiple_of(DAYS_PER_TROUBLE) {
                return None;
            }
            let from = self.begin.plus_ms(day * DAY_MS + (chance >> 8) % (12 * HOUR_MS));
            let until = from.plus_ms(5 * MINUTE_MS + (chance >> 16) % (2 * HOUR_MS));
            let kinds = [Status::MajorOutage, Status::PartialOutage, Status::DegradedPerformance];
            let status = kinds.get(usize::try_from((chance >> 32) % 3).unwrap_or(0)).copied()?;
            Some(Trouble { from, until, status })
        };
        (0..u64::from(self.days)).filter_map(of_day).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past() -> Past {
        Past::new(20, 90, UnixMs(1_800_000_000_000))
    }

    #[test]
    fn the_same_end_has_the_same_past() {
        assert_eq!(past().looks(), past().looks());
    }

    #[test]
    fn every_component_has_troubles_and_is_well_most_of_the_time() {
        for number in 1..=20 {
            let troubles = past().troubles(number);
            assert!((2..=30).contains(&troubles.len()), "component {number} has {}", troubles.len());
            let lost_ms: u64 = troubles.iter().map(|trouble| trouble.until.since_ms(trouble.from)).sum();
            assert!(lost_ms < 90 * DAY_MS / 20, "component {number} lost {lost_ms} ms");
        }
    }

    #[test]
    fn nobody_is_silent_for_so_long_that_time_becomes_unknown() {
        let moments: Vec<UnixMs> = past().looks().into_keys().collect();
        let silence_max_ms = past().config().unwrap().silence_max_ms;
        assert!(moments.windows(2).all(|pair| pair[1].since_ms(pair[0]) <= silence_max_ms));
    }

    #[test]
    fn components_are_named_as_the_measurements_configure_them() {
        let ids = past().components().unwrap();
        assert_eq!((ids[0].as_str(), ids[19].as_str()), ("component-001", "component-020"));
    }
}
