//! The only place that reads the system's clocks.

mod steady;

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pharos_engine::Now;
use pharos_engine::limits::CLOCK_STEP_MIN_MS;
use pharos_model::UnixMs;

use steady::{Onward, Trust, Turn};

/// Both clocks of this machine, for who writes the journal: its wall clock never goes back.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    onward: Arc<Mutex<Onward>>,
}

impl Clock {
    /// Starts the monotonic clock.
    pub fn start() -> Self {
        Self { started: Instant::now(), onward: Arc::new(Mutex::new(Onward::from(wall(), 0))) }
    }

    /// What time it is by both.
    pub fn now(&self) -> Now {
        let (mono_ms, wall) = (millis(self.started), wall());
        let wall = self.onward.lock().unwrap_or_else(PoisonError::into_inner).now(wall, mono_ms);
        Now { wall, mono_ms }
    }

    /// By how much what it tells is ahead of the wall clock, in milliseconds.
    pub fn ahead_ms(&self) -> u64 {
        self.now().wall.since_ms(wall())
    }

    /// Goes on where the journal ended, if that lies ahead. By as much as counts as a step of the clock, nobody can say how long ago that
    /// was: then a gap of `gap_ms` is put between.
    pub fn go_on_after(&self, end: UnixMs, gap_ms: u64) {
        let now = self.now();
        let ahead_ms = end.since_ms(now.wall);
        let is_step = ahead_ms >= CLOCK_STEP_MIN_MS;
        let from = if is_step { end.plus_ms(gap_ms) } else { end };
        if from <= now.wall {
            return;
        }
        if is_step {
            tracing::warn!(
                ahead_s = ahead_ms / 1_000,
                "the journal is ahead of this machine's clock; its time goes on from there, a tenth more slowly until the clock has caught up"
            );
        }
        *self.onward.lock().unwrap_or_else(PoisonError::into_inner) = Onward::from(from, now.mono_ms);
    }
}

/// What is believed of the wall clock, by all of this process.
static BELIEVED: LazyLock<Believed> = LazyLock::new(|| {
    let started = Instant::now();
    Believed { started, uptime_ms: uptime_ms(), trust: Mutex::new(Trust::new(shown(), millis(started))) }
});

struct Believed {
    started: Instant,
    /// How long the machine had been up then, with the time that it slept; `None` where that cannot be read.
    uptime_ms: Option<u64>,
    trust: Mutex<Trust>,
}

impl Believed {
    fn trust(&self) -> std::sync::MutexGuard<'_, Trust> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long the machine has slept since.
    fn slept_ms(&self, mono_ms: u64) -> u64 {
        let up_ms = uptime_ms().zip(self.uptime_ms).map(|(now_ms, then_ms)| now_ms.saturating_sub(then_ms));
        up_ms.unwrap_or(0).saturating_sub(mono_ms)
    }
}

/// The wall clock. One that jumps is not followed until it has stood where it jumped to for a while.
pub fn wall() -> UnixMs {
    let (at, turn) = {
        let mut trust = BELIEVED.trust();
        // Within the lock, so that nobody reads an earlier moment later.
        let mono_ms = millis(BELIEVED.started);
        trust.now(shown(), mono_ms, || BELIEVED.slept_ms(mono_ms))
    };
    match turn {
        None => {}
        Some(Turn::Jumped(by_ms)) => tracing::warn!(
            by_s = by_ms / 1_000,
            "this machine's clock jumped; times are told as without that until it has stood there for some minutes"
        ),
        Some(Turn::Returned) => tracing::info!("this machine's clock is back where it was"),
        Some(Turn::Followed(by_ms)) => {
            tracing::warn!(
                by_s = by_ms / 1_000,
                "this machine's clock stays where it jumped to and is followed"
            );
        }
        Some(Turn::Slept(ms)) => tracing::warn!(s = ms / 1_000, "this machine slept; its clock is followed"),
    }
    at
}

/// Hears by how many milliseconds the wall clock as it is believed is ahead of somebody else's.
pub fn compare(ahead_ms: i64) {
    let mut trust = BELIEVED.trust();
    trust.compare(ahead_ms, millis(BELIEVED.started));
}

/// Whether the wall clock shows another time than is told.
pub fn is_doubted() -> bool {
    let _at = wall();
    BELIEVED.trust().is_doubted()
}

/// By how many milliseconds the wall clock as it is believed is ahead of another that showed `at` so long ago; less than 0 where it is behind.
pub fn ahead_of(at: UnixMs, ago: Duration) -> i64 {
    let ago_ms = u64::try_from(ago.as_millis()).unwrap_or(u64::MAX);
    wall().0.saturating_sub(at.plus_ms(ago_ms).0)
}

/// What the machine's wall clock shows.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
fn shown() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How long the machine has been up, with the time that it slept, which the monotonic clock does not count.
fn uptime_ms() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (whole, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(
        whole.parse::<u64>().ok()?.saturating_mul(1_000) + hundredths.parse::<u64>().ok()?.saturating_mul(10),
    )
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_is_ahead_is_gone_on_from_after_a_gap() {
        let clock = Clock::start();
        let end = clock.now().wall.plus_ms(3_600_000);
        clock.go_on_after(end, 11_000);
        let now = clock.now().wall;
        assert!(now >= end.plus_ms(11_000) && now < end.plus_ms(20_000), "{now:?}");
    }

    #[test]
    fn a_journal_that_is_a_little_ahead_is_gone_on_from_without_a_gap() {
        let clock = Clock::start();
        let end = clock.now().wall.plus_ms(1_000);
        clock.go_on_after(end, 11_000);
        let now = clock.now().wall;
        assert!(now >= end && now < end.plus_ms(10_000), "{now:?}");
    }

    #[test]
    fn the_clock_of_a_journal_that_ended_before_is_as_it_was() {
        let clock = Clock::start();
        clock.go_on_after(UnixMs(0), 11_000);
        assert!(clock.now().wall.since_ms(wall()) < 1_000);
    }

    #[test]
    fn how_long_the_machine_has_been_up_can_be_read() {
        assert!(uptime_ms().is_some_and(|up_ms| up_ms > 0));
    }
}
