//! The name of an object.

use std::fmt;

use crate::BucketError;
use crate::limits::KEY_BYTES_MAX;

/// The name of an object: parts of `A-Z a-z 0-9 . _ -` with `/` between them, none of which is `.` or `..`. So it is
/// a path that stays below its folder, and needs no escaping in an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// A name.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, BucketError> {
        let is_good = |part: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(allowed)
        };
        if text.len() > KEY_BYTES_MAX || !text.split('/').all(is_good) {
            return Err(BucketError::Key { text: text.chars().take(KEY_BYTES_MAX).collect() });
        }
        Ok(Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_below_its_folder() {
        for good in ["a", "a/b.json", "journal/1-2-ab", "de/index.html", ".well-known/security.txt"] {
            assert!(Key::new(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "a b", "a?b", "ä", "a\\b", "a\nb"] {
            assert!(Key::new(bad).is_err(), "{bad}");
        }
        assert!(Key::new(&"a".repeat(KEY_BYTES_MAX + 1)).is_err());
    }
}
