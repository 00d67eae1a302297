//! The core with a scripted clock, for drills that need no sockets.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use pharos_engine::{Check, CheckId, Config, Engine, Fold, Input, Now, Observation, Output, Source};
use pharos_model::{ComponentDefinition, ComponentId, Origin, PageDefinition, Status, UnixMs};

/// When every scripted world begins: 23 November 2026, 12:00 UTC.
pub const BEGIN: UnixMs = UnixMs(1_795_435_200_000);
/// Time between two looks of a check, in milliseconds, unless a drill says otherwise.
const INTERVAL_MS: u64 = 30_000;
const TIMEOUT_MS: u64 = 10_000;
/// How long a good look takes, in microseconds.
const LATENCY_US: u32 = 20_000;

/// A core and what time it is there.
pub struct World {
    /// The core.
    pub engine: Engine,
    /// What time it is.
    pub now: Now,
}

impl World {
    /// Begins to watch.
    pub fn begin(config: Config) -> Self {
        let now = Now { wall: BEGIN, mono_ms: 0 };
        let (engine, _) = Engine::start(Fold::empty(Origin::default()), config, None, now);
        Self { engine, now }
    }

    /// Takes one input now.
    pub fn step(&mut self, input: Input) -> Output {
        self.engine.step(self.now, input)
    }

    /// Lets time pass by both clocks.
    pub fn pass_ms(&mut self, ms: u64) {
        self.now = Now { wall: self.now.wall.plus_ms(ms), mono_ms: self.now.mono_ms + ms };
    }

    /// A look at the one check of a component, which begins and ends now.
    pub fn look(&mut self, component: &ComponentId, status: Status) -> Output {
        self.see(check_of(component), self.now.wall, status)
    }

    /// A look of a check that began at `at` and ends now.
    pub fn see(&mut self, check: CheckId, at: UnixMs, status: Status) -> Output {
        let latency_us = (!status.is_outage()).then_some(LATENCY_US);
        let (role, lag_ms, reason) = (None, None, None);
        let observation =
            Observation { check, scheduled_at: at, at, status, latency_us, reason, role, lag_ms };
        self.step(Input::Observed(observation))
    }
}

/// The one check of a component.
pub fn check_of(component: &ComponentId) -> CheckId {
    CheckId(format!("{component}/probe"))
}

/// A probe that believes the first look.
pub fn probe(component: &ComponentId) -> Check {
    Check {
        id: check_of(component),
        component: Some(component.clone()),
        source: Source::Probe { interval_ms: INTERVAL_MS, timeout_ms: TIMEOUT_MS },
        down_after: 1,
        up_after: 1,
        degraded_over_ms: None,
        on_failure: Status::MajorOutage,
    }
}

/// A page of components, those with a check of which `is_looked_at` is true.
pub fn config<'a>(
    ids: impl Iterator<Item = &'a ComponentId>,
    is_looked_at: impl Fn(&ComponentId) -> bool,
) -> Config {
    let mut definition = PageDefinition::default();
    "UTC".clone_into(&mut definition.page.time_zone);
    let mut checks = Vec::new();
    for id in ids {
        if is_looked_at(id) {
            checks.push(probe(id));
        }
        definition.components.push(ComponentDefinition::new(id.clone(), id.as_str().into()));
    }
    Config {
        definition,
        time_zone: TimeZone::UTC,
        checks,
        vantages: BTreeMap::new(),
        maintenances: Vec::new(),
        redundancy: BTreeMap::new(),
        objectives: BTreeMap::new(),
        incidents: BTreeMap::new(),
        hooks: BTreeSet::new(),
        pages: Vec::new(),
        silence_max_ms: pharos_engine::limits::GAP_MIN_MS,
    }
}
