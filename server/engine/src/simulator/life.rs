//! One simulated life: time passes, services and the machine misbehave, and every step of the core is judged.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::{ComponentId, Indicator, Origin, Status, UnixMs};

use super::chronicle::Chronicle;
use super::clocks::Clocks;
use super::journal::Journal;
use super::plan::Plan;
use super::random::Random;
use super::report::{Broken, Failure, Report, hold};
use super::rules::Rules;
use super::sabotage::Sabotage;
use super::targets::Targets;
use super::witness::Witness;
use crate::{CheckId, Due, Engine, Input, Observation, Output, Source};

pub const SECOND_MS: u64 = 1_000;
pub const MINUTE_MS: u64 = 60 * SECOND_MS;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// How long a calm world may take to look calm.
const CALM_MAX_MS: u64 = 8 * HOUR_MS;
/// Beginnings shortly before clocks, months and years change.
const BEGINNINGS: &[&str] = &[
    "2026-03-28T11:00:00Z",
    "2026-10-24T19:30:00Z",
    "2025-12-30T22:15:00Z",
    "2028-02-28T03:00:00Z",
    "2018-11-03T01:00:00Z",
    "2018-02-16T12:00:00Z",
    "2026-04-03T08:00:00Z",
    "2026-10-02T20:00:00Z",
    "2026-03-07T05:00:00Z",
    "2026-06-15T12:00:00Z",
];

/// Something that happens later.
#[derive(Clone, Debug)]
pub enum Event {
    /// A probe comes back to the process that sent it.
    Land { process: u64, observation: Observation },
    /// A job may report.
    Beat { check: CheckId },
}

/// Everything there is.
pub struct Life {
    days: u32,
    pub sabotage: Sabotage,
    pub random: Random,
    pub clocks: Clocks,
    pub plan: Plan,
    pub targets: Targets,
    queue: BTreeMap<(u64, u64), Event>,
    serial: u64,
    beating: BTreeSet<CheckId>,
    pub engine: Engine,
    pub journal: Journal,
    pub chronicle: Chronicle,
    pub witness: Witness,
    pub rules: Rules,
    pub report: Report,
    /// What the clocks showed at the step before: wall and true time.
    pub last: (UnixMs, u64),
    /// When the process last noted that it watches.
    pub last_watched: Option<UnixMs>,
    pub renewed_ms: u64,
    pub swept_ms: u64,
    pub process: u64,
    grid_ms: u64,
    next_fault_ms: u64,
    fault_every_ms: u64,
    audited_ms: u64,
}

/// Lives one life.
///
/// # Errors
/// When a rule is broken.
pub fn live(seed: u64, days: u32, sabotage: Sabotage) -> Result<Report, Failure> {
    let early = |broken| Failure { seed, days, step: 0, at: UnixMs(0), broken, facts: Vec::new() };
    let (mut life, first) = Life::new(seed, days, sabotage).map_err(early)?;
    match life.run(first) {
        Ok(()) => Ok(life.report),
        Err(broken) => Err(Failure {
            seed,
            days,
            step: life.report.steps,
            at: life.clocks.wall(),
            broken,
            facts: life.journal.recent(),
        }),
    }
}

impl Life {
    fn new(seed: u64, days: u32, sabotage: Sabotage) -> Result<(Self, Output), Broken> {
        let mut random = Random::new(seed, 1);
        let beginning = random.pick(BEGINNINGS).parse::<jiff::Timestamp>();
        let begin = beginning.map_or(1_790_000_000_000, jiff::Timestamp::as_millisecond);
        let begin = UnixMs(begin).plus_ms(random.between(0, DAY_MS));
        let (clocks, plan) = (Clocks::new(begin), Plan::new(seed));
        let unnamed =
            |error: pharos_model::IdError| Broken { rule: "a journal has a name", detail: error.to_string() };
        let origin = Origin::new(&format!("seed-{seed}")).map_err(unnamed)?;
        let journal = Journal::new(origin, sabotage == Sabotage::LoseEvent)?;
        let (engine, first) = Engine::start(journal.fold.clone(), plan.config.clone(), None, clocks.now());
        let fault_every_ms = HOUR_MS * *random.pick(&[1, 4, 12, 24]);
        let life = Self {
            days,
            sabotage,
            targets: Targets::new(seed),
            queue: BTreeMap::new(),
            serial: 0,
            beating: BTreeSet::new(),
            engine,
            journal,
            chronicle: Chronicle::default(),
            witness: Witness::default(),
            rules: Rules::default(),
            report: Report::default(),
            last: (begin, 0),
            last_watched: None,
            renewed_ms: 0,
            swept_ms: 0,
            process: 0,
            grid_ms: plan.config.silence_max_ms / 2,
            next_fault_ms: random.around(fault_every_ms),
            fault_every_ms,
            audited_ms: 0,
            random,
            clocks,
            plan,
        };
        Ok((life, first))
    }

    fn run(&mut self, first: Output) -> Result<(), Broken> {
        self.started(first, false)?;
        let end_ms = u64::from(self.days) * DAY_MS;
        while self.clocks.true_ms < end_ms {
            if self.next_fault_ms <= self.clocks.true_ms {
                self.next_fault_ms =
                    self.clocks.true_ms + self.random.around(self.fault_every_ms).max(SECOND_MS);
                self.misbehave()?;
            }
            self.go_on(self.next_fault_ms)?;
        }
        self.calm_down()?;
        self.audit()?;
        self.journal.check_replay()?;
        self.chronicle.check(&self.journal.fold.board, &self.plan.config.time_zone, usize::MAX / 2)
    }

    /// Goes to the next moment at which something is to be done, but not beyond `limit_ms`, and does it.
    fn go_on(&mut self, limit_ms: u64) -> Result<(), Broken> {
        let now_ms = self.clocks.true_ms;
        let wall = self.clocks.wall();
        let due_ms = self.engine.next_due().map_or(u64::MAX, |due| now_ms.saturating_add(due.since_ms(wall)));
        let event_ms = self.queue.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
        let next_ms = due_ms.max(now_ms + 1).min(event_ms).min(self.last.1 + self.grid_ms).min(limit_ms);
        self.clocks.advance_to(next_ms);
        match self.next_event() {
            Some(Event::Land { process, observation }) if process == self.process => {
                self.step(Input::Observed(observation))?;
            }
            Some(Event::Land { .. }) => {}
            Some(Event::Beat { check }) => {
                if let Some(observation) = self.beat(check) {
                    self.step(Input::Observed(observation))?;
                }
            }
            None => self.step(Input::Tick)?,
        }
        if self.clocks.true_ms >= self.audited_ms + DAY_MS {
            self.audited_ms = self.clocks.true_ms;
            self.chronicle.check(&self.journal.fold.board, &self.plan.config.time_zone, 3)?;
            self.audit()?;
        }
        Ok(())
    }

    /// Compares everything with everything.
    fn audit(&self) -> Result<(), Broken> {
        self.journal.check_browsers(self.sabotage == Sabotage::None)?;
        self.judge_agreement(true)
    }

    fn next_event(&mut self) -> Option<Event> {
        let due = self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= self.clocks.true_ms);
        if due { self.queue.pop_first().map(|(_, event)| event) } else { None }
    }

    /// What happens while no process runs: nothing comes back, and jobs report to nobody.
    pub fn sleep_through(&mut self, ms: u64) {
        self.clocks.advance_to(self.clocks.true_ms + ms);
        while let Some(event) = self.next_event() {
            if let Event::Beat { check } = event {
                drop(self.beat(check));
            }
        }
    }

    fn plan_event(&mut self, true_ms: u64, event: Event) {
        self.serial += 1;
        self.queue.insert((true_ms, self.serial), event);
    }

    /// Has every job report from now on.
    pub fn wake_jobs(&mut self) {
        let checks = self.plan.config.checks.iter();
        let jobs: Vec<CheckId> = checks
            .filter(|check| {
                matches!(check.source, Source::Heartbeat { .. }) && !self.beating.contains(&check.id)
            })
            .map(|check| check.id.clone())
            .collect();
        for check in jobs {
            let delay_ms = self.random.between(0, MINUTE_MS);
            self.beating.insert(check.clone());
            self.plan_event(self.clocks.true_ms + delay_ms, Event::Beat { check });
        }
    }

    fn beat(&mut self, id: CheckId) -> Option<Observation> {
        let check = self.plan.config.checks.iter().find(|check| check.id == id)?.clone();
        let Source::Heartbeat { period_ms, .. } = check.source else {
            self.beating.remove(&id);
            return None;
        };
        let now_ms = self.clocks.true_ms;
        let early_ms = self.random.between(1, (period_ms / 10).max(1));
        self.plan_event(now_ms + (period_ms - early_ms).max(1), Event::Beat { check: id.clone() });
        let sight = self.targets.look(&check, now_ms);
        let cut = now_ms < self.targets.cut_until_ms;
        let silent = cut || (sight.status == Status::MajorOutage && self.random.chance(700_000));
        let at = self.clocks.wall();
        let latency_us = u32::try_from(sight.took_ms * 1_000).ok();
        (!silent).then_some(Observation {
            check: id,
            scheduled_at: at,
            at,
            status: sight.status,
            latency_us,
            reason: None,
            role: None,
            lag_ms: None,
        })
    }

    /// Sends a probe on its way.
    pub fn launch(&mut self, due: &Due) {
        let Some(check) = self.plan.config.checks.iter().find(|check| check.id == due.check).cloned() else {
            return;
        };
        let now_ms = self.clocks.true_ms;
        let sight = self.targets.look(&check, now_ms);
        let fate = if self.targets.calm { 1_000_000 } else { self.random.between(0, 1_000_000) };
        let (late_ms, status) = match fate {
            0..=1_000 => return,
            1_001..=3_000 => (self.random.around(3 * MINUTE_MS), sight.status),
            3_001..=4_000 => (0, Status::Unknown),
            _ => (0, sight.status),
        };
        let good = !matches!(status, Status::MajorOutage | Status::Unknown);
        let observation = Observation {
            check: due.check.clone(),
            scheduled_at: due.scheduled_at,
            at: self.clocks.wall(),
            status,
            latency_us: good.then(|| u32::try_from(sight.took_ms * 1_000).unwrap_or(u32::MAX)),
            reason: (!good).then(|| "No answer".to_owned()),
            role: None,
            lag_ms: None,
        };
        let process = self.process;
        self.plan_event(now_ms + sight.took_ms + late_ms, Event::Land { process, observation });
    }

    /// After all faults stopped, the page must find back to green by itself.
    fn calm_down(&mut self) -> Result<(), Broken> {
        self.targets.calm = true;
        self.targets.cut_until_ms = 0;
        self.clocks.drift(0);
        let behind_ms = self.journal.fold.at.since_ms(self.clocks.wall());
        let end_ms = self.clocks.true_ms + behind_ms + CALM_MAX_MS;
        while self.clocks.true_ms < end_ms && !self.is_green() {
            self.go_on(end_ms)?;
        }
        hold(self.is_green(), "a world that is well again is shown to be well", || {
            let board = &self.journal.fold.board;
            let bad: Vec<(&ComponentId, Status)> = board
                .components
                .iter()
                .filter(|component| component.status != Status::Operational)
                .map(|component| (&component.definition.id, component.status))
                .collect();
            format!("{bad:?}, {} open incidents", board.open_incidents().count())
        })
    }

    fn is_green(&self) -> bool {
        let board = &self.journal.fold.board;
        board.indicator() == Indicator::None && board.open_incidents().next().is_none()
    }
}
