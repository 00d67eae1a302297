//! Every bound of the load programs.

use std::time::Duration;

/// Targets one program stands in for.
pub const TARGETS_MAX: u32 = 10_000;
/// Arrivals kept for each target.
pub const ARRIVALS_MAX: usize = 2_000;
/// Bytes of the head of a request or an answer.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of the body of a page.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes read at once.
pub const READ_BYTES_MAX: usize = 64 * 1024;
/// Streams one program opens. One more than the server's own bound would be refused anyway.
pub const STREAMS_MAX: u32 = 19_000;
/// Streams that are being opened at the same time.
pub const OPENING_MAX: usize = 100;
/// How long opening one stream may take, its first frame included.
pub const OPEN_WAIT_MAX: Duration = Duration::from_secs(30);
/// Keep-alive connections one program holds.
pub const CONNECTIONS_MAX: u32 = 1_000;
/// The longest a load may last, in seconds.
pub const LOAD_SECONDS_MAX: u32 = 600;
/// How long one answer may take.
pub const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);
/// Days of history that can be made up.
pub const HISTORY_DAYS_MAX: u32 = 3_660;
/// Components of a made-up history.
pub const HISTORY_COMPONENTS_MAX: u32 = 1_000;
/// Entries of a store that is filled.
pub const FILLED_ENTRIES_MAX: u64 = 10_000_000;
/// Raw observations of a store that is filled.
pub const FILLED_SAMPLES_MAX: u64 = 100_000_000;
