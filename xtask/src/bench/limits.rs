//! Every budget and bound of the measurements.

use std::time::Duration;

pub use pharos_measure::limits::{GREETING_WAIT_MAX, PAGE_WAIT_MAX, POLL_PAUSE};

/// Budget: requests a second, in terms of nginx's.
pub const PAGE_RATE_RATIO_MIN: f64 = 1.3;
/// Budget: CPU for one request, in terms of nginx's.
pub const PAGE_CPU_RATIO_MAX: f64 = 0.7;
/// Budget: 99 of 100 answers around a change of state.
pub const STAMPEDE_P99_MS_MAX: f64 = 50.0;
/// Budget: 99 of 100 deliveries at 1,000 open streams.
pub const FANOUT_1000_P99_MS_MAX: f64 = 50.0;
/// Budget: 99 of 100 deliveries at 10,000 open streams.
pub const FANOUT_10000_P99_MS_MAX: f64 = 250.0;
/// Budget: resident memory of the server for one idle stream (1 kB = 1000 bytes).
pub const STREAM_KILOBYTES_MAX: f64 = 22.0;
/// Budget: from the deciding probe to the changed text, median.
pub const PIXEL_MEDIAN_MS_MAX: f64 = 150.0;
/// Budget: from the deciding probe to the changed text, worst.
pub const PIXEL_WORST_MS_MAX: f64 = 1_000.0;
/// Budget: rendering and compressing the first page.
pub const RENDER_MS_MAX: f64 = 20.0;
/// Budget: CPU seconds for 1,000 checks.
pub const CHECKS_CPU_SECONDS_MAX: f64 = 0.2;
/// Budget: how late a check may start, and within what time all start.
pub const CHECKS_LATE_MS_MAX: f64 = 1_000.0;
/// Budget: checks in a second, of 1,000 that are due: what a scrape at either end may cut off is left to it.
pub const CHECKS_PER_SECOND_MIN: f64 = 990.0;
/// Budget: of a core, for 2,000 checks of eleven kinds every ten seconds, in percent.
pub const MIXED_CORE_PERCENT_MAX: f64 = 40.0;
/// Budget: of those, checks in a second, of 200 that are due.
pub const MIXED_PER_SECOND_MIN: f64 = 195.0;
/// Budget: from an operator's request to every open stream, median.
pub const SPEAK_MS_MAX: f64 = 300.0;
/// Budget: first contentful paint of a throttled first visit.
pub const VISIT_PAINT_MS_MAX: f64 = 1_200.0;
/// Budget: time for which a throttled first visit blocks the main thread.
pub const VISIT_BLOCKING_MS_MAX: f64 = 50.0;
/// Budget: from the application's start until the parts of a page are alive, on a CPU slowed four times.
pub const WAKE_MS_MAX: f64 = 400.0;
/// Budget: HTML of the first page with five hundred components, brotli.
pub const WAKE_HTML_BYTES_MAX: f64 = 60_000.0;
/// Budget: from exec to the first answer 200.
pub const START_MS_MAX: f64 = 150.0;
/// Budget: resident memory with 20 checks and 90 days, in MiB.
pub const RESIDENT_MEBIBYTES_MAX: f64 = 40.0;
/// Budget: observations stored in a second.
pub const SAMPLES_PER_SECOND_MIN: f64 = 20_000.0;

/// Most rounds of one measurement.
pub const ROUNDS_MAX: u32 = 50;
/// How long one line of a program may take, beyond what it was told to measure.
pub const LINE_WAIT_MAX: Duration = Duration::from_mins(3);
/// The same where the awaited moment is what is measured.
pub const POLL_PAUSE_FINE: Duration = Duration::from_micros(500);
/// Milliseconds from a change among 5,000 components, nested three deep, to the snapshot.
pub const CHANGE_MS_MAX: f64 = 50.0;
/// Milliseconds to read and map a health document of 1,000 values.
pub const DOCUMENT_MS_MAX: f64 = 5.0;
/// Budget: how long a million entries and ten million observations take to be restored, in seconds.
pub const RESTORE_S_MAX: f64 = 60.0;
/// Budget: memory that this takes, in MiB.
pub const RESTORE_MIB_MAX: f64 = 286.0;
/// Budget: how long what was committed may wait until it is in an archive in a folder, in seconds.
pub const ARCHIVE_LAG_S_MAX: f64 = 2.0;
/// Budget: CPU for 500 parts of the static copy after a change, in seconds.
pub const PUBLISH_500_CPU_S_MAX: f64 = 2.0;
/// Rounds of a restore: one takes long.
pub const RESTORE_ROUNDS_MAX: u32 = 2;
/// How long filling, archiving or restoring may take at all.
pub const FILL_WAIT_MAX: Duration = Duration::from_mins(15);
/// Pause between two looks at the memory of a command.
pub const MEMORY_PAUSE: Duration = Duration::from_millis(20);
