//! Moments: milliseconds since 1970-01-01T00:00:00Z, the only form of time on the wire and in the store.

use serde::{Deserialize, Serialize};

/// A moment in milliseconds since the Unix epoch, UTC, leap seconds not counted.
///
/// Arithmetic saturates, so that no input, however absurd, can wrap around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// The milliseconds from `earlier` to `self`; 0 when `earlier` is not earlier.
    pub fn since_ms(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// The moment `ms` later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// The moment `ms` earlier.
    #[must_use]
    pub fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_never_negative() {
        assert_eq!(UnixMs(5).since_ms(UnixMs(9)), 0);
        assert_eq!(UnixMs(9).since_ms(UnixMs(5)), 4);
    }

    #[test]
    fn arithmetic_saturates_at_the_ends_of_time() {
        assert_eq!(UnixMs(i64::MAX).plus_ms(u64::MAX), UnixMs(i64::MAX));
        assert_eq!(UnixMs(i64::MIN).minus_ms(1), UnixMs(i64::MIN));
    }
}
