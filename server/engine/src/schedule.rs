//! The schedule: when each check is due, spread so that no two need start together.

use std::collections::BTreeSet;

use pharos_model::UnixMs;

use crate::engine::{Due, Engine, Now, Output};
use crate::limits::{PROBES_PER_STEP_MAX, START_SPREAD_MS};
use crate::watch::Watch;
use crate::{CheckId, Source};

/// Which checks are due when. Slots lie on a grid of the wall clock that depends on nothing but the check, so that
/// two watchers agree on them and a restart does not look twice for one slot.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    due: BTreeSet<(UnixMs, CheckId)>,
}

/// FNV-1a, 64 bits: spreads names evenly and is the same everywhere for ever.
fn spread_of(id: &CheckId) -> u64 {
    id.0.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The first slot of `id` after `after`.
pub fn next_slot(id: &CheckId, interval_ms: u64, after: UnixMs) -> UnixMs {
    let interval = i64::try_from(interval_ms.max(1)).unwrap_or(i64::MAX);
    let phase = i64::try_from(spread_of(id) % interval_ms.max(1)).unwrap_or(0);
    let into = after.0.saturating_sub(phase).rem_euclid(interval);
    UnixMs(after.0.saturating_add(interval - into))
}

impl Schedule {
    /// Puts the first look of a check soon after `now`: the starts are spread over a few seconds, or over nine tenths of
    /// the interval, so that all have begun within it even when some begin late. Never at `now` itself, where a look may
    /// just have begun.
    pub fn start(&mut self, id: &CheckId, interval_ms: u64, now: UnixMs) {
        let spread_ms = (interval_ms - interval_ms / 10).clamp(1, START_SPREAD_MS);
        let delay_ms = 1 + spread_of(id) % spread_ms;
        self.due.insert((now.plus_ms(delay_ms), id.clone()));
    }

    /// Puts the next look of a check after the slot at `slot`.
    pub fn follow(&mut self, id: &CheckId, interval_ms: u64, slot: UnixMs, now: UnixMs) {
        self.due.insert((next_slot(id, interval_ms, slot.max(now)), id.clone()));
    }

    /// Takes the next check that is due at `now`, with its slot.
    pub fn pop(&mut self, now: UnixMs) -> Option<(UnixMs, CheckId)> {
        if self.due.first().is_some_and(|(at, _)| *at <= now) { self.due.pop_first() } else { None }
    }

    /// When the next check is due.
    pub fn next_due(&self) -> Option<UnixMs> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.due.clear();
    }

    /// Drops one check.
    pub fn remove(&mut self, id: &CheckId) {
        self.due.retain(|(_, due)| due != id);
    }
}

impl Engine {
    /// Whether what was last seen of a check contradicts what is held of it, so that looking again decides something.
    pub fn is_in_doubt(&self, check: &CheckId) -> bool {
        self.watches.get(check).is_some_and(Watch::is_in_doubt)
    }

    /// Looks at once at what gave a sign that something changed, unless nobody is to look.
    pub(crate) fn heed_hint(&mut self, check: &CheckId, now: Now, out: &mut Output) {
        if !self.fold.desk.paused.contains(check) {
            self.look_now(check, now, out);
        }
    }

    /// Does not wait for a look any more, so that the next slot is not passed over for it.
    pub(crate) fn release(&mut self, due: &Due) {
        if let Some(watch) = self.watches.get_mut(&due.check) {
            watch.landed(due.scheduled_at);
        }
    }

    /// Asks for a probe beside the schedule; `false` where one is under way, or there is nothing to look at.
    pub(crate) fn look_now(&mut self, check: &CheckId, now: Now, out: &mut Output) -> bool {
        let free = self.watches.get_mut(check).is_some_and(|watch| watch.take_off(now.wall, now));
        if free {
            out.probes.push(Due { check: check.clone(), scheduled_at: now.wall });
        }
        free
    }

    /// Asks for the probes that are due.
    pub(crate) fn hand_out(&mut self, now: Now, out: &mut Output) {
        while out.probes.len() < PROBES_PER_STEP_MAX {
            let Some((slot, id)) = self.schedule.pop(now.wall) else { break };
            let Some(watch) = self.watches.get_mut(&id) else { continue };
            let Source::Probe { interval_ms, .. } = watch.check.source else { continue };
            if self.fold.desk.paused.contains(&id) {
                // It is put on the schedule again when it is resumed.
                continue;
            }
            if watch.take_off(slot, now) {
                out.probes.push(Due { check: id.clone(), scheduled_at: slot });
            }
            self.schedule.follow(&id, interval_ms, slot, now.wall);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> CheckId {
        CheckId(format!("component-{number}/http"))
    }

    #[test]
    fn slots_are_one_interval_apart_and_do_not_depend_on_when_one_asks() {
        let first = next_slot(&id(1), 30_000, UnixMs(1_000_000));
        let second = next_slot(&id(1), 30_000, first);
        assert_eq!(second.since_ms(first), 30_000);
        assert_eq!(next_slot(&id(1), 30_000, UnixMs(first.0 - 1)), first);
    }

    #[test]
    fn a_thousand_checks_of_one_interval_do_not_start_together() {
        let mut by_second = [0_u32; 30];
        for number in 0..1_000 {
            let slot = next_slot(&id(number), 30_000, UnixMs(0));
            by_second[usize::try_from(slot.0 / 1_000 % 30).unwrap()] += 1;
        }
        assert!(by_second.iter().all(|count| (10..=70).contains(count)), "{by_second:?}");
    }

    #[test]
    fn after_a_start_every_check_is_due_within_the_spread() {
        let mut schedule = Schedule::default();
        for number in 0..100 {
            schedule.start(&id(number), 3_600_000, UnixMs(5));
        }
        let mut count = 0;
        while schedule.pop(UnixMs(5 + 3_000)).is_some() {
            count += 1;
        }
        assert_eq!(count, 100);
    }

    #[test]
    fn after_a_start_every_check_begins_within_its_interval_with_room_for_lateness() {
        let mut schedule = Schedule::default();
        for number in 0..1_000 {
            schedule.start(&id(number), 1_000, UnixMs(0));
        }
        let last = std::iter::from_fn(|| schedule.pop(UnixMs(1_000))).map(|(at, _)| at).last();
        assert!(last.is_some_and(|at| at <= UnixMs(900)), "{last:?}");
    }

    #[test]
    fn a_start_never_repeats_a_slot_of_the_same_moment() {
        let mut schedule = Schedule::default();
        schedule.start(&id(1), 1, UnixMs(5));
        assert_eq!(schedule.pop(UnixMs(5)), None);
    }

    #[test]
    fn a_check_that_took_long_skips_the_slots_it_missed() {
        let mut schedule = Schedule::default();
        schedule.follow(&id(1), 1_000, UnixMs(0), UnixMs(10_500));
        let (slot, _) = schedule.pop(UnixMs(20_000)).unwrap();
        assert!(slot > UnixMs(10_500) && slot <= UnixMs(11_500));
        assert!(schedule.pop(UnixMs(20_000)).is_none());
    }
}
