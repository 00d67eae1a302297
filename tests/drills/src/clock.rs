//! The only place of the drills that reads the system's clock: it is what drills share with the server.

use std::time::{SystemTime, UNIX_EPOCH};

use pharos_model::UnixMs;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "this is the clock module")]
pub fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
