//! What is remembered of one check between its observations: its run of contradicting ones, and when it was last seen.

use pharos_model::{Status, UnixMs};

use crate::damper::Damper;
use crate::engine::Now;
use crate::history::History;
use crate::limits::{
    ASSIGNED_WITHIN_MS, HANDED_IN_WITHIN_MS, LOST_AFTER_MS, REASON_CHARS_MAX, STALE_AFTER_INTERVALS,
    START_SPREAD_MS,
};
use crate::{Check, CheckId, Observation, Source, Verdict};

/// Between which moments of the journal's time anything may be dated: since this watcher watches, and now.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    /// Not before this.
    pub earliest: UnixMs,
    /// Not after this.
    pub latest: UnixMs,
}

impl Dates {
    /// The nearest moment that is possible.
    pub fn fit(self, at: UnixMs) -> UnixMs {
        at.max(self.earliest).min(self.latest)
    }
}

/// A verdict that changed, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Of which check.
    pub check: CheckId,
    /// What is held to be true now.
    pub verdict: Verdict,
}

/// The first of the looks that find the same: that it is out, or that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstLook {
    /// When it began. What it found may have become so later.
    pub began: UnixMs,
    /// When what it found had come in, by which it was so.
    pub ended: UnixMs,
    /// Whether it found the check out.
    pub is_out: bool,
}

/// One check being watched.
#[derive(Clone, Debug)]
pub struct Watch {
    /// What is watched, and how.
    pub check: Check,
    /// What was held of it when.
    pub history: History,
    damper: Damper,
    /// When evidence last came in; for a check that is known but has brought none yet, when watching began.
    seen: Option<Now>,
    /// Whether `seen` is no observation, only the moment from which one is expected.
    expecting: bool,
    /// When the newest look that was taken began, by the wall clock.
    newest_at: Option<UnixMs>,
    /// The slot of the newest look that somebody else handed in and that was taken.
    newest_slot: Option<UnixMs>,
    /// When a report of this heartbeat may last have been missed.
    deaf_until: Option<Now>,
    /// When it was last seen not to be out.
    pub well_at: Option<UnixMs>,
    /// When it was last seen to be out.
    pub failed_at: Option<UnixMs>,
    /// The first of the looks that find what the last one found, believed or not.
    pub first_look: Option<FirstLook>,
    /// Why the look that came in last told nothing.
    unknown_because: Option<String>,
    in_flight: Option<(UnixMs, u64)>,
    reference_answers: Option<bool>,
}

impl Watch {
    /// Begins to watch. `known` is the verdict that the journal already holds on the check: a heartbeat is then
    /// expected from now on, while one that never reported is waited for without judgement.
    pub fn new(check: Check, now: Now, at: UnixMs, known: Option<&Verdict>) -> Self {
        let history =
            known.map_or(History::new(at, Status::Unknown), |held| History::new(held.since, held.status));
        Self {
            check,
            history,
            damper: Damper::default(),
            seen: known.map(|_| now),
            expecting: true,
            newest_at: None,
            newest_slot: None,
            deaf_until: None,
            well_at: None,
            failed_at: None,
            first_look: None,
            unknown_because: None,
            in_flight: None,
            reference_answers: None,
        }
    }

    /// Takes over what was seen under the definition before, if that was looked at in the same way: a configuration
    /// read anew is no evidence.
    pub fn inherit(&mut self, before: Self) {
        if self.seen.is_some() {
            self.history = before.history;
        }
        if self.check.source == before.check.source {
            self.seen = before.seen;
            self.expecting = before.expecting;
            self.newest_at = before.newest_at;
            self.newest_slot = before.newest_slot;
            self.deaf_until = before.deaf_until;
            self.in_flight = before.in_flight;
            self.well_at = before.well_at;
            self.failed_at = before.failed_at;
            self.first_look = before.first_look;
        }
    }

    /// Forgets all evidence: nobody watched since `from`.
    pub fn lose_sight(&mut self, from: UnixMs, now: Now) {
        self.damper.forget();
        self.history = History::new(from, Status::Unknown);
        self.in_flight = None;
        self.well_at = None;
        self.failed_at = None;
        self.first_look = None;
        self.seen = self.seen.map(|_| now);
        self.expecting = true;
        self.newest_at = None;
        self.newest_slot = None;
        self.deaf_until = None;
        self.reference_answers = None;
    }

    /// Whether the last observations contradict what is held to be true and do not suffice to change it.
    pub fn is_in_doubt(&self) -> bool {
        self.damper.is_running()
    }

    /// Forgets the run of contradicting observations: some were missed.
    pub fn forget_run(&mut self) {
        self.damper.forget();
    }

    /// The watcher was blind and sees again. A report that was due meanwhile may have been missed, so that the next one
    /// is waited for before one is called missing.
    pub fn hear_again(&mut self, verdict: Status, now: Now) {
        let Source::Heartbeat { period_ms, grace_ms } = self.check.source else { return };
        let due = |seen: Now| now.mono_ms >= seen.mono_ms.saturating_add(period_ms.saturating_sub(grace_ms));
        if verdict != self.check.on_failure && self.seen.is_some_and(due) {
            self.deaf_until = Some(now);
        }
    }

    /// Nobody looks any more: what was seen last is no evidence, and no report is expected.
    pub fn rest(&mut self, verdict: Status, dates: Dates) -> Option<Evidence> {
        self.damper.forget();
        self.seen = None;
        self.deaf_until = None;
        let reason = Some("Paused by an operator".to_owned());
        (verdict != Status::Unknown).then(|| self.conclude(Status::Unknown, dates.latest, reason))
    }

    /// Marks a probe as under way; `false` while the one before has not come back.
    pub fn take_off(&mut self, slot: UnixMs, now: Now) -> bool {
        let Source::Probe { timeout_ms, .. } = self.check.source else { return false };
        let lost = |since: u64| now.mono_ms.saturating_sub(since) > timeout_ms.saturating_add(LOST_AFTER_MS);
        let free = self.in_flight.is_none_or(|(_, since)| lost(since));
        if free {
            self.in_flight = Some((slot, now.mono_ms));
        }
        free
    }

    /// Marks the probe of `slot` as come back.
    pub fn landed(&mut self, slot: UnixMs) {
        if self.in_flight.is_some_and(|(flying, _)| flying == slot) {
            self.in_flight = None;
        }
    }

    /// Notes what a reference target answered.
    pub fn note_reference(&mut self, status: Status) {
        self.reference_answers = Some(!status.is_outage() && status != Status::Unknown);
    }

    /// Whether this reference target answered when last looked at; `None` before the first look.
    pub fn reference_answers(&self) -> Option<bool> {
        self.reference_answers
    }

    /// What the observation means for the component, with a reason.
    fn judge(&self, observation: &Observation) -> (Status, Option<String>) {
        let shorten = |text: &String| text.chars().take(REASON_CHARS_MAX).collect();
        let reason = observation.reason.as_ref().map(shorten);
        let slow = |limit_ms: u64| {
            observation.latency_us.is_some_and(|us| u64::from(us) > limit_ms.saturating_mul(1_000))
        };
        match (observation.status, self.check.degraded_over_ms) {
            (Status::MajorOutage, _) => (self.check.on_failure, reason),
            (Status::Operational, Some(limit_ms)) if slow(limit_ms) => {
                let took_ms = observation.latency_us.unwrap_or(0) / 1_000;
                (
                    Status::DegradedPerformance,
                    Some(format!("Slow: answered after {took_ms} ms, expected at most {limit_ms} ms")),
                )
            }
            (status, _) => (status, reason),
        }
    }

    /// Takes an observation against the verdict in force.
    ///
    /// One that began before the newest that was taken tells nothing new, nor does one that is handed in a second time; and one
    /// that took so long that it is stale by now tells nothing at all.
    pub fn take(
        &mut self,
        observation: &Observation,
        verdict: Status,
        now: Now,
        dates: Dates,
    ) -> Option<Evidence> {
        let (status, reason) = self.judge(observation);
        let began = observation.at.min(now.wall);
        if status == Status::Unknown {
            self.unknown_because = reason;
            return None;
        }
        if self.newest_at.is_some_and(|newest| began < newest) {
            return None;
        }
        let slot = matches!(self.check.source, Source::Remote { .. }).then_some(observation.scheduled_at);
        if slot.is_some() && slot <= self.newest_slot {
            return None;
        }
        let reports = matches!(self.check.source, Source::Heartbeat { .. });
        if !reports && now.wall.since_ms(began) > self.patience_ms(false) {
            return None;
        }
        if self.seen.is_some_and(|seen| now.mono_ms.saturating_sub(seen.mono_ms) > self.patience_ms(false)) {
            // What contradicted the verdict so long ago is not followed by this.
            self.damper.forget();
        }
        let at = dates.fit(began);
        (self.newest_at, self.newest_slot) = (Some(began), slot);
        self.unknown_because = None;
        let is_out = status.is_outage();
        if is_out {
            self.failed_at = Some(at);
        } else {
            self.well_at = Some(at);
        }
        if self.first_look.is_none_or(|first| first.is_out != is_out) {
            self.first_look = Some(FirstLook { began: at, ended: dates.fit(now.wall), is_out });
        }
        self.seen = Some(Now { wall: at, mono_ms: now.mono_ms });
        self.expecting = false;
        self.deaf_until = None;
        let needs = (self.check.down_after, self.check.up_after);
        let confirmed = self.damper.observe(verdict, needs, (at, status, reason))?;
        let good = confirmed.status == Status::Operational;
        let reason = if good { None } else { confirmed.reason };
        Some(self.conclude(confirmed.status, confirmed.since, reason))
    }

    /// Whether it was found out when it was last looked at, believed or not.
    pub fn is_failing(&self) -> bool {
        self.first_look.is_some_and(|first| first.is_out)
    }

    /// When the newest look that was taken began, by the wall clock; `None` before the first.
    pub fn looked_at(&self) -> Option<UnixMs> {
        self.newest_at
    }

    /// Whether the look that began at `at` was the last that was taken.
    pub fn took(&self, at: UnixMs) -> bool {
        self.newest_at == Some(at)
    }

    /// How long nothing may come in until that is a finding. `expecting`: a first look is under way.
    fn patience_ms(&self, expecting: bool) -> u64 {
        match self.check.source {
            Source::Probe { interval_ms, timeout_ms } | Source::Part { interval_ms, timeout_ms }
                if expecting =>
            {
                START_SPREAD_MS.saturating_add(interval_ms).saturating_add(timeout_ms)
            }
            Source::Probe { interval_ms, timeout_ms } | Source::Part { interval_ms, timeout_ms } => {
                interval_ms.saturating_mul(STALE_AFTER_INTERVALS).saturating_add(timeout_ms)
            }
            Source::Remote { interval_ms, timeout_ms } if expecting => {
                ASSIGNED_WITHIN_MS.saturating_add(interval_ms).saturating_add(timeout_ms)
            }
            Source::Remote { interval_ms, timeout_ms } => interval_ms
                .saturating_mul(STALE_AFTER_INTERVALS)
                .saturating_add(timeout_ms)
                .saturating_add(HANDED_IN_WITHIN_MS),
            Source::Heartbeat { period_ms, grace_ms } => period_ms.saturating_add(grace_ms),
        }
    }

    /// Whether nothing came in for longer than it may.
    pub fn is_overdue(&self, now: Now) -> bool {
        let quiet_ms = |seen: Now| now.mono_ms.saturating_sub(seen.mono_ms);
        self.seen.is_some_and(|seen| quiet_ms(seen) > self.patience_ms(self.expecting))
    }

    /// What follows from not having heard anything, for a watcher that is perhaps `blind`, and since when.
    pub fn expire(
        &mut self,
        verdict: Status,
        now: Now,
        dates: Dates,
        blind: Option<Now>,
    ) -> Option<Evidence> {
        let seen = self.seen.filter(|_| self.is_overdue(now))?;
        match self.check.source {
            Source::Heartbeat { period_ms, .. } => self.miss(verdict, now, dates, (seen, blind, period_ms)),
            _ if verdict == Status::Unknown => None,
            Source::Probe { interval_ms, .. }
            | Source::Part { interval_ms, .. }
            | Source::Remote { interval_ms, .. } => {
                let since = if self.expecting { seen.wall } else { seen.wall.plus_ms(interval_ms) };
                let because = self.unknown_because.take();
                let is_remote = matches!(self.check.source, Source::Remote { .. });
                let silence = if is_remote {
                    "Nothing was handed in for too long: look at the log of the agent there"
                } else {
                    "No probe has come back for too long"
                };
                let reason = because.unwrap_or_else(|| silence.to_owned());
                Some(self.fall_silent(Status::Unknown, dates.fit(since), reason))
            }
        }
    }

    /// What follows from a report that is overdue: an outage if it would have been heard, else not knowing. An outage
    /// from before the watcher went blind stands for as long as a report may take.
    fn miss(
        &mut self,
        verdict: Status,
        now: Now,
        dates: Dates,
        (seen, blind, period_ms): (Now, Option<Now>, u64),
    ) -> Option<Evidence> {
        let patience_ms = self.patience_ms(false);
        let recent = |moment: Now| now.mono_ms.saturating_sub(moment.mono_ms) <= patience_ms;
        let failed = verdict == self.check.on_failure;
        let (deaf, from) = match (blind, self.deaf_until) {
            (Some(blinded), _) if failed => (!recent(blinded), blinded),
            (Some(_), _) => (true, seen),
            (None, Some(until)) if recent(until) => (true, seen),
            (None, until) => (false, until.unwrap_or(seen)),
        };
        let since = dates.fit(from.wall.plus_ms(period_ms));
        match (deaf, verdict) {
            (true, Status::Unknown) => None,
            (false, _) if failed => None,
            (true, _) => {
                let reason = "A report may have been missed: every reference target failed".to_owned();
                Some(self.fall_silent(Status::Unknown, since, reason))
            }
            (false, _) => {
                let quiet_s = now.mono_ms.saturating_sub(seen.mono_ms) / 1_000;
                let every_s = period_ms.div_ceil(1_000);
                let reason = format!("No heartbeat for {quiet_s} s, one is expected every {every_s} s");
                Some(self.fall_silent(self.check.on_failure, since, reason))
            }
        }
    }

    fn fall_silent(&mut self, status: Status, since: UnixMs, reason: String) -> Evidence {
        self.damper.forget();
        self.conclude(status, since, Some(reason))
    }

    fn conclude(&mut self, status: Status, since: UnixMs, reason: Option<String>) -> Evidence {
        self.history.turn(since, status);
        Evidence { check: self.check.id.clone(), verdict: Verdict { status, since, reason } }
    }
}
