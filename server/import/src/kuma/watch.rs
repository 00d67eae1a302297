//! How a monitor was, from its heartbeats: an outage begins with the first of the looks that led to it, and silence is not known.

use pharos_model::Status;

use super::evidence::Evidence;

/// Kuma's words for what a look found.
pub(super) const DOWN: i64 = 0;
pub(super) const UP: i64 = 1;
pub(super) const PENDING: i64 = 2;
pub(super) const MAINTENANCE: i64 = 3;

/// A monitor while its heartbeats are read, the oldest first.
#[derive(Debug)]
pub(super) struct Watch {
    interval_ms: u64,
    silence_ms: u64,
    /// What version 2 keeps of the looks that it threw away.
    pub evidence: Evidence,
    last_ms: Option<i64>,
    /// How it is shown.
    shown: Status,
    /// Since when looks fail that have not led to an outage yet.
    pending_ms: Option<i64>,
    /// How many heartbeats came that are older than one before.
    pub out_of_order: u64,
    /// Whether outages stand where only figures tell of them.
    pub is_approximate: bool,
}

/// Since when a monitor is how.
pub(super) type Turned = (i64, Status);

impl Watch {
    /// A monitor of which nothing is known yet.
    pub fn new(interval_ms: u64, silence_ms: u64, evidence: Evidence) -> Self {
        Self {
            interval_ms,
            silence_ms,
            evidence,
            last_ms: None,
            shown: Status::Unknown,
            pending_ms: None,
            out_of_order: 0,
            is_approximate: false,
        }
    }

    /// Takes the next heartbeat, and adds to `turned` what it changes. No where the word is none of Kuma's.
    pub fn take(&mut self, at_ms: i64, status: i64, turned: &mut Vec<Turned>) -> bool {
        if !(DOWN..=MAINTENANCE).contains(&status) {
            return false;
        }
        match self.last_ms {
            None => self.before(at_ms, turned),
            Some(last_ms) if at_ms < last_ms => {
                self.out_of_order += 1;
                return true;
            }
            Some(last_ms) => self.silence(last_ms, at_ms, turned),
        }
        self.last_ms = Some(at_ms);
        match status {
            DOWN => {
                let from = self.pending_ms.take().unwrap_or(at_ms);
                self.show(from, Status::MajorOutage, turned);
            }
            UP => {
                self.pending_ms = None;
                self.show(at_ms, Status::Operational, turned);
            }
            PENDING => self.pending_ms = self.pending_ms.or(Some(at_ms)),
            _ => {
                self.pending_ms = None;
                self.show(at_ms, Status::UnderMaintenance, turned);
            }
        }
        true
    }

    /// Ends: up to `until_ms` the source tells of any monitor.
    pub fn end(&mut self, until_ms: i64, turned: &mut Vec<Turned>) {
        match self.last_ms {
            None => self.before(until_ms, turned),
            Some(last_ms) => self.silence(last_ms, until_ms, turned),
        }
    }

    fn show(&mut self, from_ms: i64, status: Status, turned: &mut Vec<Turned>) {
        if self.shown != status {
            self.shown = status;
            turned.push((from_ms, status));
        }
    }

    /// Before the first heartbeat only figures tell.
    fn before(&mut self, at_ms: i64, turned: &mut Vec<Turned>) {
        let told = self.evidence.turns(at_ms, self.interval_ms);
        self.is_approximate = self.evidence.tells_of_outages(at_ms);
        self.shown = told.last().map_or(Status::Unknown, |last| last.1);
        turned.extend(told);
    }

    /// Between two heartbeats it goes on as it was while it was looked at, and is unknown while it was not.
    fn silence(&mut self, from_ms: i64, until_ms: i64, turned: &mut Vec<Turned>) {
        let as_ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
        if until_ms.saturating_sub(from_ms) <= as_ms(self.silence_ms) {
            return;
        }
        self.pending_ms = None;
        let held = self.shown;
        if held == Status::Unknown {
            return;
        }
        let mut known_until = from_ms.saturating_add(as_ms(self.interval_ms)).min(until_ms);
        for (begin, end) in self.evidence.watched((known_until, until_ms), self.interval_ms) {
            if begin > known_until {
                self.show(known_until, Status::Unknown, turned);
                self.show(begin, held, turned);
            }
            known_until = end;
        }
        if known_until < until_ms {
            self.show(known_until, Status::Unknown, turned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kuma::database::Stat;

    const MINUTE: i64 = 60_000;

    #[track_caller]
    fn check(beats: &[(i64, i64)], evidence: Evidence, until: i64, wanted: &[(i64, Status)]) {
        let (mut watch, mut turned) = (Watch::new(60_000, 300_000, evidence), Vec::new());
        for (minute, status) in beats {
            assert!(watch.take(minute * MINUTE, *status, &mut turned));
        }
        watch.end(until * MINUTE, &mut turned);
        let turned: Vec<(i64, Status)> =
            turned.into_iter().map(|(at, status)| (at / MINUTE, status)).collect();
        assert_eq!(turned, wanted);
    }

    #[test]
    fn an_outage_begins_with_the_first_look_that_failed() {
        let beats = [(0, UP), (1, UP), (2, PENDING), (3, PENDING), (4, DOWN), (5, DOWN), (6, UP)];
        let wanted = [(0, Status::Operational), (2, Status::MajorOutage), (6, Status::Operational)];
        check(&beats, Evidence::default(), 6, &wanted);
    }

    #[test]
    fn a_failure_that_passes_is_no_outage() {
        check(&[(0, UP), (1, PENDING), (2, UP)], Evidence::default(), 2, &[(0, Status::Operational)]);
    }

    #[test]
    fn silence_is_unknown() {
        let beats = [(0, UP), (100, UP), (101, MAINTENANCE)];
        let wanted = [
            (0, Status::Operational),
            (1, Status::Unknown),
            (100, Status::Operational),
            (101, Status::UnderMaintenance),
            (102, Status::Unknown),
        ];
        check(&beats, Evidence::default(), 500, &wanted);
    }

    #[test]
    fn an_outage_after_silence_does_not_begin_before_it() {
        let beats = [(0, UP), (1, PENDING), (100, DOWN)];
        let wanted = [(0, Status::Operational), (2, Status::Unknown), (100, Status::MajorOutage)];
        check(&beats, Evidence::default(), 100, &wanted);
    }

    #[test]
    fn where_heartbeats_were_thrown_away_figures_tell_that_it_was_looked_at() {
        let full = |hour: i64| Stat { starts_ms: hour * 60 * MINUTE, up: 60, down: 0, mean_ms: 1.0 };
        let evidence = Evidence { hours: vec![full(0), full(1), full(3)], days: Vec::new() };
        let wanted = [
            (0, Status::Operational),
            (120, Status::Unknown),
            (180, Status::Operational),
            (240, Status::Unknown),
            (300, Status::MajorOutage),
        ];
        check(&[(0, UP), (300, DOWN)], evidence, 300, &wanted);
    }

    #[test]
    fn a_heartbeat_older_than_one_before_changes_nothing() {
        let (mut watch, mut turned) = (Watch::new(60_000, 300_000, Evidence::default()), Vec::new());
        for (at, status) in [(5, UP), (3, DOWN), (6, UP)] {
            watch.take(at * MINUTE, status, &mut turned);
        }
        assert_eq!((turned.as_slice(), watch.out_of_order), (&[(5 * MINUTE, Status::Operational)][..], 1));
    }

    #[test]
    fn a_word_that_is_none_of_kumas_is_refused() {
        let mut watch = Watch::new(60_000, 300_000, Evidence::default());
        assert!(!watch.take(0, 7, &mut Vec::new()));
        assert!(!watch.take(0, -1, &mut Vec::new()));
    }
}
