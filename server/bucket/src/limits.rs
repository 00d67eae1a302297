//! Every bound of keeping objects, in one place.

use std::time::Duration;

/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 512;
/// Objects that one listing tells of.
pub const LISTED_MAX: usize = 200_000;
/// Files and folders that one listing of a folder looks at.
pub const VISITED_MAX: usize = 1_000_000;
/// How long a write to a folder waits for those of others.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How long it pauses before it looks again whether it may.
pub const LOCK_PAUSE: Duration = Duration::from_millis(2);
/// From what age on a half-written file is one that nobody will finish, in milliseconds.
pub const HALF_WRITTEN_AGE_MS: i64 = 3_600_000;
/// Half-written files that are looked at when a folder is opened.
pub const HALF_WRITTEN_MAX: usize = 10_000;
