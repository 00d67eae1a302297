//! Slots: which looks the schedule asked for, which were taken, and which nobody took.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;

use super::database::DATABASE;
use super::upstream::Look;

/// A missed slot is told in slots of the whole form.
const SLOT_MS: i64 = 10_000;

/// Slots of each target that the database has a look of, in order.
pub struct Slots {
    by_target: BTreeMap<usize, Vec<i64>>,
    every_ms: i64,
}

impl Slots {
    /// Of targets that are looked at every so many seconds.
    ///
    /// # Errors
    /// When the database says something that cannot be read.
    pub fn read(server: &Postgres, every_s: u64) -> Result<Self> {
        let rows = server.sql(
            DATABASE,
            "select c.name, s.scheduled_at from samples s join checks c on c.id = s.check_id where c.name like 't%' order by 2",
        );
        let mut by_target: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        for row in rows.lines() {
            let (name, slot) = row.split_once('|').context("a row without a bar")?;
            let target = name.trim_start_matches('t').split('/').next().unwrap_or_default().parse()?;
            by_target.entry(target).or_default().push(slot.parse()?);
        }
        Ok(Self { by_target, every_ms: i64::try_from(every_s * 1_000)? })
    }

    /// The longest time around a moment in which nobody looked at some target, beyond its interval, in whole slots of ten seconds.
    pub fn missed(&self, (from, until): (UnixMs, UnixMs)) -> u64 {
        let gaps = self.by_target.values().flat_map(|slots| slots.windows(2));
        let beyond = gaps.filter_map(|pair| match pair {
            [one, next] if *one < until.0 && *next > from.0 => Some(next - one - self.every_ms),
            _ => None,
        });
        beyond.max().map_or(0, |beyond| u64::try_from(beyond / SLOT_MS).unwrap_or(0))
    }

    /// Looks beyond one for each slot. A look belongs to the oldest slot of the last two intervals that has none yet.
    pub fn doubled(&self, looks: &[Look]) -> u64 {
        let mut doubled = 0;
        for (target, recorded) in &self.by_target {
            let of_target = looks.iter().filter(|look| look.target == *target);
            let at: Vec<i64> = of_target.clone().map(|look| look.wall.0).collect();
            let slots = self.with_grid(recorded);
            let beyond = count(&slots, &at, self.every_ms);
            if beyond > 0 {
                let looked: Vec<_> = of_target.map(|look| (look.wall.0, &look.node)).collect();
                eprintln!("drill: target {target}: {beyond} looks beyond slots {recorded:?}: {looked:?}");
            }
            doubled += beyond;
        }
        doubled
    }

    /// With the slots of which the look was lost with whoever took it: all but the first after a start lie on one grid.
    fn with_grid(&self, recorded: &[i64]) -> Vec<i64> {
        let mut phases: BTreeMap<i64, usize> = BTreeMap::new();
        for slot in recorded {
            *phases.entry(slot.rem_euclid(self.every_ms)).or_default() += 1;
        }
        let phase = phases.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(phase, _)| phase);
        let (Some(first), Some(last)) = (recorded.first(), recorded.last()) else { return Vec::new() };
        let start = first.div_euclid(self.every_ms) * self.every_ms + phase;
        let grid =
            (0..).map(|step| start + step * self.every_ms).take_while(|slot| *slot <= last + self.every_ms);
        let mut all: Vec<i64> = grid.chain(recorded.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn count(slots: &[i64], looks: &[i64], every_ms: i64) -> u64 {
    let mut free = slots.iter().copied().peekable();
    let mut doubled = 0;
    let first = slots.first().copied().unwrap_or(i64::MAX);
    for look in looks.iter().filter(|look| **look >= first) {
        while free.next_if(|slot| *slot < look - 2 * every_ms).is_some() {}
        doubled += u64::from(free.next_if(|slot| slot <= look).is_none());
    }
    doubled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_for_each_slot_is_right_and_a_second_is_doubled() {
        let slots = [0, 1_000, 2_000, 3_000, 4_000];
        assert_eq!(count(&slots, &[10, 1_010, 2_900, 3_005, 4_001], 1_000), 0);
        assert_eq!(count(&slots, &[10, 12, 1_010, 2_900, 3_005, 4_001], 1_000), 1);
        assert_eq!(count(&slots, &[10, 12, 1_010, 1_011, 2_900, 2_901, 3_005, 4_001], 1_000), 3);
    }

    #[test]
    fn slots_without_a_look_are_missed() {
        let slots = Slots { by_target: [(0, vec![0, 10_000, 40_000])].into(), every_ms: 10_000 };
        assert_eq!(slots.missed((UnixMs(12_000), UnixMs(30_000))), 2);
        assert_eq!(slots.missed((UnixMs(2_000), UnixMs(3_000))), 0);
    }
}
