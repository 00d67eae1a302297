//! One setting lived through by the real core: what it said against what really happened.

use std::collections::VecDeque;

use anyhow::{Context, Result};
use pharos_engine::simulator::Random;
use pharos_engine::{Check, CheckId, Due, Input, Output, Source};
use pharos_model::{Change, ComponentId, Status, UnixMs};

use super::places::Elsewhere;
use super::setting::{INTERVAL_MS, LONG_MS, Setting, TIMEOUT_MS, Trouble, Troubles};
use crate::report::count_of;
use crate::world::{self, World};

/// Components that live side by side; the months are shared out among them.
const COMPONENTS: u32 = 6;
/// The longest time between two steps of the core: half of what it takes for absence.
const STEP_MS: u64 = 5_000;
/// Targets that fail only when the watcher does.
const REFERENCES: [&str; 2] = ["@/one", "@/two"];
const MS_PER_DAY: u64 = 86_400_000;
/// How long what an agent saw may wait until it is handed in.
const HANDED_IN_AFTER_MS: u64 = 1_000;

/// What became of a setting.
#[derive(Clone, Debug, Default)]
pub struct Lived {
    /// Outages that were shown while nothing was wrong with the service.
    pub false_outages: u64,
    /// Real outages of two minutes and more.
    pub long_outages: u64,
    /// Those of them that were not shown.
    pub missed: u64,
    /// Those of them whose shown beginning or end is not within an interval of the truth.
    pub wrong: u64,
    /// Bursts in which the watcher's network was broken.
    pub bursts: u64,
    /// How long each of them was not known, in milliseconds.
    delays_ms: Vec<u64>,
}

impl Lived {
    /// Within how many seconds this share of the long outages was known; not a number where there were none.
    pub fn detection_s(&self, share: f64) -> f64 {
        let mut delays = self.delays_ms.clone();
        delays.sort_unstable();
        let place = (0_u32..)
            .zip(&delays)
            .find(|(rank, _)| f64::from(rank + 1) >= share * count_of(delays.len() as u64));
        place.map_or(f64::NAN, |(_, ms)| count_of(*ms) / 1e3)
    }
}

/// A component with its fate.
struct Service {
    id: ComponentId,
    outages: Option<Troubles>,
    /// The outage that is shown: since when.
    shown: Option<UnixMs>,
}

/// A look that comes back later.
struct Pending {
    back_at: UnixMs,
    check: CheckId,
    began: UnixMs,
    status: Status,
}

struct Life<'a> {
    setting: &'a Setting,
    world: World,
    random: Random,
    services: Vec<Service>,
    bursts: Option<Troubles>,
    elsewhere: Elsewhere,
    /// In the order in which they come back.
    pending: VecDeque<Pending>,
    lived: Lived,
}

/// Lives so many component-days of a setting.
///
/// # Errors
/// When the world cannot be made.
pub fn live(setting: &Setting, mut random: Random, component_days: u64) -> Result<Lived> {
    let mut ids = Vec::new();
    for number in 0..COMPONENTS {
        ids.push(ComponentId::new(&format!("c{number}")).context("a name of a component")?);
    }
    let mut config = world::config(ids.iter(), |_| true);
    for check in &mut config.checks {
        check.down_after = setting.down_after;
        check.up_after = 2;
    }
    let references = REFERENCES.map(|name| Check {
        id: CheckId(name.to_owned()),
        component: None,
        ..config.checks[0].clone()
    });
    if setting.has_references {
        config.checks.extend(references);
    }
    let source = Source::Probe { interval_ms: INTERVAL_MS, timeout_ms: TIMEOUT_MS };
    config.checks.iter_mut().for_each(|check| check.source = source);
    let elsewhere = match setting.down_when {
        Some(down_when) => Elsewhere::add(&mut config, down_when, &mut random),
        None => Elsewhere::default(),
    };
    let service = |(number, id): (u64, ComponentId)| {
        let mut chance = Random::new(random.next_u64(), number);
        let outages =
            setting.outages.map(|_| Troubles::outages(Random::new(chance.next_u64(), 1), world::BEGIN));
        Service { id, outages, shown: None }
    };
    let services = (0..).zip(ids).map(service).collect();
    let bursts =
        setting.has_bursts.then(|| Troubles::bursts(Random::new(random.next_u64(), 9), world::BEGIN));
    let world = World::begin(config);
    let (pending, lived) = (VecDeque::new(), Lived::default());
    let mut life = Life { setting, world, random, services, bursts, elsewhere, pending, lived };
    let end = world::BEGIN.plus_ms(component_days * MS_PER_DAY / u64::from(COMPONENTS));
    while life.world.now.wall < end {
        life.step();
    }
    life.end();
    Ok(life.lived)
}

impl Life<'_> {
    /// Goes to whatever comes next.
    fn step(&mut self) {
        let now = self.world.now.wall;
        let due = self.world.engine.next_due().into_iter().chain(self.elsewhere.next_due());
        let next = due.chain(self.pending.front().map(|pending| pending.back_at)).min();
        let next = next.unwrap_or(now).max(now.plus_ms(1)).min(now.plus_ms(STEP_MS));
        self.world.pass_ms(next.since_ms(now));
        while let Some(back) = self.pending.pop_front() {
            if back.back_at > next {
                self.pending.push_front(back);
                break;
            }
            let output = self.world.see(back.check, back.began, back.status);
            self.hear(output);
        }
        while let Some((component, check, is_first)) = self.elsewhere.due(next) {
            let is_broken = is_first && self.bursts.as_mut().is_some_and(|bursts| bursts.is_on(next, false));
            let (status, took_ms) = self.find(&component, is_broken);
            let back_at = next.plus_ms(took_ms + HANDED_IN_AFTER_MS);
            self.wait_for(Pending { back_at, check, began: next, status });
        }
        let output = self.world.step(Input::Tick);
        self.hear(output);
    }

    fn wait_for(&mut self, pending: Pending) {
        let place = self.pending.partition_point(|other| other.back_at <= pending.back_at);
        self.pending.insert(place, pending);
    }

    fn hear(&mut self, output: Output) {
        for fact in &output.facts {
            if let Some(Change::StatusChanged { component, status, from }) = fact.public() {
                self.shows(component, *status, *from, output.at);
            }
        }
        for due in output.probes {
            self.look(due);
        }
    }

    fn look(&mut self, due: Due) {
        let now = self.world.now.wall;
        let is_here = self.setting.down_when.is_none();
        let is_broken = is_here && self.bursts.as_mut().is_some_and(|bursts| bursts.is_on(now, false));
        let service = self.services.iter().find(|service| world::check_of(&service.id) == due.check);
        let component = service.map(|service| service.id.clone());
        let (status, took_ms) = match &component {
            Some(component) => self.find(component, is_broken),
            None => self.find_working(is_broken),
        };
        if took_ms > 0 {
            let back_at = now.plus_ms(took_ms);
            self.wait_for(Pending { back_at, check: due.check, began: now, status });
        } else {
            let output = self.world.see(due.check, now, status);
            self.hear(output);
        }
    }

    /// What a look at a component that begins now finds, and how long it takes. Each look is lost by its own chance.
    fn find(&mut self, component: &ComponentId, is_broken: bool) -> (Status, u64) {
        let outages = self.setting.outages.unwrap_or_default();
        let (working, hung_ms) = self.find_working(is_broken);
        let now = self.world.now.wall;
        let service = self.services.iter_mut().find(|service| service.id == *component);
        let is_out = service
            .and_then(|service| service.outages.as_mut())
            .is_some_and(|all| all.is_on(now, outages.cut_short));
        let status = if is_out { Status::MajorOutage } else { working };
        (status, if is_out && outages.hangs { TIMEOUT_MS } else { hung_ms })
    }

    /// The same of what never fails by itself.
    fn find_working(&mut self, is_broken: bool) -> (Status, u64) {
        let loss_ppm = self.setting.loss_ppm;
        if is_broken || (loss_ppm > 0 && self.random.chance(loss_ppm)) {
            return (Status::MajorOutage, TIMEOUT_MS);
        }
        (Status::Operational, 0)
    }

    /// The core shows a component in another way.
    fn shows(&mut self, component: &ComponentId, status: Status, from: UnixMs, at: UnixMs) {
        let Some(service) = self.services.iter_mut().find(|service| service.id == *component) else { return };
        if let Some(since) = service.shown.take() {
            end_outage(service, (since, from), self.setting, &mut self.lived);
        }
        if status != Status::MajorOutage {
            return;
        }
        service.shown = Some(from);
        // What is explained by a real outage is known now.
        let found = service.outages.as_mut().and_then(|all| all.explaining(from, at.plus_ms(1)));
        if let Some(trouble) = found
            && !trouble.is_found
        {
            trouble.is_found = true;
            if trouble.length_ms() >= LONG_MS {
                let began = trouble.from.plus_ms(self.setting.truth_shift_ms);
                self.lived.delays_ms.push(at.since_ms(began));
            }
        }
    }

    /// Counts what is left when the time is over.
    fn end(&mut self) {
        let now = self.world.now.wall;
        for service in &mut self.services {
            let Some(outages) = &mut service.outages else { continue };
            let over = |trouble: &&Trouble| trouble.until.plus_ms(TIMEOUT_MS) <= now;
            let all = outages.forgotten.iter().chain(outages.known.iter().filter(over));
            for trouble in all.filter(|trouble| trouble.length_ms() >= LONG_MS) {
                self.lived.long_outages += 1;
                self.lived.missed += u64::from(!trouble.is_found);
            }
        }
        self.lived.bursts = self.bursts.as_ref().map_or(0, |bursts| bursts.count);
    }
}

/// An outage that was shown is over: was there one, and was it then?
fn end_outage(service: &mut Service, (since, until): (UnixMs, UnixMs), setting: &Setting, lived: &mut Lived) {
    let explained = service.outages.as_mut().and_then(|all| all.explaining(since, until));
    let Some(trouble) = explained else {
        lived.false_outages += 1;
        return;
    };
    // One that was shown already when it began needed no detection.
    trouble.is_found = true;
    if trouble.length_ms() < LONG_MS {
        return;
    }
    let shift = setting.truth_shift_ms;
    let is_near = |shown: UnixMs, truth: UnixMs| {
        let truth = truth.plus_ms(shift);
        shown >= truth && shown.since_ms(truth) <= INTERVAL_MS
    };
    lived.wrong += u64::from(!is_near(since, trouble.from) || !is_near(until, trouble.until));
}
