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
/// Bytes of the prefix under which objects of a service are kept: with a key, it may have as many as S3 allows.
pub const PREFIX_BYTES_MAX: usize = 500;
/// How often a service is asked the same before that is given up.
pub const ATTEMPTS_MAX: u32 = 4;
/// How long a connection to a service may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take, beside the time that its bytes and those of the question need.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// How many bytes a second a connection carries at least.
pub const BYTES_PER_SECOND_MIN: u64 = 64 * 1024;
/// How long an answer may take in any case.
pub const ANSWER_TIMEOUT_MAX: Duration = Duration::from_mins(5);
/// How long the first pause is before a service is asked again. Each is twice as long as the one before.
pub const PAUSE: Duration = Duration::from_millis(250);
/// Bytes of a refusal that are read.
pub const REFUSAL_BYTES_MAX: usize = 16 * 1024;
/// Characters of a refusal that are told.
pub const REFUSAL_CHARS_MAX: usize = 300;
/// Objects that one page of a listing tells of.
pub const LIST_PAGE_KEYS: usize = 1_000;
/// Bytes of one page of a listing.
pub const LIST_PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Pages of a listing. A service may make them shorter than it is asked to.
pub const LIST_PAGES_MAX: usize = 2_000;
/// Bytes of the list of an edition's objects.
pub const MANIFEST_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of an object of an edition.
pub const DOCUMENT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Objects that are written at the same time.
pub const WRITES_AT_ONCE: usize = 8;
