//! One step of the core, and everything that is asked of it.

use std::collections::BTreeMap;

use pharos_model::{Change, ComponentId, Status, UnixMs};

use super::journal::FULL_EVERY;
use super::life::{Life, SECOND_MS};
use super::report::{Broken, hold};
use super::rules::check_board;
use super::sabotage::Sabotage;
use crate::limits::{CLOCK_STEP_MIN_MS, LOST_AFTER_MS, START_SPREAD_MS, SWEEP_MS};
use crate::{CheckId, Entry, Fact, Input, Now, Output, Source, Verdict};

/// How often a living process notes that it watches.
const RENEW_MS: u64 = 5 * SECOND_MS;

/// When a configuration is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    AtStart,
    Reload,
}

/// What must be found among a step's facts.
#[derive(Clone, Debug, Default)]
struct Expected {
    gap: bool,
    clock_step: bool,
    /// The verdict that the observation must have led to, or `None` when it must not have led to one.
    verdict: Option<(CheckId, Status, UnixMs)>,
    /// Whether a configuration is read, so that a status may follow from that rather than from what was seen.
    configured: Option<Reading>,
    swept: bool,
}

impl Life {
    /// Judges a start.
    ///
    /// # Errors
    /// When a rule is broken.
    pub fn started(&mut self, out: Output, zone_moved: bool) -> Result<(), Broken> {
        let now = self.clocks.now();
        let before_at = self.journal.fold.at;
        let at = now.wall.max(before_at);
        if zone_moved {
            self.chronicle.zone_moved(at);
        }
        let mut expected = Expected { configured: Some(Reading::AtStart), ..Expected::default() };
        if self.journal.len() > 0 {
            let watched = self.last_watched.map_or(before_at, |noted| noted.max(before_at));
            let long = now.wall.since_ms(watched) > self.plan.config.silence_max_ms;
            expected.gap = long || watched.since_ms(now.wall) >= CLOCK_STEP_MIN_MS;
            if expected.gap {
                self.chronicle.was_away(self.last.0.max(before_at), at);
            }
        } else {
            self.wake_jobs();
        }
        self.report.starts += 1;
        self.swept_ms = self.clocks.true_ms;
        self.renewed_ms = self.clocks.true_ms;
        self.judge(now, out, &expected)
    }

    /// Has the core take an input, and judges what it makes of it.
    ///
    /// # Errors
    /// When a rule is broken.
    pub fn step(&mut self, input: Input) -> Result<(), Broken> {
        let now = self.clocks.now();
        let (last_wall, last_ms) = self.last;
        let true_ms = self.clocks.true_ms;
        let foreseen = last_wall.plus_ms(true_ms - last_ms);
        let absent = true_ms - last_ms > self.engine.config().silence_max_ms;
        let off_ms = now.wall.since_ms(foreseen).max(foreseen.since_ms(now.wall));
        let clock_step = off_ms >= CLOCK_STEP_MIN_MS;
        let before_at = self.journal.fold.at;
        let at = now.wall.max(before_at);
        let gap = absent || clock_step;
        if gap {
            let from = if absent { last_wall } else { foreseen };
            self.chronicle.was_away(from.max(before_at), at);
            self.witness.lost_sight(from.min(at), (now.wall, at), true_ms);
        }
        let swept = matches!(input, Input::Tick) || true_ms - self.swept_ms >= SWEEP_MS;
        let configured = matches!(input, Input::Configured(_)).then_some(Reading::Reload);
        let mut expected = Expected { gap, clock_step, verdict: None, configured, swept };
        if let Input::Observed(observation) = &input {
            let fold = &self.journal.fold;
            let held = fold.verdicts.get(&observation.check).map_or(Status::Unknown, |held| held.status);
            let old = if gap { Status::Unknown } else { held };
            let found = self.witness.observed(observation, (old, fold.blind), (now.wall, at), true_ms);
            expected.verdict = found.map(|(status, since)| (observation.check.clone(), status, since));
        }
        let out = self.engine.step(now, input);
        self.judge(now, out, &expected)
    }

    fn judge(&mut self, now: Now, mut out: Output, expected: &Expected) -> Result<(), Broken> {
        self.report.steps += 1;
        self.sabotage.falsify(&mut out, self.report.steps);
        if out.facts.is_empty() {
            self.read_configuration(now, expected);
            hold(!expected.gap, "time in which nobody watched is recorded", String::new)?;
            let missed = expected.verdict.as_ref();
            hold(missed.is_none(), "a verdict follows when enough was seen", || format!("{missed:?}"))?;
        } else {
            let reset = self.random.chance(5_000);
            let entries = self.journal.append(&out, reset)?;
            self.read_configuration(now, expected);
            self.judge_facts(&entries, expected)?;
            self.judge_agreement(expected.gap || self.journal.len().is_multiple_of(FULL_EVERY))?;
        }
        if expected.configured.is_some() || !out.facts.is_empty() {
            check_board(&self.journal.fold, &self.witness)?;
        }
        self.judge_probes(now, &out)?;
        if expected.swept {
            self.swept_ms = self.clocks.true_ms;
            self.judge_evidence()?;
        }
        self.last = (now.wall, self.clocks.true_ms);
        if self.clocks.true_ms - self.renewed_ms >= RENEW_MS {
            self.renewed_ms = self.clocks.true_ms;
            self.last_watched = Some(self.engine.watched_until());
        }
        Ok(())
    }

    fn read_configuration(&mut self, now: Now, expected: &Expected) {
        let (config, fold, true_ms) = (&self.plan.config, &self.journal.fold, self.clocks.true_ms);
        let at = now.wall.max(fold.at);
        match expected.configured {
            Some(Reading::AtStart) => self.witness.started(config, fold, (now.wall, at), true_ms),
            Some(Reading::Reload) => self.witness.configured(config, fold, at, true_ms),
            None => {}
        }
    }

    fn judge_facts(&mut self, entries: &[Entry], expected: &Expected) -> Result<(), Broken> {
        let bound = 100 + 6 * (self.plan.config.checks.len() + self.journal.fold.board.components.len());
        hold(entries.len() <= bound, "a step records a bounded number of facts", || {
            entries.len().to_string()
        })?;
        let count = |kind: &str| entries.iter().filter(|entry| entry.fact.kind() == kind).count();
        hold(
            count("unwatched") == usize::from(expected.gap),
            "time in which nobody watched is recorded",
            || format!("{} times", count("unwatched")),
        )?;
        let steps = usize::from(expected.clock_step);
        hold(count("clock_stepped") == steps, "a jump of the clock is recorded", || {
            format!("{steps} jumps")
        })?;
        let laid_out = count("configured");
        hold(
            laid_out <= usize::from(expected.configured.is_some()),
            "a page is laid out when configured",
            String::new,
        )?;
        let mut moved: BTreeMap<ComponentId, (UnixMs, UnixMs, Status, UnixMs)> = BTreeMap::new();
        for entry in entries {
            if let Fact::Public(Change::StatusChanged { component, status, from }) = &entry.fact {
                let since = self.chronicle.parts.get(component).map_or(*from, |part| part.open().0);
                let limit = moved.get(component).map_or(since, |first| first.0);
                moved.insert(component.clone(), (limit, *from, *status, entry.at));
                self.report.outages += u64::from(status.is_outage());
            }
            self.chronicle.take(entry, &self.plan.config.time_zone)?;
            self.rules.take(entry, (&self.chronicle, &self.witness, &self.plan.config))?;
            self.follow(entry, expected)?;
            self.report.facts += 1;
            self.report.gaps += u64::from(entry.fact.kind() == "unwatched");
            self.report.incidents += u64::from(entry.fact.kind() == "incident_opened");
        }
        if let Some((check, status, since)) = &expected.verdict {
            let is_it = |fact: &Fact| matches!(fact, Fact::VerdictChanged { check: c, verdict: v } if c == check && v.status == *status && v.since == *since);
            hold(
                entries.iter().any(|entry| is_it(&entry.fact)),
                "a verdict follows when enough was seen",
                || format!("{check} is {} since {}", status.as_str(), since.0),
            )?;
        }
        for (component, (limit, from, status, at)) in moved {
            let right = self.witness.since(&component, status, limit, at);
            hold(
                expected.configured.is_some() || right == Some(from),
                "a status is dated to the first look that showed it",
                || format!("{component} is {} since {}, the looks say {right:?}", status.as_str(), from.0),
            )?;
        }
        Ok(())
    }

    /// Lets the witness hear of an entry.
    fn follow(&mut self, entry: &Entry, expected: &Expected) -> Result<(), Broken> {
        let true_ms = self.clocks.true_ms;
        match &entry.fact {
            Fact::VerdictChanged { check, verdict } => self.judge_verdict(check, verdict, expected)?,
            Fact::Blinded => {
                self.witness.blinded();
            }
            Fact::Sighted => {
                self.witness.sighted(&self.journal.fold, true_ms);
            }
            _ => {}
        }
        Ok(())
    }

    fn judge_verdict(
        &mut self,
        check: &CheckId,
        verdict: &Verdict,
        expected: &Expected,
    ) -> Result<(), Broken> {
        let found = (check, verdict.status, verdict.since);
        let seen =
            expected.verdict.as_ref().is_some_and(|(id, status, since)| (id, *status, *since) == found);
        let record = self.witness.records.get(check);
        let silent = record.is_some_and(|record| record.is_known() && !record.is_fresh(self.clocks.true_ms));
        hold(seen || silent, "a verdict follows from what was seen, or from silence", || {
            format!("{found:?}")
        })?;
        let fails = record.is_some_and(|record| match record.check.source {
            Source::Heartbeat { .. } => {
                verdict.status == record.check.on_failure && record.is_heard(self.clocks.true_ms)
            }
            Source::Probe { .. } | Source::Part { .. } | Source::Remote { .. } => false,
        });
        let modest = seen || verdict.status == Status::Unknown || (fails && !self.journal.fold.blind);
        hold(modest, "silence is not knowing, or a missing heartbeat", || format!("{found:?}"))?;
        self.witness.judged(check, verdict, !seen);
        Ok(())
    }

    /// Compares what the core holds with what its readers read: what is cheap to compare, or with `full` everything.
    ///
    /// # Errors
    /// When they do not agree.
    pub fn judge_agreement(&self, full: bool) -> Result<(), Broken> {
        if !matches!(self.sabotage, Sabotage::None | Sabotage::LoseEntry) {
            return Ok(());
        }
        let (core, read) = (self.engine.fold(), &self.journal.fold);
        let everything = || {
            core.board.page == read.board.page
                && core.board.groups == read.board.groups
                && core.board.components == read.board.components
                && core.board.days == read.board.days
                && core.board.incidents == read.board.incidents
        };
        let same = (core.board.at, core.at, core.blind) == (read.board.at, read.at, read.blind)
            && core.verdicts == read.verdicts
            && (!full || everything());
        hold(same, "the core holds what its readers read", || format!("after entry {}", read.seq))
    }

    fn judge_probes(&mut self, now: Now, out: &Output) -> Result<(), Broken> {
        for due in &out.probes {
            let Some(record) = self.witness.records.get_mut(&due.check) else {
                let rule = "only what is configured is probed";
                return Err(Broken { rule, detail: due.check.to_string() });
            };
            let fresh = record.slot.is_none_or(|slot| slot < due.scheduled_at);
            hold(fresh, "no slot of a check is probed twice", || format!("{due:?}"))?;
            hold(due.scheduled_at <= now.wall, "nothing is probed before its time", || format!("{due:?}"))?;
            record.slot = Some(due.scheduled_at);
            record.handed_ms = self.clocks.true_ms;
            self.launch(due);
        }
        Ok(())
    }

    /// No green without evidence, and no check forgotten.
    fn judge_evidence(&self) -> Result<(), Broken> {
        let (fold, true_ms) = (&self.journal.fold, self.clocks.true_ms);
        for (id, record) in &self.witness.records {
            if let Some(owner) = record.check.component.as_ref().filter(|_| !record.is_fresh(true_ms)) {
                let shown = fold.board.component(owner).map_or(Status::Unknown, |part| part.status);
                let green = shown == Status::Operational;
                hold(!green, "green is shown only with fresh evidence of every check", || {
                    format!("{record:?}")
                })?;
                let held = fold.verdicts.get(id).map_or(Status::Unknown, |held| held.status);
                let missing = matches!(record.check.source, Source::Heartbeat { .. });
                let silence = held == Status::Unknown || (missing && held == record.check.on_failure);
                hold(silence, "what was not seen for too long is not known", || format!("{id}: {held:?}"))?;
            }
            let Source::Probe { interval_ms, timeout_ms } = record.check.source else { continue };
            let most_ms = interval_ms
                + timeout_ms
                + LOST_AFTER_MS
                + START_SPREAD_MS
                + interval_ms
                + self.plan.config.silence_max_ms;
            let waits_ms = true_ms - record.handed_ms;
            hold(waits_ms <= most_ms, "every check is probed again and again", || {
                format!("{id}: {waits_ms} ms ago")
            })?;
        }
        Ok(())
    }
}
