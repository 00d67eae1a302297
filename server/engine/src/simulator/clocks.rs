//! The clocks of the simulated machine: true time, which nobody sees, and the two that show something else.

use pharos_model::UnixMs;

use crate::Now;

/// True time with a wall clock that is wrong by an offset and drifts, and the process' monotonic clock.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// Milliseconds since the simulation began.
    pub true_ms: u64,
    process_began_ms: u64,
    wall_at_anchor: i64,
    anchor_ms: u64,
    drift_ppm: i64,
}

impl Clocks {
    /// Clocks that are right at the beginning.
    pub fn new(begin: UnixMs) -> Self {
        Self { true_ms: 0, process_began_ms: 0, wall_at_anchor: begin.0, anchor_ms: 0, drift_ppm: 0 }
    }

    /// What the wall clock shows.
    pub fn wall(&self) -> UnixMs {
        let passed = i64::try_from(self.true_ms - self.anchor_ms).unwrap_or(0);
        UnixMs(self.wall_at_anchor + passed + passed * self.drift_ppm / 1_000_000)
    }

    /// What the process reads.
    pub fn now(&self) -> Now {
        Now { wall: self.wall(), mono_ms: self.true_ms - self.process_began_ms }
    }

    /// Lets time pass.
    pub fn advance_to(&mut self, true_ms: u64) {
        self.true_ms = self.true_ms.max(true_ms);
    }

    /// Moves the wall clock by `ms` at once.
    pub fn step(&mut self, ms: i64) {
        self.set(UnixMs(self.wall().0 + ms), self.drift_ppm);
    }

    /// Lets the wall clock run fast or slow, in millionths.
    pub fn drift(&mut self, ppm: i64) {
        self.set(self.wall(), ppm);
    }

    /// Begins a process: its monotonic clock starts anew.
    pub fn restart(&mut self) {
        self.process_began_ms = self.true_ms;
    }

    fn set(&mut self, wall: UnixMs, drift_ppm: i64) {
        self.anchor_ms = self.true_ms;
        self.wall_at_anchor = wall.0;
        self.drift_ppm = drift_ppm;
    }
}
