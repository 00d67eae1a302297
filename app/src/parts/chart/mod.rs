//! How fast a component answers, drawn on the server: the latency, and where the time goes.

mod field;
mod latency;
mod ranges;
mod stages;

use pharos_model::UnixMs;

pub use latency::LatencyChart;
pub use ranges::{Range, Ranges};
pub use stages::StageChart;

/// Stages of a look: name look-up, connect, TLS, first byte, body.
pub const STAGES: usize = 5;

/// The looks of one stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct ChartPoint {
    /// When it begins.
    pub start: UnixMs,
    /// The median, in microseconds.
    pub p50_us: Option<u32>,
    /// What 95 % did not exceed, in microseconds.
    pub p95_us: Option<u32>,
    /// How many looks there were.
    pub count: u64,
    /// How many of them showed an outage.
    pub failed: u64,
    /// The mean time of each stage, in microseconds, where looks have stages.
    pub stages_us: Option<[u32; STAGES]>,
}

const US_PER_MS: u32 = 1_000;
