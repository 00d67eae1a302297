//! When an agent looks at what: the slots of a node, and never twice at one thing at once.

use std::collections::BTreeMap;
use std::time::Duration;

use pharos_engine::limits::{LOST_AFTER_MS, START_SPREAD_MS};
use pharos_engine::{CheckId, Due, next_slot};
use pharos_model::UnixMs;
use pharos_probe::Spec;

use crate::config::read_spec;
use crate::vantage::{Assignment, Task};

/// One thing to look at now.
#[derive(Clone)]
pub struct Look {
    /// Of which check.
    pub check: CheckId,
    /// Whether it is a reference target.
    pub is_reference: bool,
    /// Its slot.
    pub slot: UnixMs,
    /// What runs it.
    pub spec: Spec,
    /// The longest it may take.
    pub timeout_ms: u64,
}

impl Look {
    /// The natural key of what it brings.
    pub fn due(&self) -> Due {
        Due { check: self.check.clone(), scheduled_at: self.slot }
    }
}

/// One thing that is looked at again and again.
struct Round {
    task: Task,
    spec: Spec,
    is_reference: bool,
    next: UnixMs,
    /// The slot of the look that is under way.
    in_flight: Option<UnixMs>,
}

/// Everything that is looked at.
#[derive(Default)]
pub struct Rounds {
    all: BTreeMap<CheckId, Round>,
}

impl Rounds {
    /// From now on looks at exactly this. What is as before goes on undisturbed.
    pub fn assign(&mut self, assignment: Assignment, now: UnixMs) {
        let mut before = std::mem::take(&mut self.all);
        let references = assignment.references.into_iter().map(|task| (task, true));
        let checks = assignment.checks.into_iter().map(|task| (task, false));
        for (task, is_reference) in references.chain(checks) {
            let id = task.check.clone();
            let old = before.remove(&id).filter(|old| old.task == task && old.is_reference == is_reference);
            let round = match old {
                Some(old) => old,
                None => match read_spec(&task.settings) {
                    Ok(spec) => {
                        // The first look comes soon, however long the interval.
                        let next = next_slot(&id, task.interval_ms.min(START_SPREAD_MS), now);
                        Round { task, spec, is_reference, next, in_flight: None }
                    }
                    Err(error) => {
                        tracing::error!(check = %id, error, "cannot be looked at; is this agent of the version of its server?");
                        continue;
                    }
                },
            };
            self.all.insert(id, round);
        }
    }

    /// The reference targets.
    pub fn references(&self) -> impl Iterator<Item = &CheckId> {
        self.all.iter().filter(|(_, round)| round.is_reference).map(|(id, _)| id)
    }

    /// How long nothing is due.
    pub fn pause(&self, now: UnixMs) -> Duration {
        let next = self.all.values().map(|round| round.next).min();
        next.map_or(Duration::MAX, |next| Duration::from_millis(next.since_ms(now)))
    }

    /// What is to be looked at now.
    pub fn due(&mut self, now: UnixMs) -> Vec<Look> {
        let mut due = Vec::new();
        for (id, round) in &mut self.all {
            let interval_ms = round.task.interval_ms;
            if round.next.since_ms(now) > interval_ms {
                // The clock was set back.
                round.next = next_slot(id, interval_ms, now);
            }
            if round.next > now {
                continue;
            }
            let slot = std::mem::replace(&mut round.next, next_slot(id, interval_ms, now));
            let lost_ms = round.task.timeout_ms.saturating_add(LOST_AFTER_MS);
            if round.in_flight.is_some_and(|flying| now.since_ms(flying) <= lost_ms) {
                continue;
            }
            round.in_flight = Some(slot);
            due.push(Look {
                check: id.clone(),
                is_reference: round.is_reference,
                slot,
                spec: round.spec.clone(),
                timeout_ms: round.task.timeout_ms,
            });
        }
        due
    }

    /// A look came back.
    pub fn landed(&mut self, look: &Look) {
        if let Some(round) = self.all.get_mut(&look.check).filter(|round| round.in_flight == Some(look.slot))
        {
            round.in_flight = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assignment(interval_ms: u64) -> Assignment {
        let settings = json!({ "tcp": { "address": "127.0.0.1:1" } });
        let task = |id: &str| Task {
            check: CheckId(id.to_owned()),
            interval_ms,
            timeout_ms: 500,
            settings: settings.clone(),
        };
        Assignment { references: vec![task("@reference/dns")], checks: vec![task("api/tcp@fra")] }
    }

    #[test]
    fn each_is_looked_at_once_in_a_slot() {
        let mut rounds = Rounds::default();
        rounds.assign(assignment(1_000), UnixMs(0));
        let mut looks = Vec::new();
        for now in (0..10_000).step_by(10) {
            for look in rounds.due(UnixMs(now)) {
                rounds.landed(&look);
                looks.push((look.check.0, look.slot));
            }
        }
        let slots = looks.len();
        looks.sort();
        looks.dedup();
        assert_eq!((looks.len(), slots), (20, 20));
    }

    #[test]
    fn what_is_under_way_is_not_begun_again_and_what_is_lost_is() {
        let mut rounds = Rounds::default();
        rounds.assign(assignment(1_000), UnixMs(0));
        let looks: usize = (0..10).map(|second| rounds.due(UnixMs(second * 1_000 + 999)).len()).sum();
        assert_eq!(looks, 2);
        assert_eq!(rounds.due(UnixMs(60_000)).len(), 2);
    }

    #[test]
    fn the_same_assignment_again_changes_nothing_and_another_counts_at_once() {
        let mut rounds = Rounds::default();
        rounds.assign(assignment(60_000), UnixMs(0));
        let before: Vec<UnixMs> = rounds.all.values().map(|round| round.next).collect();
        rounds.assign(assignment(60_000), UnixMs(30_000));
        assert!(rounds.all.values().map(|round| round.next).eq(before));
        rounds.assign(Assignment::default(), UnixMs(30_000));
        assert!(rounds.due(UnixMs(600_000)).is_empty());
    }

    #[test]
    fn the_first_look_comes_soon_however_long_the_interval() {
        let mut rounds = Rounds::default();
        rounds.assign(assignment(86_400_000), UnixMs(1_000_000));
        assert_eq!(rounds.due(UnixMs(1_003_000)).len(), 2);
        assert!(rounds.due(UnixMs(1_009_000)).is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_it() {
        let mut rounds = Rounds::default();
        rounds.assign(assignment(1_000), UnixMs(3_600_000));
        rounds.due(UnixMs(0));
        assert!(rounds.pause(UnixMs(0)) <= Duration::from_secs(1));
    }
}
