//! The only place that reads the system's clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use pharos_engine::Now;
use pharos_model::UnixMs;

/// Both clocks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// Starts the monotonic clock.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// What time it is by both.
    pub fn now(&self) -> Now {
        let mono_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { wall: wall(), mono_ms }
    }
}

/// The wall clock, which may jump.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
pub fn wall() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
