//! Values as databases keep them.

use std::borrow::Cow;

use crate::StoreError;

/// A place as a database keeps it.
pub fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A place from a database.
pub fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Microseconds from a database.
pub fn micros(value: Option<i64>) -> Option<u32> {
    value.map(|us| u32::try_from(us).unwrap_or(u32::MAX))
}

/// Says that an entry is damaged.
pub fn damaged(seq: u64, why: &str) -> StoreError {
    StoreError::Damaged { seq, why: why.to_owned() }
}

/// A text without the one character that PostgreSQL keeps in no text.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}
