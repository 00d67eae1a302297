//! What is really the case: services that work, fail, flap and crawl, behind a network that loses packets.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, Status};

use super::random::Random;
use crate::{Check, Source};

const MINUTE_MS: u64 = 60_000;

/// How a service really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Down,
    /// Every second check of it fails.
    HalfDown,
    Slow,
    /// Each look finds it as it likes.
    Flapping,
    /// It says itself that it works only in part.
    Confessing,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    mood: Mood,
    until_ms: u64,
}

/// What a look brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// As a probe would say it.
    pub status: Status,
    /// How long it took.
    pub took_ms: u64,
}

/// All services, and the watcher's own network.
#[derive(Clone, Debug)]
pub struct Targets {
    random: Random,
    moods: BTreeMap<ComponentId, Target>,
    well_ms: u64,
    loss_per_million: u64,
    /// Until when the watcher's own network is down.
    pub cut_until_ms: u64,
    /// Nothing fails any more.
    pub calm: bool,
    /// Times a service went bad.
    pub troubles: u64,
}

impl Targets {
    /// A world that is more or less troubled, as the seed has it.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 2);
        let well_ms = MINUTE_MS * *random.pick(&[60, 240, 600, 1_440]);
        let loss_per_million = *random.pick(&[0, 0, 1_000, 10_000, 50_000]);
        Self {
            random,
            moods: BTreeMap::new(),
            well_ms,
            loss_per_million,
            cut_until_ms: 0,
            calm: false,
            troubles: 0,
        }
    }

    fn mood(&mut self, component: &ComponentId, true_ms: u64) -> Mood {
        if self.calm {
            return Mood::Well;
        }
        let fresh = Target { mood: Mood::Well, until_ms: true_ms + self.random.around(self.well_ms) };
        let target = self.moods.entry(component.clone()).or_insert(fresh);
        while target.until_ms <= true_ms {
            let well = target.mood != Mood::Well && !self.random.chance(200_000);
            let mean_ms = if well {
                target.mood = Mood::Well;
                self.well_ms
            } else {
                let moods =
                    [Mood::Down, Mood::Down, Mood::HalfDown, Mood::Slow, Mood::Flapping, Mood::Confessing];
                target.mood = *self.random.pick(&moods);
                self.troubles += 1;
                MINUTE_MS * *self.random.pick(&[1, 5, 20, 120])
            };
            target.until_ms += self.random.around(mean_ms).max(1_000);
        }
        target.mood
    }

    /// Looks at what `check` is about.
    pub fn look(&mut self, check: &Check, true_ms: u64) -> Sight {
        let timeout_ms = match check.source {
            Source::Probe { timeout_ms, .. }
            | Source::Part { timeout_ms, .. }
            | Source::Remote { timeout_ms, .. } => timeout_ms,
            Source::Heartbeat { .. } => 1_000,
        };
        let cut = true_ms < self.cut_until_ms;
        if cut || (!self.calm && self.random.chance(self.loss_per_million)) {
            return Sight { status: Status::MajorOutage, took_ms: timeout_ms };
        }
        let quick_ms = self.random.between(3, 60).min(timeout_ms);
        let good = Sight { status: Status::Operational, took_ms: quick_ms };
        let Some(component) = &check.component else { return good };
        let bad_ms = if self.random.chance(500_000) { timeout_ms } else { quick_ms };
        let bad = Sight { status: Status::MajorOutage, took_ms: bad_ms };
        let slow_ms = check.degraded_over_ms.map_or(quick_ms, |limit_ms| limit_ms + 1 + quick_ms);
        let slow = Sight { status: Status::Operational, took_ms: slow_ms.min(timeout_ms) };
        match self.mood(component, true_ms) {
            Mood::Down => bad,
            Mood::HalfDown if check.id.0.ends_with(['1', '3']) => bad,
            Mood::Well | Mood::HalfDown => good,
            Mood::Slow => slow,
            Mood::Flapping => *self.random.pick(&[good, bad, bad, slow]),
            Mood::Confessing => {
                let status = if self.random.chance(500_000) {
                    Status::PartialOutage
                } else {
                    Status::DegradedPerformance
                };
                Sight { status, ..good }
            }
        }
    }
}
