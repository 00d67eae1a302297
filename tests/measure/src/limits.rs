//! Every wait and bound of what is shared.

use std::time::Duration;

/// How long a program may take to say where it listens. Generous: it is no measurement.
pub const GREETING_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a program may take to end when it is told to.
pub const STOP_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long a page may take to show what it should.
pub const PAGE_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a page must stay the same to be at rest: longer than the first probes are spread over.
pub const REST: Duration = Duration::from_secs(4);
/// How long one answer may take.
pub const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// Pause between two looks at something that is awaited.
pub const POLL_PAUSE: Duration = Duration::from_millis(20);
/// Most bytes of one answer.
pub const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes of one server-sent event.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most lines of a program's output that wait to be read.
pub const LINES_WAITING_MAX: usize = 10_000;
