//! Every bound of the store, in one place.

use std::time::Duration;

/// Requests that wait for the writer.
pub const JOBS_WAITING_MAX: usize = 1_024;
/// Requests committed together.
pub const JOBS_PER_COMMIT_MAX: usize = 256;
/// Facts of one append.
pub const FACTS_PER_APPEND_MAX: usize = 20_000;
/// Samples of one batch.
pub const SAMPLES_PER_BATCH_MAX: usize = 10_000;
/// Samples written by one statement: few enough that SQLite takes their values, many enough that the statement's own cost is
/// spread.
pub const ROWS_PER_INSERT: usize = 25;
/// Entries read at once.
pub const ENTRIES_PER_READ_MAX: usize = 10_000;
/// Connections that only read.
pub const READERS: u32 = 2;
/// How long one waits for a lock that another process holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one waits for a connection that reads.
pub const READER_TIMEOUT: Duration = Duration::from_secs(5);
/// Snapshot rows kept.
pub const FOLDS_KEPT: i64 = 3;
/// Rows let go in one step.
pub const RETAIN_ROWS_PER_STEP: i64 = 20_000;
/// Steps of letting go in one round.
pub const RETAIN_STEPS_MAX: usize = 50;
/// Samples rolled up in one step.
pub const ROLL_UP_MS_PER_STEP: u64 = 3_600_000;
/// How long after a minute its samples are awaited before it is rolled up.
pub const ROLL_UP_DELAY_MS: u64 = 5_000;
/// Characters of a sample's reason.
pub const REASON_CHARS_MAX: usize = 300;
/// Rollup rows read for one chart.
pub const POINTS_MAX: i64 = 20_000;
/// How long a request's key is remembered.
pub const ONCE_MS: u64 = 24 * 3_600_000;
/// How long it is remembered that somebody was not let in.
pub const REFUSED_SIGN_INS_MS: u64 = 90 * 86_400_000;
