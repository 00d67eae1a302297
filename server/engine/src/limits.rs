//! Every bound and constant of time of the core, in one place.

/// Silence of the watcher that is written down as a gap; a shorter one lies within the grain of probing.
pub const GAP_MIN_MS: u64 = 10_000;
/// Difference between wall clock and monotonic clock that counts as a step.
pub const CLOCK_STEP_MIN_MS: u64 = 2_000;
/// Time between two checkpoints when nothing else happens.
pub const CHECKPOINT_MS: u64 = 3_600_000;
/// First probes after a start are spread over this time, or over the check's interval if that is shorter.
pub const START_SPREAD_MS: u64 = 3_000;
/// Consecutive observations a check may ask for before a change is confirmed.
pub const CONFIRMATIONS_MAX: u32 = 100;
/// Intervals without an answer after which what was seen last is no evidence any more.
pub const STALE_AFTER_INTERVALS: u64 = 2;
/// Time between two looks at what follows from time alone, when observations leave no room for ticks.
pub const SWEEP_MS: u64 = 1_000;
/// A look that began at most this long before watching did still counts: its time was read a moment earlier.
pub const SIGHT_SLACK_MS: u64 = 1_000;
/// A probe that has not come back this long after its time-out is taken for lost.
pub const LOST_AFTER_MS: u64 = 10_000;
/// Verdicts of one check that are remembered to date a component's status back.
pub const TURNS_MAX: usize = 64;
/// Probes handed out in one step; the rest follow in the next.
pub const PROBES_PER_STEP_MAX: usize = 10_000;
/// Characters of a reason kept with a verdict.
pub const REASON_CHARS_MAX: usize = 300;
