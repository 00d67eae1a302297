//! What each check was held to be when, for as long as a component's status may still be dated back.

use std::collections::VecDeque;

use pharos_model::{Status, UnixMs};

use crate::limits::TURNS_MAX;

/// The verdicts on one check, oldest first, as they are known now: a turn that is dated back replaces what was held
/// from then on.
#[derive(Clone, Debug)]
pub struct History {
    turns: VecDeque<(UnixMs, Status)>,
}

impl History {
    /// Begins with what is held since `since`.
    pub fn new(since: UnixMs, status: Status) -> Self {
        Self { turns: VecDeque::from([(since, status)]) }
    }

    /// Takes a new verdict.
    pub fn turn(&mut self, since: UnixMs, status: Status) {
        while self.turns.back().is_some_and(|(at, _)| *at >= since) {
            self.turns.pop_back();
        }
        self.turns.push_back((since, status));
        if self.turns.len() > TURNS_MAX {
            self.turns.pop_front();
        }
    }

    /// The moments at which it turned.
    pub fn moments(&self) -> impl Iterator<Item = UnixMs> {
        self.turns.iter().map(|(at, _)| *at)
    }

    /// What was held at `at`; `None` before the first turn that is remembered.
    pub fn at(&self, at: UnixMs) -> Option<Status> {
        self.turns.iter().rev().find(|(since, _)| *since <= at).map(|(_, status)| *status)
    }
}

/// The worst of several checks from `from` to `until`: each moment at which it may change, with what it then is.
pub fn together(histories: &[&History], from: UnixMs, until: UnixMs) -> Vec<(UnixMs, Status)> {
    let worst = |at| histories.iter().filter_map(|history| history.at(at)).reduce(Status::worse);
    merged(histories, from, until, |at| worst(at).unwrap_or_default())
}

/// What several checks come to from `from` to `until`, by what `judge` says of a moment: each at which it may change.
pub fn merged(
    histories: &[&History],
    from: UnixMs,
    until: UnixMs,
    judge: impl Fn(UnixMs) -> Status,
) -> Vec<(UnixMs, Status)> {
    let turns = histories.iter().flat_map(|history| &history.turns).map(|(at, _)| *at);
    let mut moments: Vec<UnixMs> = turns.filter(|at| *at > from && *at <= until).collect();
    moments.push(from);
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().map(|at| (at, judge(at))).collect()
}

/// The worse of two courses over the same time.
pub fn worse(one: &[(UnixMs, Status)], other: &[(UnixMs, Status)]) -> Vec<(UnixMs, Status)> {
    let mut moments: Vec<UnixMs> = one.iter().chain(other).map(|(at, _)| *at).collect();
    moments.sort_unstable();
    moments.dedup();
    let at_moment = |course: &[(UnixMs, Status)], at: UnixMs| {
        course.iter().rev().find(|(since, _)| *since <= at).map(|(_, status)| *status)
    };
    let both = |at: UnixMs| at_moment(one, at).into_iter().chain(at_moment(other, at)).reduce(Status::worse);
    moments.into_iter().map(|at| (at, both(at).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{DegradedPerformance as D, MajorOutage as M, Operational as O, Unknown as U};

    fn history(turns: &[(i64, Status)]) -> History {
        let mut history = History::new(UnixMs(turns[0].0), turns[0].1);
        for (at, status) in &turns[1..] {
            history.turn(UnixMs(*at), *status);
        }
        history
    }

    fn check(histories: &[&[(i64, Status)]], from: i64, expected: &[(i64, Status)]) {
        let histories: Vec<History> = histories.iter().map(|turns| history(turns)).collect();
        let refs: Vec<&History> = histories.iter().collect();
        let got = together(&refs, UnixMs(from), UnixMs(1_000));
        let expected: Vec<_> = expected.iter().map(|(at, status)| (UnixMs(*at), *status)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn the_worst_of_all_checks_counts_at_every_moment() {
        check(&[&[(0, M), (100, O)], &[(0, M), (90, O)]], 90, &[(90, M), (100, O)]);
        check(&[&[(0, M), (100, O), (110, D)], &[(0, M), (90, O)]], 90, &[(90, M), (100, O), (110, D)]);
    }

    #[test]
    fn a_check_says_nothing_of_the_time_before_it_was_watched() {
        check(&[&[(0, M)], &[(50, U)]], 20, &[(20, M), (50, M)]);
        check(&[&[(50, O)]], 20, &[(20, U), (50, O)]);
    }

    #[test]
    fn a_turn_dated_back_replaces_what_was_held_since() {
        check(&[&[(0, O), (60, U), (50, M)]], 0, &[(0, O), (50, M)]);
    }

    #[test]
    fn only_the_last_turns_are_kept() {
        let mut long = history(&[(0, O)]);
        for at in 1..1_000 {
            long.turn(UnixMs(at), if at % 2 == 0 { O } else { D });
        }
        assert_eq!((long.turns.len(), long.at(UnixMs(999))), (TURNS_MAX, Some(D)));
    }
}
