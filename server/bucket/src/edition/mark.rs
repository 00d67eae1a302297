//! Which edition is there, and what is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How far along an edition is: by whose journal, written by the how-manieth leader, up to which place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The life of the journal.
    pub origin: String,
    /// The how-manieth leadership there is; 0 where no other node could lead.
    pub term: u64,
    /// The place in the journal.
    pub seq: u64,
}

impl Mark {
    /// Whether it may take the place of another. Marks of different journals cannot be compared.
    pub fn may_follow(&self, before: &Self) -> bool {
        self.origin == before.origin && self.term >= before.term && self.seq >= before.seq
    }
}

/// One object of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The hash of what it says.
    pub says: String,
    /// Its version.
    pub tag: String,
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
}

/// What is in an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// How far along it is.
    #[serde(flatten)]
    pub mark: Mark,
    /// When it was finished, in milliseconds since 1970.
    pub at: i64,
    /// Its objects by their keys.
    pub objects: BTreeMap<String, Entry>,
    /// What is none of it any more and is to be removed, if it is there still.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gone: BTreeSet<String>,
}

/// That somebody stands for an edition still: it is true up to then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// How far along it is.
    #[serde(flatten)]
    pub mark: Mark,
    /// When that was said, in milliseconds since 1970.
    pub at: i64,
    /// Who has begun to write, or said it: a name that no other publisher has.
    #[serde(default)]
    pub publisher: String,
    /// How far along the edition is that was begun.
    pub begun: Mark,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(origin: &str, term: u64, seq: u64) -> Mark {
        Mark { origin: origin.to_owned(), term, seq }
    }

    #[test]
    fn neither_the_leader_nor_the_place_ever_goes_back() {
        let there = mark("a", 3, 10);
        for (next, may) in [
            (mark("a", 3, 10), true),
            (mark("a", 3, 11), true),
            (mark("a", 4, 10), true),
            (mark("a", 2, 11), false),
            (mark("a", 4, 9), false),
            (mark("b", 9, 99), false),
        ] {
            assert_eq!(next.may_follow(&there), may, "{next:?}");
        }
    }
}
