//! One budget of time for all stages of a probe.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// The time a probe has.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    started: Instant,
    deadline: Instant,
    timeout_ms: u64,
}

/// The time was up.
#[derive(Debug)]
pub struct TimeUp;

impl Budget {
    /// Starts the clock.
    pub fn start(timeout_ms: u64) -> Self {
        let started = Instant::now();
        Self { started, deadline: started + Duration::from_millis(timeout_ms), timeout_ms }
    }

    /// Runs a stage within what is left; returns how long it took, in microseconds.
    pub async fn stage<T>(&self, stage: impl Future<Output = T>) -> (Result<T, TimeUp>, u32) {
        let begun = Instant::now();
        let result = tokio::time::timeout_at(self.deadline, stage).await.map_err(|_| TimeUp);
        (result, micros(begun.elapsed()))
    }

    /// Runs the first of `parts` like attempts within its share of what is left, so that one that hangs leaves time for the
    /// others; returns how long it took, in microseconds.
    pub async fn share<T>(&self, parts: usize, attempt: impl Future<Output = T>) -> (Result<T, TimeUp>, u32) {
        let begun = Instant::now();
        let left = self.deadline.saturating_duration_since(begun);
        let deadline = begun + left / u32::try_from(parts.max(1)).unwrap_or(u32::MAX);
        let result = tokio::time::timeout_at(deadline, attempt).await.map_err(|_| TimeUp);
        (result, micros(begun.elapsed()))
    }

    /// Microseconds since the start.
    pub fn total_us(&self) -> u32 {
        micros(self.started.elapsed())
    }

    /// Milliseconds that are left.
    pub fn left_ms(&self) -> u64 {
        let left = self.deadline.saturating_duration_since(Instant::now());
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    }

    /// The whole budget, as a sentence has it.
    pub fn text(&self) -> String {
        format!("{} ms", self.timeout_ms)
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
