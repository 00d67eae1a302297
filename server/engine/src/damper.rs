//! Damping: how many observations it takes to believe a change, and since when it then was so.

use pharos_model::{Status, UnixMs};

use crate::limits::CONFIRMATIONS_MAX;

/// The run of consecutive observations that contradict a check's verdict in the same direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damper {
    run: Vec<Seen>,
}

/// One observation that contradicts the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    at: UnixMs,
    status: Status,
    reason: Option<String>,
}

/// A confirmed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// What all observations of the run show at least.
    pub status: Status,
    /// The first observation of the run.
    pub since: UnixMs,
    /// The reason given by the last observation.
    pub reason: Option<String>,
}

fn severity(status: Status) -> u8 {
    match status {
        Status::Operational | Status::UnderMaintenance => 0,
        Status::Unknown => 1,
        Status::DegradedPerformance => 2,
        Status::PartialOutage => 3,
        Status::MajorOutage => 4,
    }
}

fn is_worse(status: Status, than: Status) -> bool {
    severity(status) > severity(than)
}

impl Damper {
    /// Takes the next observation of a check whose verdict is `verdict`.
    ///
    /// A change for the worse needs `down_after` consecutive observations that are all worse than the verdict and is
    /// confirmed as the mildest of them; one for the better needs `up_after` and is confirmed as the worst of them.
    /// Out of not knowing, a single observation that is no outage suffices. `Unknown` is no observation.
    pub fn observe(
        &mut self,
        verdict: Status,
        (down_after, up_after): (u32, u32),
        (at, status, reason): (UnixMs, Status, Option<String>),
    ) -> Option<Confirmed> {
        if status == Status::Unknown {
            return None;
        }
        if status == verdict {
            self.run.clear();
            return None;
        }
        let worse = is_worse(status, verdict);
        if self.run.last().is_some_and(|seen| is_worse(seen.status, verdict) != worse) {
            self.run.clear();
        }
        self.run.push(Seen { at, status, reason });
        let out_of_the_dark = verdict == Status::Unknown && !status.is_outage();
        let needed = match (out_of_the_dark, worse) {
            (true, _) => 1,
            (false, true) => down_after,
            (false, false) => up_after,
        };
        let needed = usize::try_from(needed.clamp(1, CONFIRMATIONS_MAX)).unwrap_or(1);
        if self.run.len() < needed {
            return None;
        }
        Some(self.confirm(if out_of_the_dark { self.run.len() - 1 } else { 0 }, worse))
    }

    /// Whether anything contradicts the verdict.
    pub fn is_running(&self) -> bool {
        !self.run.is_empty()
    }

    /// Forgets what was seen: the next observation starts from nothing.
    pub fn forget(&mut self) {
        self.run.clear();
    }

    /// Takes `run[first..]` as confirmed and keeps the part of it that contradicts the new verdict too.
    fn confirm(&mut self, first: usize, worse: bool) -> Confirmed {
        let run = self.run.split_off(first);
        let pick = |a: Status, b: Status| if is_worse(a, b) == worse { b } else { a };
        let status = run.iter().map(|seen| seen.status).reduce(pick).unwrap_or_default();
        let since = run.first().map_or(UnixMs(0), |seen| seen.at);
        let reason = run.last().and_then(|seen| seen.reason.clone());
        let beyond =
            |seen: &Seen| if worse { is_worse(seen.status, status) } else { is_worse(status, seen.status) };
        let tail = run.iter().rposition(|seen| !beyond(seen)).map_or(0, |last| last + 1);
        self.run = run.into_iter().skip(tail).collect();
        Confirmed { status, since, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{
        DegradedPerformance as D, MajorOutage as M, Operational as O, PartialOutage as P, Unknown as U,
    };

    /// Feeds one observation a millisecond and lists what is confirmed: when, as what, since when.
    fn check(verdict: Status, needs: (u32, u32), observations: &[Status], expected: &[(i64, Status, i64)]) {
        let (mut damper, mut verdict, mut got) = (Damper::default(), verdict, Vec::new());
        for (at, status) in (0..).zip(observations) {
            if let Some(confirmed) = damper.observe(verdict, needs, (UnixMs(at), *status, None)) {
                verdict = confirmed.status;
                got.push((at, confirmed.status, confirmed.since.0));
            }
        }
        assert_eq!(got, expected, "{observations:?}");
    }

    #[test]
    fn a_change_is_believed_after_enough_observations_and_dated_to_the_first() {
        check(O, (2, 2), &[O, M, M, M, O, O], &[(2, M, 1), (5, O, 4)]);
        check(O, (1, 1), &[M, O], &[(0, M, 0), (1, O, 1)]);
        check(O, (3, 1), &[M, M, O, M, M, M], &[(5, M, 3)]);
    }

    #[test]
    fn a_flapping_target_changes_nothing() {
        check(O, (2, 2), &[M, O, M, O, M, O], &[]);
        check(M, (2, 2), &[O, M, O, M], &[]);
    }

    #[test]
    fn a_run_is_believed_as_the_least_it_shows() {
        check(O, (2, 2), &[D, M, M], &[(1, D, 0), (2, M, 1)]);
        check(M, (2, 2), &[O, D, O, O], &[(1, D, 0), (3, O, 2)]);
        check(O, (2, 2), &[M, P], &[(1, P, 0)]);
    }

    #[test]
    fn out_of_not_knowing_one_good_look_suffices_but_an_outage_needs_confirmation() {
        check(U, (2, 2), &[O], &[(0, O, 0)]);
        check(U, (2, 2), &[M, M], &[(1, M, 0)]);
        check(U, (2, 2), &[M, O], &[(1, O, 1)]);
        check(U, (2, 2), &[M, D, M], &[(1, D, 1)]);
    }

    #[test]
    fn not_having_looked_is_no_observation() {
        check(O, (2, 2), &[M, U, M], &[(2, M, 0)]);
        check(O, (2, 2), &[U, U, U], &[]);
    }

    #[test]
    fn the_last_reason_is_the_one_that_is_kept() {
        let mut damper = Damper::default();
        let reason = |text: &str| Some(text.to_owned());
        assert!(damper.observe(O, (2, 2), (UnixMs(1), M, reason("first"))).is_none());
        let confirmed = damper.observe(O, (2, 2), (UnixMs(2), M, reason("second"))).unwrap();
        assert_eq!(confirmed.reason.as_deref(), Some("second"));
    }
}
