//! A witness of every look: what was seen of each check and when, and what must follow from that.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, Status, UnixMs};

use crate::limits::{
    ASSIGNED_WITHIN_MS, HANDED_IN_WITHIN_MS, SIGHT_SLACK_MS, STALE_AFTER_INTERVALS, START_SPREAD_MS,
};
use crate::{Check, CheckId, Config, Fold, Observation, Source, Verdict};

/// Looks remembered of one check.
const LOOKS_MAX: usize = 32;

/// What is known of one check.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its definition.
    pub check: Check,
    looks: Vec<(UnixMs, Status)>,
    /// True time of the last evidence, or since when some is expected.
    seen_ms: Option<u64>,
    expecting: bool,
    newest_at: Option<UnixMs>,
    /// True time until which a report may have been missed.
    deaf_until_ms: u64,
    verdicts: Vec<(UnixMs, Status)>,
    /// The newest slot handed out since the clock last jumped.
    pub slot: Option<UnixMs>,
    /// True time of the last probe handed out, or since when some are expected.
    pub handed_ms: u64,
    /// The last answer of a reference target.
    pub answers: Option<bool>,
}

impl Record {
    fn new(check: Check, at: UnixMs, true_ms: u64, known: Option<&Verdict>) -> Self {
        let held = known.map_or((at, Status::Unknown), |verdict| (verdict.since, verdict.status));
        Self {
            check,
            looks: Vec::new(),
            seen_ms: known.map(|_| true_ms),
            expecting: true,
            newest_at: None,
            deaf_until_ms: 0,
            verdicts: vec![held],
            slot: None,
            handed_ms: true_ms,
            answers: None,
        }
    }

    fn patience_ms(&self, expecting: bool) -> u64 {
        match self.check.source {
            Source::Probe { interval_ms, timeout_ms } | Source::Part { interval_ms, timeout_ms }
                if expecting =>
            {
                START_SPREAD_MS + interval_ms + timeout_ms
            }
            Source::Probe { interval_ms, timeout_ms } | Source::Part { interval_ms, timeout_ms } => {
                interval_ms * STALE_AFTER_INTERVALS + timeout_ms
            }
            Source::Remote { interval_ms, timeout_ms } if expecting => {
                ASSIGNED_WITHIN_MS + interval_ms + timeout_ms
            }
            Source::Remote { interval_ms, timeout_ms } => {
                interval_ms * STALE_AFTER_INTERVALS + timeout_ms + HANDED_IN_WITHIN_MS
            }
            Source::Heartbeat { period_ms, grace_ms } => period_ms + grace_ms,
        }
    }

    /// Whether something was heard recently enough to claim anything, at `true_ms`.
    pub fn is_fresh(&self, true_ms: u64) -> bool {
        self.seen_ms.is_some_and(|seen| true_ms - seen <= self.patience_ms(self.expecting))
    }

    /// Whether a report would have been heard if one had been sent for as long as one may take, up to `true_ms`.
    pub fn is_heard(&self, true_ms: u64) -> bool {
        self.deaf_until_ms == 0 || true_ms - self.deaf_until_ms > self.patience_ms(false)
    }

    /// Whether anything was ever heard, or is expected.
    pub fn is_known(&self) -> bool {
        self.seen_ms.is_some()
    }

    fn means(&self, observation: &Observation) -> Status {
        let slow = match (self.check.degraded_over_ms, observation.latency_us) {
            (Some(limit_ms), Some(us)) => u64::from(us) > limit_ms * 1_000,
            _ => false,
        };
        match observation.status {
            Status::MajorOutage => self.check.on_failure,
            Status::Operational if slow => Status::DegradedPerformance,
            other => other,
        }
    }

    /// The verdict that the looks so far must lead to, coming from `old`, with its beginning.
    fn expected(&self, old: Status) -> Option<(Status, UnixMs)> {
        let bad = |status: Status| match status {
            Status::Unknown => 1,
            Status::DegradedPerformance => 2,
            Status::PartialOutage => 3,
            Status::MajorOutage => 4,
            _ => 0,
        };
        let (last_at, last) = *self.looks.last()?;
        if last == old {
            return None;
        }
        if old == Status::Unknown && !last.is_outage() {
            return Some((last, last_at));
        }
        let worse = bad(last) > bad(old);
        let agrees = |status: Status| status != old && (bad(status) > bad(old)) == worse;
        let run: Vec<_> = self.looks.iter().rev().take_while(|(_, status)| agrees(*status)).collect();
        let needed = if worse { self.check.down_after } else { self.check.up_after };
        if run.len() < needed as usize {
            return None;
        }
        let statuses = run.iter().map(|(_, status)| *status);
        let status = if worse { statuses.min_by_key(|s| bad(*s)) } else { statuses.max_by_key(|s| bad(*s)) };
        status.zip(run.last().map(|(at, _)| *at))
    }

    fn turn(&mut self, since: UnixMs, status: Status) {
        self.verdicts.retain(|(at, _)| *at < since);
        self.verdicts.push((since, status));
    }

    fn held_at(&self, at: UnixMs) -> Option<Status> {
        self.verdicts.iter().rev().find(|(since, _)| *since <= at).map(|(_, status)| *status)
    }
}

/// What is known of all checks.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// By check.
    pub records: BTreeMap<CheckId, Record>,
    watching_since: UnixMs,
    resumed_at: UnixMs,
}

impl Witness {
    /// A process began: `at` is the journal's time.
    pub fn started(&mut self, config: &Config, fold: &Fold, (wall, at): (UnixMs, UnixMs), true_ms: u64) {
        self.records.clear();
        self.watching_since = wall;
        self.resumed_at = at;
        self.configured(config, fold, at, true_ms);
    }

    /// The configuration was read anew.
    pub fn configured(&mut self, config: &Config, fold: &Fold, at: UnixMs, true_ms: u64) {
        let mut before = std::mem::take(&mut self.records);
        for check in &config.checks {
            let old = before.remove(&check.id);
            if let Some(same) = old.as_ref().filter(|old| old.check == *check) {
                self.records.insert(check.id.clone(), same.clone());
                continue;
            }
            let known = fold.verdicts.get(&check.id);
            let mut record = Record::new(check.clone(), at, true_ms, known);
            if let Some(old) = old {
                record.slot = old.slot;
                if record.seen_ms.is_some() {
                    record.verdicts = old.verdicts;
                }
                if old.check.source == check.source {
                    record.seen_ms = old.seen_ms;
                    record.expecting = old.expecting;
                    record.newest_at = old.newest_at;
                    record.deaf_until_ms = old.deaf_until_ms;
                }
            }
            self.records.insert(check.id.clone(), record);
        }
    }

    /// Nobody watched since `from`.
    pub fn lost_sight(&mut self, from: UnixMs, (wall, at): (UnixMs, UnixMs), true_ms: u64) {
        self.watching_since = wall;
        self.resumed_at = at;
        for record in self.records.values_mut() {
            record.looks.clear();
            record.seen_ms = record.seen_ms.map(|_| true_ms);
            record.expecting = true;
            record.newest_at = None;
            record.deaf_until_ms = 0;
            record.verdicts = vec![(from, Status::Unknown)];
            record.slot = None;
            record.handed_ms = true_ms;
            record.answers = None;
        }
    }

    /// The watcher went blind: what looks like a run is none.
    pub fn blinded(&mut self) {
        self.records.values_mut().for_each(|record| record.looks.clear());
    }

    /// The watcher sees again: a report that was due meanwhile may have been missed.
    pub fn sighted(&mut self, fold: &Fold, true_ms: u64) {
        for (id, record) in &mut self.records {
            let Source::Heartbeat { period_ms, grace_ms } = record.check.source else { continue };
            let failed = fold.verdicts.get(id).is_some_and(|held| held.status == record.check.on_failure);
            let due =
                record.seen_ms.is_some_and(|seen| true_ms + grace_ms.min(period_ms) >= seen + period_ms);
            if due && !failed {
                record.deaf_until_ms = true_ms;
            }
        }
    }

    /// A look came in while the verdict was `old`: the verdict that must be recorded now, if one must.
    pub fn observed(
        &mut self,
        observation: &Observation,
        (old, blind): (Status, bool),
        (wall, at): (UnixMs, UnixMs),
        true_ms: u64,
    ) -> Option<(Status, UnixMs)> {
        let (since, resumed_at) = (self.watching_since, self.resumed_at);
        let record = self.records.get_mut(&observation.check)?;
        if observation.at.plus_ms(SIGHT_SLACK_MS) < since {
            return None;
        }
        if record.check.component.is_none() {
            record.answers = Some(observation.status == Status::Operational);
            return None;
        }
        let began = observation.at.min(wall);
        let status = record.means(observation);
        let late = matches!(record.check.source, Source::Probe { .. })
            && wall.since_ms(began) > record.patience_ms(false);
        let old_news = record.newest_at.is_some_and(|newest| began < newest);
        let tells_nothing = status == Status::Unknown || (blind && observation.status.is_outage());
        if late || old_news || tells_nothing {
            return None;
        }
        let patience_ms = record.patience_ms(false);
        if record.seen_ms.is_some_and(|seen| true_ms - seen > patience_ms) {
            record.looks.clear();
        }
        record.newest_at = Some(began);
        record.seen_ms = Some(true_ms);
        record.expecting = false;
        record.deaf_until_ms = 0;
        record.looks.push((began.max(resumed_at).min(at), status));
        if record.looks.len() > LOOKS_MAX {
            record.looks.remove(0);
        }
        record.expected(old)
    }

    /// A verdict was recorded. `silence`: it followed from hearing nothing.
    pub fn judged(&mut self, check: &CheckId, verdict: &Verdict, silence: bool) {
        if let Some(record) = self.records.get_mut(check) {
            record.turn(verdict.since, verdict.status);
            if silence {
                record.looks.clear();
            }
        }
    }

    /// The checks of a component.
    pub fn of<'a>(&'a self, component: &'a ComponentId) -> impl Iterator<Item = &'a Record> {
        self.records.values().filter(move |record| record.check.component.as_ref() == Some(component))
    }

    /// The earliest moment, not before `limit`, from which on all verdicts together say `status`; `None` when they do
    /// not say so at `until`.
    pub fn since(
        &self,
        component: &ComponentId,
        status: Status,
        limit: UnixMs,
        until: UnixMs,
    ) -> Option<UnixMs> {
        let worst =
            |at| self.of(component).filter_map(|r| r.held_at(at)).reduce(Status::worse).unwrap_or_default();
        let turns = self.of(component).flat_map(|record| record.verdicts.iter().map(|(at, _)| *at));
        let mut moments: Vec<UnixMs> = turns.filter(|at| *at > limit && *at <= until).collect();
        moments.push(limit);
        moments.sort_unstable();
        moments.into_iter().rev().take_while(|at| worst(*at) == status).last()
    }
}
