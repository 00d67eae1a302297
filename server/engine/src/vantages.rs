//! Vantages: one check looked at from several places, and what their verdicts mean together.
//!
//! Each place is a check of its own with its own damping; here their verdicts become one before it meets those of other checks.

use pharos_model::{Status, UnixMs};

use crate::engine::Engine;
use crate::history::{History, merged};
use crate::{CheckId, Source};

/// From where one check is looked at, and how many of them must find it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vantages {
    /// The check as each place looks at it, with its own name.
    pub checks: Vec<CheckId>,
    /// How many must find the same failure. At least 1, at most as many as there are.
    pub down_when: usize,
}

/// What the verdicts of several places mean together: as bad as `down_when` of them find it at least.
///
/// Not knowing is outvoted only where the answer does not depend on it: an outage that enough of them see is one however the
/// others are, and all is well only if it would be with every unknown one down.
pub fn agreed(verdicts: &[Status], down_when: usize) -> Status {
    let as_bad_as = |unknown: Status| {
        let known = |status: &Status| if *status == Status::Unknown { unknown } else { *status };
        let mut statuses: Vec<Status> = verdicts.iter().map(known).collect();
        statuses.sort_by_key(|status| std::cmp::Reverse(status.severity()));
        statuses.get(down_when.max(1) - 1).copied().unwrap_or(Status::Unknown)
    };
    let (at_best, at_worst) = (as_bad_as(Status::Operational), as_bad_as(Status::MajorOutage));
    if at_best.is_outage() || at_best == at_worst { at_best } else { Status::Unknown }
}

impl Vantages {
    /// What they mean together from `from` to `until`: each moment at which it may change, with what it then is. Before it was
    /// watched a place knows nothing.
    pub(crate) fn together(
        &self,
        histories: &[&History],
        from: UnixMs,
        until: UnixMs,
    ) -> Vec<(UnixMs, Status)> {
        merged(histories, from, until, |at| {
            let held: Vec<Status> =
                histories.iter().map(|history| history.at(at).unwrap_or_default()).collect();
            agreed(&held, self.down_when)
        })
    }
}

impl Engine {
    /// Whether somebody else looks at a check and hands in what was seen.
    pub fn is_remote(&self, check: &CheckId) -> bool {
        self.watches.get(check).is_some_and(|watch| matches!(watch.check.source, Source::Remote { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{
        DegradedPerformance as D, MajorOutage as M, Operational as O, PartialOutage as P, Unknown as U,
    };

    fn check(down_when: usize, cases: &[([Status; 3], Status)]) {
        for (verdicts, expected) in cases {
            assert_eq!(agreed(verdicts, down_when), *expected, "{verdicts:?}, {down_when} of 3");
        }
    }

    #[test]
    fn two_of_three_make_an_outage_and_one_makes_none() {
        check(
            2,
            &[
                ([O, O, O], O),
                ([O, O, M], O),
                ([O, M, M], M),
                ([M, M, M], M),
                ([O, O, U], O),
                ([O, M, U], U),
                ([M, M, U], M),
                ([O, U, U], U),
                ([M, U, U], U),
                ([U, U, U], U),
            ],
        );
    }

    #[test]
    fn one_of_three_suffices_where_it_is_said_so() {
        check(1, &[([O, O, O], O), ([O, O, M], M), ([O, U, M], M), ([O, O, U], U), ([U, U, U], U)]);
    }

    #[test]
    fn all_of_three_must_agree_where_it_is_said_so() {
        check(3, &[([M, M, O], O), ([O, U, U], O), ([M, M, U], U), ([M, M, M], M), ([O, O, U], O)]);
    }

    #[test]
    fn it_is_as_bad_as_enough_of_them_find_at_least() {
        check(2, &[([M, P, O], P), ([M, D, O], D), ([D, O, O], O), ([D, D, O], D), ([M, P, U], P)]);
        check(2, &[([D, D, U], D), ([M, D, U], U), ([D, O, U], U)]);
    }

    #[test]
    fn no_state_of_three_is_called_well_that_may_be_an_outage_or_an_outage_that_may_be_none() {
        let all = [O, Status::UnderMaintenance, D, P, M, U];
        for number in 0..3 * 6 * 6 * 6 {
            let (down_when, verdicts) =
                (number % 3 + 1, [number / 3, number / 18, number / 108].map(|draw| all[draw % 6]));
            let out = verdicts.iter().filter(|status| status.is_outage()).count();
            let unknown = verdicts.iter().filter(|status| **status == U).count();
            let found = agreed(&verdicts, down_when);
            assert_eq!(found.is_outage(), out >= down_when, "{verdicts:?}, {down_when}: {found:?}");
            let is_well = !found.is_outage() && found != U;
            assert!(!is_well || out + unknown < down_when, "{verdicts:?}, {down_when}: {found:?}");
            let answered = out >= down_when || unknown == 0;
            assert!(!answered || found != U, "{verdicts:?}, {down_when} is known");
        }
    }
}
