//! The core: one state, one `step` from an input to what must be recorded and probed.

use std::collections::BTreeMap;

use pharos_model::{Change, ComponentId, Status, UnixMs};

use crate::causes::Awaited;
use crate::desk::{Commanded, Refusal, Subject};
use crate::limits::{CHECKPOINT_MS, CLOCK_STEP_MIN_MS, SIGHT_SLACK_MS, SWEEP_MS};
use crate::redundancy::{Kin, Memory};
use crate::schedule::Schedule;
use crate::watch::{Dates, Watch};
use crate::{Check, CheckId, Config, Fact, Fold, Observation, Source, incidents, maintenance};

/// What time it is, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall clock: for showing. It may jump.
    pub wall: UnixMs,
    /// A monotonic clock, in milliseconds from any beginning: for durations.
    pub mono_ms: u64,
}

/// What may happen to the core.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed.
    Tick,
    /// A probe or a heartbeat came in.
    Observed(Observation),
    /// The operator changed the configuration.
    Configured(Box<Config>),
    /// An operator asks for something.
    Commanded(Box<Commanded>),
    /// What a check looks at gave a sign that something changed: a hint to look at once, and no finding.
    Hinted(CheckId),
    /// Nobody took a look that was asked for, and nobody will.
    Missed(Due),
}

/// A probe to be run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which check.
    pub check: CheckId,
    /// Its slot. With the check, the natural key of the observation.
    pub scheduled_at: UnixMs,
}

/// What a step asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The journal's time of the facts: the wall clock, but never earlier than the fact before.
    pub at: UnixMs,
    /// To be appended to the journal as one.
    pub facts: Vec<Fact>,
    /// To be probed now.
    pub probes: Vec<Due>,
    /// What became of a command, if there was one.
    pub answer: Option<Result<Subject, Refusal>>,
}

/// Components whose checks' verdicts changed, each with the earliest moment since when.
pub type Touched = BTreeMap<ComponentId, UnixMs>;

/// The core's state: the fold of what it recorded, and what need not survive a restart.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) fold: Fold,
    pub(crate) watches: BTreeMap<CheckId, Watch>,
    pub(crate) schedule: Schedule,
    last: Now,
    /// Since when this watcher watches without a break, by the wall clock.
    watching_since: UnixMs,
    /// The same in the journal's time: nothing that is seen from now on may be dated before.
    pub(crate) resumed_at: UnixMs,
    /// When it went blind, if it is and saw it happen.
    pub(crate) blinded: Option<Now>,
    /// Who is a member of what.
    pub(crate) kin: Kin,
    /// What is remembered of members.
    pub(crate) members: BTreeMap<ComponentId, Memory>,
    /// Outages that are not told yet.
    pub(crate) awaited: Awaited,
    /// The checks of each component.
    checks: BTreeMap<ComponentId, Vec<CheckId>>,
    /// When the next day begins, once reckoned.
    pub(crate) tomorrow: Option<UnixMs>,
    /// When it was last looked at what follows from time alone, by the monotonic clock.
    swept_mono_ms: u64,
    /// When it was last looked whether occurrences of series are to be announced, by the monotonic clock.
    pub(crate) announced_mono_ms: Option<u64>,
}

impl Engine {
    /// Begins to watch, or goes on where the journal ends.
    ///
    /// `last_watched` is when somebody last watched, as far as that was noted: the time since then, or since the last
    /// entry of the journal if that is later, is unknown. So is everything when the clock now shows an earlier time,
    /// because then nobody can say how long it was.
    pub fn start(fold: Fold, config: Config, last_watched: Option<UnixMs>, now: Now) -> (Self, Output) {
        let silence_max_ms = config.silence_max_ms;
        let empty = Config { checks: Vec::new(), ..config.clone() };
        let decided = (!fold.board.days.is_empty()).then_some(fold.at.max(fold.board.at));
        let mut engine = Self {
            config: empty,
            blinded: fold.blind.then_some(now),
            fold,
            watches: BTreeMap::new(),
            schedule: Schedule::default(),
            last: now,
            watching_since: now.wall,
            resumed_at: now.wall,
            kin: Kin::default(),
            members: BTreeMap::new(),
            awaited: Awaited::new(),
            checks: BTreeMap::new(),
            tomorrow: None,
            swept_mono_ms: now.mono_ms,
            announced_mono_ms: None,
        };
        let mut out = engine.output(now);
        engine.resumed_at = out.at;
        engine.begin_days(&mut out);
        if let Some(watched) = decided.map(|at| last_watched.map_or(at, |noted| noted.max(at)))
            && (now.wall.since_ms(watched) > silence_max_ms
                || watched.since_ms(now.wall) >= CLOCK_STEP_MIN_MS)
        {
            let (from, until) = (watched.min(out.at), out.at);
            engine.record(&mut out, Fact::Public(Change::Unwatched { from, until }));
        }
        engine.configure(config, now, &mut out);
        engine.hand_out(now, &mut out);
        (engine, out)
    }

    /// Takes one input.
    pub fn step(&mut self, now: Now, input: Input) -> Output {
        let mut out = self.output(now);
        let lost_sight = self.heed_clocks(now, &mut out);
        self.begin_days(&mut out);
        let due = matches!(input, Input::Tick) || now.mono_ms.saturating_sub(self.swept_mono_ms) >= SWEEP_MS;
        let mut touched = Touched::new();
        if lost_sight {
            self.restate(&mut touched, &out);
        }
        match input {
            Input::Tick => {}
            Input::Observed(observation) => self.observe(now, observation, &mut touched, &mut out),
            Input::Configured(config) => self.configure(*config, now, &mut out),
            Input::Hinted(check) => self.heed_hint(&check, now, &mut out),
            Input::Missed(due) => self.release(&due),
            Input::Commanded(commanded) => {
                out.answer = Some(self.command(now, &commanded, &mut touched, &mut out));
            }
        }
        if due {
            self.expire(now, &mut touched, &mut out);
            self.follow_maintenances(self.resumed_at, &mut touched, &mut out);
            self.follow_desk(now, &mut touched, &mut out);
            self.end_switches(&mut touched, out.at);
        }
        // All verdicts are recorded before any is shown: together they may date a status further back than one.
        self.settle_touched(touched, &mut out);
        if due {
            self.follow_causes(now, &mut out);
            self.follow_incidents(&mut out);
        }
        if out.at.since_ms(self.fold.board.at) >= CHECKPOINT_MS {
            self.record(&mut out, Fact::Public(Change::Checkpoint));
        }
        self.hand_out(now, &mut out);
        self.last = now;
        out
    }

    /// The fold of everything recorded so far, committed or not.
    pub fn fold(&self) -> &Fold {
        &self.fold
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Until when this watcher watched, by the wall clock: its last step, and not the present moment, before which it
    /// may have been stopped or the clock may have jumped. This is what is to be noted as the last watch.
    pub fn watched_until(&self) -> UnixMs {
        self.last.wall
    }

    /// When the next probe is due by the wall clock; time must pass in steps of at most a second anyway.
    pub fn next_due(&self) -> Option<UnixMs> {
        self.schedule.next_due()
    }

    fn output(&self, now: Now) -> Output {
        Output { at: now.wall.max(self.fold.at).max(self.fold.board.at), ..Output::default() }
    }

    pub(crate) fn record(&mut self, out: &mut Output, mut fact: Fact) {
        maintenance::dated(&mut fact, &self.fold.board, out.at);
        let applied = self.fold.apply_fact(out.at, &fact);
        debug_assert!(applied.is_ok(), "the core named what is not there: {applied:?}");
        if applied.is_ok() {
            out.facts.push(fact);
        }
    }

    /// What operators say counts again after time in which nobody watched.
    fn restate(&self, touched: &mut Touched, out: &Output) {
        let stated = self.fold.desk.statements.keys();
        let said = self.fold.board.open_incidents().flat_map(|incident| &incident.components);
        let redundant = self.config.redundancy.keys();
        let alerted = self.alerted_components(out.at);
        touched.extend(
            stated.chain(said).chain(redundant).chain(alerted).map(|component| (component.clone(), out.at)),
        );
    }

    /// Writes down time in which nobody watched although the process lived: it was stopped, or the clock jumped. Tells
    /// whether it did.
    fn heed_clocks(&mut self, now: Now, out: &mut Output) -> bool {
        let passed_ms = now.mono_ms.saturating_sub(self.last.mono_ms);
        let expected = self.last.wall.plus_ms(passed_ms);
        let drift_ms = now.wall.since_ms(expected).max(expected.since_ms(now.wall));
        let stepped = drift_ms >= CLOCK_STEP_MIN_MS;
        let absent = passed_ms > self.config.silence_max_ms;
        if !stepped && !absent {
            return false;
        }
        if stepped {
            self.record(out, Fact::ClockStepped { from: expected, to: now.wall });
        }
        // Who was absent saw nothing since the last step; who was not saw everything up to the jump.
        let until = out.at;
        let from = if absent { self.last.wall } else { expected }.min(until);
        self.begin_days(out);
        self.record(out, Fact::Public(Change::Unwatched { from, until }));
        self.watching_since = now.wall;
        self.resumed_at = out.at;
        self.forget_members(from);
        self.blinded = self.blinded.map(|_| now);
        self.schedule.clear();
        for watch in self.watches.values_mut() {
            watch.lose_sight(from, now);
            if let Source::Probe { interval_ms, .. } = watch.check.source {
                self.schedule.start(&watch.check.id, interval_ms, now.wall);
            }
        }
        true
    }

    fn configure(&mut self, config: Config, now: Now, out: &mut Output) {
        let wanted: BTreeMap<CheckId, Check> =
            config.checks.iter().map(|check| (check.id.clone(), check.clone())).collect();
        let board = &self.fold.board;
        let unchanged = board.page == config.definition.page
            && board.groups == config.definition.groups
            && board
                .components
                .iter()
                .map(|component| &component.definition)
                .eq(&config.definition.components);
        let (definition, pages) = (config.definition.clone(), config.pages.clone());
        self.config = config;
        self.tomorrow = None;
        self.begin_days(out);
        if !unchanged {
            self.record(out, Fact::Public(Change::Configured(definition)));
        }
        if !self.fold.pages.iter().map(|known| &known.definition).eq(&pages) {
            self.record(out, Fact::PagesConfigured(pages));
        }
        let judged = |id: &CheckId| wanted.get(id).is_some_and(|check| check.component.is_some());
        let gone: Vec<CheckId> = self.fold.verdicts.keys().filter(|id| !judged(id)).cloned().collect();
        for check in gone {
            self.record(out, Fact::CheckRemoved { check });
        }
        self.watch(wanted, now, out.at);
        self.kin = Kin::of(&self.config);
        self.remember_members();
        self.judge_sight(now, out);
        self.announce_maintenances(out);
        self.release_alerts(out);
        self.settle_all(out);
        self.withdraw(out);
    }

    /// Watches exactly the `wanted` checks. One that is defined as before goes on undisturbed.
    fn watch(&mut self, wanted: BTreeMap<CheckId, Check>, now: Now, at: UnixMs) {
        let mut before = std::mem::take(&mut self.watches);
        for (id, check) in wanted {
            let old = match before.remove(&id) {
                Some(old) if old.check == check => {
                    self.watches.insert(id, old);
                    continue;
                }
                old => old,
            };
            self.schedule.remove(&id);
            if let Source::Probe { interval_ms, .. } = check.source {
                self.schedule.start(&id, interval_ms, now.wall);
            }
            let mut watch = Watch::new(check, now, at, self.fold.verdicts.get(&id));
            if let Some(old) = old {
                watch.inherit(old);
            }
            self.watches.insert(id, watch);
        }
        for id in before.keys() {
            self.schedule.remove(id);
        }
        self.checks.clear();
        for watch in self.watches.values() {
            if let Some(component) = &watch.check.component {
                self.checks.entry(component.clone()).or_default().push(watch.check.id.clone());
            }
        }
    }

    /// The checks that speak for a component.
    pub(crate) fn checks_of(&self, component: &ComponentId) -> &[CheckId] {
        self.checks.get(component).map_or(&[], Vec::as_slice)
    }

    /// Whether anything but operators' words tells how a component is.
    pub(crate) fn is_looked_at(&self, component: &ComponentId) -> bool {
        !self.checks_of(component).is_empty() || self.config.redundancy.contains_key(component)
    }

    fn withdraw(&mut self, out: &mut Output) {
        let board = &self.fold.board;
        let changes: Vec<Change> = board
            .open_incidents()
            .filter(|incident| !self.is_alerted(&incident.id))
            .filter_map(|incident| incidents::withdraw(board, incident, out.at))
            .collect();
        for change in changes {
            self.record(out, Fact::Public(change));
        }
    }

    fn observe(&mut self, now: Now, observation: Observation, touched: &mut Touched, out: &mut Output) {
        let dates = Dates { earliest: self.resumed_at, latest: out.at };
        let Some(watch) = self.watches.get_mut(&observation.check) else { return };
        watch.landed(observation.scheduled_at);
        if self.fold.desk.paused.contains(&observation.check) {
            return;
        }
        if observation.at.plus_ms(SIGHT_SLACK_MS) < self.watching_since {
            // It began before a time in which nobody watched, and must not vouch for that time.
            return;
        }
        let Some(component) = watch.check.component.clone() else {
            watch.note_reference(observation.status);
            return self.judge_sight(now, out);
        };
        let is_remote = matches!(watch.check.source, Source::Remote { .. });
        if self.fold.blind && !is_remote && observation.status.is_outage() {
            return;
        }
        let verdict =
            self.fold.verdicts.get(&observation.check).map_or(Status::Unknown, |verdict| verdict.status);
        let evidence = watch.take(&observation, verdict, now, dates);
        let at = observation.at.min(now.wall);
        let was_taken = watch.took(at);
        if let Some(evidence) = evidence {
            self.believe(component.clone(), evidence, touched, out);
        }
        // What a member does is heard by this watcher alone.
        if was_taken && !is_remote {
            self.hear_role(&component, (&observation, dates.fit(at)), touched, out);
        }
    }

    /// What follows from time alone: evidence grows stale, heartbeats stay out.
    fn expire(&mut self, now: Now, touched: &mut Touched, out: &mut Output) {
        self.swept_mono_ms = now.mono_ms;
        let dates = Dates { earliest: self.resumed_at, latest: out.at };
        let blind = self.fold.blind.then(|| self.blinded.unwrap_or(now));
        let mut found = Vec::new();
        let paused = &self.fold.desk.paused;
        let is_awaited = |watch: &&mut Watch| watch.is_overdue(now) && !paused.contains(&watch.check.id);
        for watch in self.watches.values_mut().filter(is_awaited) {
            let verdict =
                self.fold.verdicts.get(&watch.check.id).map_or(Status::Unknown, |verdict| verdict.status);
            let evidence = watch.expire(verdict, now, dates, blind);
            if let (Some(evidence), Some(component)) = (evidence, &watch.check.component) {
                found.push((component.clone(), evidence));
            }
        }
        for (component, evidence) in found {
            self.believe(component, evidence, touched, out);
        }
    }
}
