//! What was recorded against what really happened.

use pharos_model::{Between, Failover, FailoverKind, UnixMs};

use super::script::{Conflict, LOOK_MS_MAX, Truth};
use super::upstream::Told;
use super::watcher::Heard;
use crate::report::count_of;

/// Both clocks are read in whole milliseconds, and the length of a look by another clock: neighbours may be told apart wrongly.
const GRAIN_MS: u64 = 2;

/// What was found of one failover.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether t0, t2 and the recovery time lie in what was recorded of them.
    pub holds: bool,
    /// How wide the range of the recovery time is, in intervals as they were kept, without the time that the looks took.
    pub width: f64,
    /// Whether the lag is one that was told last before the failure.
    pub right_lag: bool,
}

/// The record of what happened, where there is one: of the same component and member, in the same order.
pub fn record_of<'a>(truth: &Truth, earlier: usize, heard: &'a Heard) -> Option<&'a Failover> {
    let is_such = |known: &&Failover| {
        known.component == truth.component
            && known.from == truth.from
            && known.to == truth.to
            && (known.kind == FailoverKind::MemberLost) == truth.to.is_none()
    };
    heard.failovers.values().filter(is_such).nth(earlier)
}

/// Judges one record; `told` is every lag that the member told which took over, and `kept_ms` the two intervals that were kept
/// around what happened, together.
pub fn judge(truth: &Truth, known: &Failover, told: &[Told], kept_ms: u64) -> Verdict {
    let Some((restored, observed)) = known.restored.zip(known.rto()) else { return Verdict::default() };
    let real_ms = truth.t2.since_ms(truth.t0);
    let in_range =
        (observed.least_ms.saturating_sub(GRAIN_MS)..=observed.most_ms + GRAIN_MS).contains(&real_ms);
    let holds = in_range && lies(truth.t0, known.failed) && lies(truth.t2, restored);
    let width_ms = (observed.most_ms - observed.least_ms).saturating_sub(truth.looks_ms);
    let width = 2.0 * count_of(width_ms) / count_of(kept_ms);
    let right_lag = truth.lags.is_none() || is_right(known.lag_ms, truth.t0, known.failed.by, told);
    Verdict { holds, width, right_lag }
}

fn lies(moment: UnixMs, between: Between) -> bool {
    between.after <= moment.plus_ms(GRAIN_MS) && moment <= between.by.plus_ms(GRAIN_MS)
}

/// The last lag that was told before the failure, or one told between it and the look that showed it: nobody can tell
/// which of them came before.
fn is_right(lag_ms: Option<u64>, t0: UnixMs, shown_by: UnixMs, told: &[Told]) -> bool {
    let last = told.iter().rfind(|told| told.at <= t0);
    let between = told.iter().filter(|told| told.at > t0 && told.at <= shown_by.plus_ms(LOOK_MS_MAX));
    last.into_iter().chain(between).any(|told| Some(told.lag_ms) == lag_ms)
}

/// Whether a conflict was told while it lasted.
pub fn is_told(conflict: &Conflict, heard: &Heard) -> bool {
    heard.conflicts.iter().any(|(component, since)| {
        *component == conflict.component
            && since.plus_ms(LOOK_MS_MAX) >= conflict.from
            && *since <= conflict.until
    })
}

/// Conflicts that were told and that there were not.
pub fn invented(conflicts: &[Conflict], heard: &Heard) -> usize {
    let is_real = |(component, since): &&(pharos_model::ComponentId, UnixMs)| {
        conflicts.iter().any(|conflict| {
            conflict.component == *component
                && since.plus_ms(LOOK_MS_MAX) >= conflict.from
                && *since <= conflict.until
        })
    };
    heard.conflicts.iter().filter(|told| !is_real(told)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::ComponentId;

    fn truth() -> Truth {
        let id = |text: &str| ComponentId::new(text).unwrap();
        let (t0, t2) = (UnixMs(10_500), UnixMs(13_200));
        Truth {
            component: id("db"),
            from: id("a"),
            to: Some(id("b")),
            t0,
            t2,
            lags: Some(1),
            looked_at: (0, 1),
            looks_ms: 100,
        }
    }

    fn record() -> Failover {
        let Truth { component, from, to, .. } = truth();
        Failover {
            number: 1,
            component,
            kind: FailoverKind::Failover,
            from,
            to,
            failed: Between { after: UnixMs(10_000), by: UnixMs(11_050) },
            confirmed_at: UnixMs(12_000),
            restored: Some(Between { after: UnixMs(13_000), by: UnixMs(14_050) }),
            redundant_at: None,
            lag_ms: Some(107),
            rto_objective_ms: None,
            rpo_objective_ms: None,
            service_lost: false,
            incident: None,
        }
    }

    #[test]
    fn a_record_that_brackets_the_truth_holds_and_its_width_is_told_in_intervals() {
        let told = [Told { at: UnixMs(9_900), lag_ms: 107 }];
        assert_eq!(
            judge(&truth(), &record(), &told, 2_000),
            Verdict { holds: true, width: 2.0, right_lag: true }
        );
    }

    #[test]
    fn a_failure_that_came_after_the_look_that_is_said_to_show_it_is_not_held() {
        let early = Failover { failed: Between { after: UnixMs(9_000), by: UnixMs(10_400) }, ..record() };
        assert!(!judge(&truth(), &early, &[], 2_000).holds);
        let unfinished = Failover { restored: None, ..record() };
        assert!(!judge(&truth(), &unfinished, &[], 2_000).holds);
    }

    #[test]
    fn the_lag_is_the_last_one_before_the_failure_and_none_of_long_after() {
        let told = [(8_900, 100), (9_900, 107), (10_900, 114), (12_900, 121)];
        let told = told.map(|(at, lag_ms)| Told { at: UnixMs(at), lag_ms });
        let right =
            |lag_ms: Option<u64>| judge(&truth(), &Failover { lag_ms, ..record() }, &told, 2_000).right_lag;
        assert!(right(Some(107)) && right(Some(114)));
        assert!(!right(Some(100)) && !right(Some(121)) && !right(None));
    }

    #[test]
    fn a_conflict_counts_where_it_was_told_while_it_lasted() {
        let db = truth().component;
        let conflict = Conflict { component: db.clone(), from: UnixMs(5_000), until: UnixMs(9_000) };
        let heard = |since: i64| Heard { conflicts: vec![(db.clone(), UnixMs(since))], ..Heard::default() };
        assert!(is_told(&conflict, &heard(5_600)) && !is_told(&conflict, &heard(20_000)));
        assert_eq!(invented(std::slice::from_ref(&conflict), &heard(20_000)), 1);
        assert_eq!(invented(&[conflict], &heard(5_600)), 0);
    }
}
