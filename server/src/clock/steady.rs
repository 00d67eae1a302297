//! How far the machine's wall clock is believed, and how time goes on where it is behind the journal: arithmetic on what clocks show.

use pharos_engine::limits::CLOCK_STEP_MIN_MS;
use pharos_model::UnixMs;

use crate::limits::{CLOCK_DOUBTED, CLOCK_SLOWER};

/// The wall clock as it is believed. One that jumps against the clock that measures time is not followed until it has stood where it jumped
/// to for a while: most come back.
#[derive(Clone, Copy, Debug)]
pub struct Trust {
    /// The wall clock less the clock that measures time, in milliseconds.
    offset_ms: i64,
    /// What it shows instead, and since when by the clock that measures time.
    doubted: Option<(i64, u64)>,
    /// For how long the machine has slept, as far as that is reckoned in.
    slept_ms: u64,
}

/// What became of the belief in the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It jumped by so many milliseconds, and is not followed.
    Jumped(i64),
    /// It is again where it would be without a jump.
    Returned,
    /// It has stood there for so long that it is followed: by so many milliseconds.
    Followed(i64),
    /// The machine slept for so many milliseconds, and it is right.
    Slept(u64),
}

impl Trust {
    /// Believes what it shows now.
    pub fn new(shown: UnixMs, mono_ms: u64) -> Self {
        Self { offset_ms: offset(shown, mono_ms), doubted: None, slept_ms: 0 }
    }

    /// What time it is. `slept_ms` tells for how long the machine has slept since the beginning, while the clock that measures time stood.
    pub fn now(
        &mut self,
        shown: UnixMs,
        mono_ms: u64,
        slept_ms: impl FnOnce() -> u64,
    ) -> (UnixMs, Option<Turn>) {
        let offset_ms = offset(shown, mono_ms);
        let is_near = |known_ms: i64| offset_ms.abs_diff(known_ms) < CLOCK_STEP_MIN_MS;
        let turn = match self.doubted {
            _ if is_near(self.offset_ms) => {
                self.offset_ms = offset_ms;
                self.doubted.take().map(|_| Turn::Returned)
            }
            Some((doubted_ms, since)) if is_near(doubted_ms) => {
                let is_long = u128::from(mono_ms.saturating_sub(since)) >= CLOCK_DOUBTED.as_millis();
                is_long.then(|| {
                    self.doubted = None;
                    Turn::Followed(offset_ms - std::mem::replace(&mut self.offset_ms, offset_ms))
                })
            }
            doubted => {
                let asleep_ms = self.sleep(slept_ms());
                if asleep_ms > 0 && is_near(self.offset_ms) {
                    (self.offset_ms, self.doubted) = (offset_ms, None);
                    Some(Turn::Slept(asleep_ms))
                } else {
                    self.doubted = Some((offset_ms, mono_ms));
                    doubted.is_none().then(|| Turn::Jumped(offset_ms - self.offset_ms))
                }
            }
        };
        (UnixMs(signed(mono_ms).saturating_add(self.offset_ms)), turn)
    }

    /// Whether it shows another time than is believed.
    pub fn is_doubted(&self) -> bool {
        self.doubted.is_some()
    }

    /// Hears by how many milliseconds what is believed is ahead of somebody else's clock. While that contradicts what a clock shows that
    /// jumped, it is not followed, however long it stands there.
    pub fn compare(&mut self, ahead_ms: i64, mono_ms: u64) {
        let Some((doubted_ms, since)) = &mut self.doubted else { return };
        let shown_ahead_ms = ahead_ms.saturating_add(*doubted_ms - self.offset_ms);
        if shown_ahead_ms.unsigned_abs() > ahead_ms.unsigned_abs() {
            *since = mono_ms;
        }
    }

    /// Reckons in that the machine slept, and tells for how long.
    fn sleep(&mut self, slept_ms: u64) -> u64 {
        let asleep_ms = slept_ms.saturating_sub(self.slept_ms);
        // Less is the coarseness of the figure.
        if asleep_ms < CLOCK_STEP_MIN_MS {
            return 0;
        }
        self.slept_ms = slept_ms;
        self.offset_ms = self.offset_ms.saturating_add(signed(asleep_ms));
        asleep_ms
    }
}

/// A time that never goes back. Where the wall clock is behind it, it goes on a little more slowly until that has caught up, so that what
/// happens meanwhile has its length.
#[derive(Clone, Copy, Debug)]
pub struct Onward {
    /// The last moment at which the wall clock was not behind, or from which it goes on.
    at: UnixMs,
    /// The same by the clock that measures time.
    mono_ms: u64,
}

impl Onward {
    /// From this moment on.
    pub fn from(at: UnixMs, mono_ms: u64) -> Self {
        Self { at, mono_ms }
    }

    /// What time it is.
    pub fn now(&mut self, wall: UnixMs, mono_ms: u64) -> UnixMs {
        let passed_ms = mono_ms.saturating_sub(self.mono_ms);
        let least = self.at.plus_ms(passed_ms - passed_ms / CLOCK_SLOWER);
        if wall >= least {
            *self = Self { at: wall, mono_ms };
        }
        wall.max(least)
    }
}

fn offset(shown: UnixMs, mono_ms: u64) -> i64 {
    shown.0.saturating_sub(signed(mono_ms))
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: i64 = 1_795_000_000_000;
    const SECOND: u64 = 1_000;
    const HOUR: i64 = 3_600_000;
    /// Longer than a jump is doubted.
    const LONG: u64 = 20 * 60 * SECOND;

    /// A machine whose clocks go as the test says, and the time that is made of them.
    struct Machine {
        trust: Trust,
        onward: Onward,
        mono_ms: u64,
        slept_ms: u64,
        /// By how much the wall clock is wrong.
        wrong_ms: i64,
        turns: Vec<Turn>,
    }

    impl Machine {
        fn new(wrong_ms: i64) -> Self {
            let shown = UnixMs(BEGAN + wrong_ms);
            let (trust, onward) = (Trust::new(shown, 0), Onward::from(shown, 0));
            Self { trust, onward, mono_ms: 0, slept_ms: 0, wrong_ms, turns: Vec::new() }
        }

        /// What time it really is.
        fn truth(&self) -> i64 {
            BEGAN + signed(self.mono_ms + self.slept_ms)
        }

        fn read(&mut self) -> i64 {
            let shown = UnixMs(self.truth() + self.wrong_ms);
            let (wall, turn) = self.trust.now(shown, self.mono_ms, || self.slept_ms);
            self.turns.extend(turn);
            self.onward.now(wall, self.mono_ms).0
        }

        /// Lets time pass with the wall clock wrong by so much, and tells by how much the time that is told was wrong at most. Checks that
        /// it went on all the while.
        fn passes(&mut self, long_ms: u64, wrong_ms: i64) -> u64 {
            self.wrong_ms = wrong_ms;
            let (mut worst, mut before) = (0, self.read());
            for _ in 0..long_ms / 100 {
                self.mono_ms += 100;
                let now = self.read();
                assert!(now >= before + 90, "{} ms in 100", now - before);
                worst = worst.max(now.abs_diff(self.truth()));
                before = now;
            }
            worst
        }
    }

    #[test]
    fn a_clock_that_was_ahead_and_comes_back_does_not_stop_the_time_of_the_journal() {
        let mut machine = Machine::new(0);
        assert_eq!(machine.passes(60 * SECOND, 0), 0);
        assert_eq!(machine.passes(60 * SECOND, HOUR), 0);
        assert!(machine.trust.is_doubted());
        assert_eq!(machine.passes(60 * SECOND, 0), 0);
        assert_eq!(machine.turns, [Turn::Jumped(HOUR), Turn::Returned]);
    }

    #[test]
    fn a_clock_that_is_set_back_and_comes_again_changes_nothing() {
        let mut machine = Machine::new(0);
        assert_eq!(machine.passes(60 * SECOND, -HOUR) + machine.passes(60 * SECOND, 0), 0);
        assert_eq!(machine.turns, [Turn::Jumped(-HOUR), Turn::Returned]);
    }

    #[test]
    fn a_clock_that_jumps_to_and_fro_is_followed_nowhere_and_told_of_once() {
        let mut machine = Machine::new(0);
        for turn in 0..1_000 {
            assert_eq!(machine.passes(SECOND, if turn % 2 == 0 { 300_000 } else { -300_000 }), 0);
        }
        assert_eq!(machine.turns, [Turn::Jumped(300_000)]);
    }

    #[test]
    fn a_clock_that_is_put_right_after_a_wrong_start_is_followed_when_it_has_stood_for_a_while() {
        let mut machine = Machine::new(-HOUR);
        assert_eq!(machine.passes(60 * SECOND, -HOUR), HOUR.unsigned_abs());
        machine.passes(LONG, 0);
        assert_eq!(machine.turns, [Turn::Jumped(HOUR), Turn::Followed(HOUR)]);
        assert_eq!(machine.passes(60 * SECOND, 0), 0);
    }

    #[test]
    fn a_clock_that_jumped_away_from_that_of_the_database_is_not_followed_however_long_it_stands_there() {
        let mut machine = Machine::new(0);
        for _ in 0..LONG / SECOND {
            assert_eq!(machine.passes(SECOND, HOUR), 0);
            machine.trust.compare(0, machine.mono_ms);
        }
        // Nobody contradicts it any more.
        machine.passes(LONG, HOUR);
        assert_eq!(machine.turns, [Turn::Jumped(HOUR), Turn::Followed(HOUR)]);
    }

    #[test]
    fn a_clock_that_is_put_right_is_followed_although_it_was_never_far_from_that_of_the_database() {
        let mut machine = Machine::new(-3_000);
        for _ in 0..LONG / SECOND {
            machine.passes(SECOND, 0);
            let wrong_ms = if machine.trust.is_doubted() { -3_000 } else { 0 };
            machine.trust.compare(wrong_ms, machine.mono_ms);
        }
        assert_eq!(machine.turns, [Turn::Jumped(3_000), Turn::Followed(3_000)]);
    }

    #[test]
    fn behind_a_journal_that_is_ahead_time_goes_on_a_tenth_more_slowly_until_the_clock_has_caught_up() {
        let mut machine = Machine::new(HOUR);
        machine.passes(LONG, HOUR);
        machine.passes(LONG, 0);
        assert_eq!(machine.turns, [Turn::Jumped(-HOUR), Turn::Followed(-HOUR)]);
        assert!(machine.passes(60 * SECOND, 0) > HOUR.unsigned_abs() * 9 / 10);
        machine.passes(11 * HOUR.unsigned_abs(), 0);
        assert_eq!(machine.passes(60 * SECOND, 0), 0);
    }

    #[test]
    fn a_machine_that_slept_believes_its_clock_at_once() {
        let mut machine = Machine::new(0);
        machine.passes(60 * SECOND, 0);
        machine.slept_ms = HOUR.unsigned_abs();
        assert_eq!(machine.passes(60 * SECOND, 0), 0);
        assert_eq!(machine.turns, [Turn::Slept(HOUR.unsigned_abs())]);
    }

    #[test]
    fn a_clock_that_is_slewed_is_followed() {
        let mut machine = Machine::new(-30_000);
        for wrong_ms in (-30_000..=0).step_by(50) {
            machine.passes(SECOND, wrong_ms);
        }
        assert_eq!((machine.passes(SECOND, 0), machine.turns.len()), (0, 0));
    }
}
