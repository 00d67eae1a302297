//! Filling an empty store piece by piece with what was copied from another.

use std::sync::Arc;

use pharos_engine::Fact;
use pharos_model::{Origin, UnixMs};

use crate::copies::{JournalRow, Parent, Piece};
use crate::limits::{ENTRIES_PER_FILL, SAMPLES_PER_PIECE};
use crate::spanning::Spanning;
use crate::{AuditEntry, Chain, Head, RollupRow, Sample, Store, StoreError, Token, User};

/// Fills a store that was opened to be filled. Until [`Restorer::end`] it is none that anybody can use.
pub struct Restorer {
    store: Arc<dyn Store>,
    spanning: Spanning,
    head: Head,
    at: Option<UnixMs>,
}

impl JournalRow {
    /// What it says.
    ///
    /// # Errors
    /// When a newer version wrote it.
    pub fn fact(&self) -> Result<Fact, StoreError> {
        let newer =
            |error: serde_json::Error| StoreError::NewerEntry { seq: self.seq, why: error.to_string() };
        serde_json::from_str(&self.payload).map_err(newer)
    }

    /// Whether it follows an entry with this place and chain.
    pub fn follows(&self, head: Head) -> bool {
        self.seq == head.seq + 1
            && self.chain == head.chain.after(self.seq, self.at, &self.kind, &self.payload)
    }
}

impl Restorer {
    /// Begins to fill a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            spanning: Spanning::default(),
            head: Head { seq: 0, chain: Chain::default() },
            at: None,
        }
    }

    /// The end of what was put in.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The time of the last entry that was put in.
    pub fn at(&self) -> Option<UnixMs> {
        self.at
    }

    /// Puts the next entries in.
    ///
    /// # Errors
    /// When they do not follow those before, a newer version wrote one, or the database fails.
    pub async fn journal(&mut self, rows: Vec<JournalRow>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<JournalRow> = rows.by_ref().take(ENTRIES_PER_FILL).collect();
            let Some(last) = some.last() else { return Ok(()) };
            let (head, at) = (Head { seq: last.seq, chain: last.chain }, last.at);
            for row in &some {
                let fact = row.fact()?;
                if let Some(change) = fact.public() {
                    self.spanning.apply(row.at, change);
                }
            }
            let spans = self.spanning.take_closed();
            self.store.fill(Piece::Journal(some, spans)).await?;
            (self.head, self.at) = (head, Some(at));
        }
    }

    /// Puts raw observations in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn samples(&self, samples: Vec<Sample>) -> Result<(), StoreError> {
        let mut samples = samples.into_iter();
        loop {
            let some: Vec<Sample> = samples.by_ref().take(SAMPLES_PER_PIECE).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.store.fill(Piece::Samples(some)).await?;
        }
    }

    /// Puts rollups in.
    ///
    /// # Errors
    /// When one is there already, or the database fails.
    pub async fn rollups(&self, rows: Vec<RollupRow>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<RollupRow> = rows.by_ref().take(SAMPLES_PER_PIECE).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.store.fill(Piece::Rollups(some)).await?;
        }
    }

    /// Puts in who may do what.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self, users: Vec<User>, tokens: Vec<Token>) -> Result<(), StoreError> {
        self.store.fill(Piece::Accounts(users, tokens)).await
    }

    /// Puts the next entries of the audit log in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), StoreError> {
        self.store.fill(Piece::Audit(entries)).await
    }

    /// Ends: now it is a store like any other, and goes on from `parent` under a name of its own. Closes it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(
        self,
        (origin, archived): (Origin, u64),
        watched_at: UnixMs,
        rolled_up_until: Option<UnixMs>,
    ) -> Result<Head, StoreError> {
        let Self { store, spanning, head, .. } = self;
        store.fill(Piece::Spans(spanning.open())).await?;
        let parent = Parent { origin, seq: head.seq, archived: Some(archived) };
        store.fill(Piece::End { parent, watched_at, rolled_up_until }).await?;
        store.close().await?;
        Ok(head)
    }
}
