//! The end of the journal, and the entries that are built on it. Which database keeps them does not matter here.

use pharos_engine::{Entry, Fact, Fold};
use pharos_model::UnixMs;

use crate::limits::FACTS_PER_APPEND_MAX;
use crate::values::damaged;
use crate::{Chain, Head, StoreError};

/// What the next entry is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The last entry.
    pub head: Head,
    /// Its time.
    pub at: UnixMs,
    /// The place of the last public entry.
    pub public_seq: u64,
}

/// An entry as it is written.
pub struct Written {
    /// What it says.
    pub entry: Entry,
    /// Its fact as text.
    pub payload: String,
    /// The chain with it.
    pub chain: Chain,
}

impl Default for Journal {
    /// An empty journal.
    fn default() -> Self {
        Self { head: Head::default(), at: UnixMs(i64::MIN), public_seq: 0 }
    }
}

impl Journal {
    /// Whether facts may follow.
    ///
    /// # Errors
    /// When there are too many, or their time lies before the last entry's.
    pub fn accepts(&self, at: UnixMs, count: usize) -> Result<(), StoreError> {
        if count > FACTS_PER_APPEND_MAX {
            return Err(StoreError::TooMany { what: "facts", count, max: FACTS_PER_APPEND_MAX });
        }
        if at < self.at {
            return Err(StoreError::Backwards { at, head: self.at });
        }
        Ok(())
    }

    /// The entries that facts make after this end, which moves on with them.
    ///
    /// # Errors
    /// When a fact cannot be written as text.
    pub fn entries(&mut self, at: UnixMs, facts: Vec<Fact>) -> Result<Vec<Written>, StoreError> {
        let mut written = Vec::with_capacity(facts.len());
        for fact in facts {
            let seq = self.head.seq + 1;
            let after = fact.public().map(|_| self.public_seq);
            let payload = serde_json::to_string(&fact).map_err(|error| damaged(seq, &error.to_string()))?;
            let chain = self.head.chain.after(seq, at, fact.kind(), &payload);
            if after.is_some() {
                self.public_seq = seq;
            }
            self.head = Head { seq, chain };
            self.at = at;
            written.push(Written { entry: Entry { seq, after, at, fact }, payload, chain });
        }
        Ok(written)
    }
}

/// Folds entries.
///
/// # Errors
/// When one does not fit what came before.
pub fn fold_on(fold: &mut Fold, entries: &[Entry]) -> Result<(), StoreError> {
    entries
        .iter()
        .try_for_each(|entry| fold.apply(entry).map_err(|error| damaged(entry.seq, &error.to_string())))
}
