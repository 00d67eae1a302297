//! How addresses begin, kept for as long as the program runs, so that words stay small and can be handed around.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use pharos_model::limits::BEGINNINGS_MAX;

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The same beginning as it is kept; none at all where there are more than any page ever has.
pub fn kept(beginning: &str) -> &'static str {
    if beginning.is_empty() {
        return "";
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(beginning) {
        return known;
    }
    if kept.len() >= BEGINNINGS_MAX {
        return "";
    }
    let new: &'static str = beginning.to_owned().leak();
    kept.insert(new);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_beginning_is_kept_once() {
        assert_eq!(kept("/status/de").as_ptr(), kept("/status/de").as_ptr());
        assert_eq!((kept(""), kept("/status")), ("", "/status"));
    }
}
