//! Every bound of xtask: budgets that fail the build, waits, and how much output it keeps.

use std::time::Duration;

/// Budget: WASM, its JS and the boot module together, brotli bytes (1 kB = 1000 bytes).
pub const BROWSER_BROTLI_BYTES_MAX: u64 = 100_000;
/// Budget: the first answer a visitor waits for, HTML with its critical CSS, brotli bytes.
pub const FIRST_FLIGHT_BROTLI_BYTES_MAX: u64 = 14_000;
/// The widget that other sites load, brotli.
pub const WIDGET_BROTLI_BYTES_MAX: u64 = 3_000;
/// Budget: the release binary with everything inside, bytes.
pub const SERVER_BINARY_BYTES_MAX: u64 = 25_000_000;

/// How long the release binary may take to say where it listens. Generous: it is no performance test.
pub const SERVER_START_MAX: Duration = Duration::from_secs(30);
/// How long the release binary may take to end after SIGTERM before it is killed.
pub const SERVER_STOP_MAX: Duration = Duration::from_secs(15);
/// How long one answer of the release binary may take.
pub const RESPONSE_WAIT_MAX: Duration = Duration::from_secs(10);
/// Pause between two looks at a process that is about to end.
pub const POLL_PAUSE: Duration = Duration::from_millis(20);
/// Most bytes of one HTTP answer, head included, that `size` reads.
pub const RESPONSE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most bytes of the server's standard output that are searched for its address.
pub const SERVER_GREETING_BYTES_MAX: u64 = 256 * 1024;

/// Most summary lines of a test runner that are kept for the end of the output.
pub const SUMMARY_LINES_MAX: usize = 200;

/// Most seeds one `simulate` accepts.
pub const SEEDS_MAX: u64 = 1_000_000;
/// Most days one simulated life may last.
pub const DAYS_MAX: u32 = 3660;

/// A file above this many lines is refused by `tidy`.
pub const FILE_LINES_MAX: usize = 600;
/// A file above this many lines gets a warning from `tidy`.
pub const FILE_LINES_WARN: usize = 400;
