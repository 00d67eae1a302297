//! Every bound of the drills that more than one of them shares.

pub use pharos_measure::limits::{ANSWER_WAIT_MAX, POLL_PAUSE};

/// Most rounds of one drill.
pub const ROUNDS_MAX: u32 = 10_000_000;
