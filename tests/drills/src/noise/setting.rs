//! What a simulated year is like, and what really happens in it.

use std::collections::VecDeque;

use pharos_engine::simulator::Random;
use pharos_model::UnixMs;

/// Time between two looks.
pub const INTERVAL_MS: u64 = 30_000;
/// The longest one look may take; one that is lost takes as long.
pub const TIMEOUT_MS: u64 = 10_000;
/// An outage of which is asked that it is never missed.
pub const LONG_MS: u64 = 120_000;
/// How long real outages last.
const OUTAGE_MS: (u64, u64) = (20_000, 300_000);
/// Time between two real outages.
const BETWEEN_OUTAGES_MS: (u64, u64) = (2 * 3_600_000, 12 * 3_600_000);
/// How long the watcher's own network is broken, and time between two such bursts.
const BURST_MS: (u64, u64) = (20_000, 1_800_000);
const BETWEEN_BURSTS_MS: (u64, u64) = (3_600_000, 24 * 3_600_000);
/// How long an outage lasts whose end is told too early.
const CUT_MS: u64 = 60_000;
/// Troubles that are remembered.
const REMEMBERED_MAX: usize = 4;

/// How services fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outages {
    /// Whether one that fails lets looks hang until their timeout.
    pub hangs: bool,
    /// Whether the core is told that outages end after a minute.
    pub cut_short: bool,
}

/// What a simulated year is like.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Component-months of it.
    pub months: u32,
    /// Failures in a row that are believed.
    pub down_after: u32,
    /// How many of a million looks are lost.
    pub loss_ppm: u64,
    /// How services really fail, where they do.
    pub outages: Option<Outages>,
    /// Whether the network of one place that looks breaks: the watcher's own, or where there are several that of the first elsewhere.
    pub has_bursts: bool,
    /// Whether there are reference targets.
    pub has_references: bool,
    /// By how much the truth about outages is shifted.
    pub truth_shift_ms: u64,
    /// Whether two places elsewhere look too, and how many of the three must find an outage.
    pub down_when: Option<usize>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            months: 1,
            down_after: 3,
            loss_ppm: 0,
            outages: None,
            has_bursts: false,
            has_references: true,
            truth_shift_ms: 0,
            down_when: None,
        }
    }
}

/// A stretch of time in which something did not work: `[from, until)`.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// When it began.
    pub from: UnixMs,
    /// When it was over.
    pub until: UnixMs,
    /// Whether the core knows of it.
    pub is_found: bool,
}

impl Trouble {
    /// How long it lasted.
    pub fn length_ms(&self) -> u64 {
        self.until.since_ms(self.from)
    }
}

/// Troubles that come again and again, the ones of late and the next.
#[derive(Debug)]
pub struct Troubles {
    random: Random,
    length_ms: (u64, u64),
    between_ms: (u64, u64),
    /// The newest last; that one may still be to come.
    pub known: VecDeque<Trouble>,
    /// Those that are remembered no more, since this was last asked.
    pub forgotten: Vec<Trouble>,
    /// How many began.
    pub count: u64,
}

impl Troubles {
    /// Outages of a service.
    pub fn outages(random: Random, at: UnixMs) -> Self {
        Self::of(random, OUTAGE_MS, BETWEEN_OUTAGES_MS, at)
    }

    /// Bursts in which the watcher's own network is broken.
    pub fn bursts(random: Random, at: UnixMs) -> Self {
        Self::of(random, BURST_MS, BETWEEN_BURSTS_MS, at)
    }

    fn of(random: Random, length_ms: (u64, u64), between_ms: (u64, u64), at: UnixMs) -> Self {
        let mut troubles =
            Self { random, length_ms, between_ms, known: VecDeque::new(), forgotten: Vec::new(), count: 0 };
        troubles.draw(at);
        troubles
    }

    fn draw(&mut self, after: UnixMs) {
        let from = after.plus_ms(self.random.between(self.between_ms.0, self.between_ms.1));
        let until = from.plus_ms(self.random.between(self.length_ms.0, self.length_ms.1));
        self.known.push_back(Trouble { from, until, is_found: false });
        if self.known.len() > REMEMBERED_MAX {
            self.forgotten.extend(self.known.pop_front());
        }
    }

    /// Whether there is trouble at a moment; moments never go back. Where `cut_short`, only in its first minute.
    pub fn is_on(&mut self, at: UnixMs, cut_short: bool) -> bool {
        while let Some(last) = self.known.back().copied().filter(|last| last.until <= at) {
            self.count += 1;
            self.draw(last.until);
        }
        self.known.back().is_some_and(|now| {
            let until = if cut_short { now.until.min(now.from.plus_ms(CUT_MS)) } else { now.until };
            now.from <= at && at < until
        })
    }

    /// The trouble that explains a finding of `[from, until)`, if one does: one that reaches into it.
    pub fn explaining(&mut self, from: UnixMs, until: UnixMs) -> Option<&mut Trouble> {
        self.known.iter_mut().find(|trouble| trouble.from < until && from < trouble.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_come_and_go_and_are_forgotten_in_order() {
        let mut troubles = Troubles::outages(Random::new(1, 1), UnixMs(0));
        let (mut on, mut at) = (0_u64, UnixMs(0));
        while troubles.forgotten.len() < 3 {
            on += u64::from(troubles.is_on(at, false));
            at = at.plus_ms(10_000);
        }
        assert!(troubles.count >= 3 && on >= 6, "{troubles:?}");
        assert!(troubles.forgotten.iter().all(|trouble| (20_000..=300_000).contains(&trouble.length_ms())));
    }
}
