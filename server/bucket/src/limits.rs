//! Every bound of keeping objects, in one place.

/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 512;
/// Objects that one listing tells of.
pub const LISTED_MAX: usize = 200_000;
