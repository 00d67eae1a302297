//! Copying a store: what is read out of one, as it lies there, and what an empty one is filled with.

use async_trait::async_trait;
use pharos_model::{ComponentId, Incident, Maintenance, Origin, UnixMs};
use serde::{Deserialize, Serialize};

use crate::{AuditEntry, Chain, Resolution, RollupRow, Sample, StoreError, Token, User};

/// An entry of the journal as it lies there: its chain covers every byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place.
    pub seq: u64,
    /// For a public fact, the place of the public one before it.
    pub after: Option<u64>,
    /// When it was decided.
    pub at: UnixMs,
    /// In whose term.
    pub term: u64,
    /// The word for what it is.
    pub kind: String,
    /// The fact, in JSON.
    pub payload: String,
    /// The chain with it.
    pub chain: Chain,
}

/// Where a journal comes from that was not begun empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The journal before it.
    pub origin: Origin,
    /// The last entry that both have.
    pub seq: u64,
    /// The last entry that the archive had when this one was restored from it; `None` where the database itself lost its end.
    #[serde(default)]
    pub archived: Option<u64>,
}

/// A stretch of time that a component spent in one status, as it is put into an empty store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRow {
    /// Which component.
    pub component: String,
    /// When it began.
    pub starts_at: UnixMs,
    /// When it ended, if it did.
    pub ends_at: Option<UnixMs>,
    /// The status shown.
    pub status: &'static str,
    /// What the checks found, where another was stated.
    pub measured: Option<&'static str>,
}

/// A piece of what an empty store is filled with.
#[derive(Debug)]
pub enum Piece {
    /// The next entries of the journal, and the spans that ended with them or before.
    Journal(Vec<JournalRow>, Vec<SpanRow>),
    /// The spans that have not ended.
    Spans(Vec<SpanRow>),
    /// Raw observations that are not there yet.
    Samples(Vec<Sample>),
    /// Rollups.
    Rollups(Vec<RollupRow>),
    /// Who may do what.
    Accounts(Vec<User>, Vec<Token>),
    /// The audit log, ascending.
    Audit(Vec<AuditEntry>),
    /// The end: from now on it is a store like any other.
    End {
        /// What it was made from.
        parent: Parent,
        /// When somebody last watched.
        watched_at: UnixMs,
        /// Up to where samples are rolled up, if they are.
        rolled_up_until: Option<UnixMs>,
    },
}

/// What takes the place of something that was damaged.
#[derive(Debug)]
pub enum Mend {
    /// An entry of the journal, which must follow the one before it.
    Entry(Box<JournalRow>),
    /// All spans of a component.
    Spans(ComponentId, Vec<SpanRow>),
    /// An incident, and whether it is told of no more.
    Incident(Box<Incident>, bool),
    /// A maintenance.
    Maintenance(Box<Maintenance>),
    /// The raw observations whose looks began in a stretch of time.
    Samples(UnixMs, UnixMs, Vec<Sample>),
    /// The rollups of one width that begin in a stretch of time.
    Rollups(Resolution, UnixMs, UnixMs, Vec<RollupRow>),
}

/// What is copied out of a store, and into an empty one.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Up to `limit` entries after a place as they lie there, ascending, their chain verified.
    async fn rows_after(&self, seq: u64, limit: usize) -> Result<Vec<JournalRow>, StoreError>;

    /// The chain up to an entry; `None` where there is no such entry. That of place 0 is the empty one.
    async fn chain_at(&self, seq: u64) -> Result<Option<Chain>, StoreError>;

    /// Raw observations whose looks began in `[from, until)`, by their checks and slots. Of more than `limit` the first.
    async fn samples_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError>;

    /// Rollups of one width that begin in `[from, until)`, by component and time. Of more than `limit` the first.
    async fn rollups_between(
        &self,
        resolution: Resolution,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<RollupRow>, StoreError>;

    /// How many raw observations there are whose looks began in `[from, until)`.
    async fn count_samples(&self, from: UnixMs, until: UnixMs) -> Result<u64, StoreError>;

    /// When the oldest observation, or the oldest rollup of a width, begins.
    async fn oldest(&self, resolution: Option<Resolution>) -> Result<Option<UnixMs>, StoreError>;

    /// Up to where samples are rolled up.
    async fn rolled_up_until(&self) -> Result<Option<UnixMs>, StoreError>;

    /// Up to `limit` entries of the audit log after one, ascending.
    async fn audit_after(&self, id: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// Where this journal comes from, if it was not begun empty.
    async fn parent(&self) -> Result<Option<Parent>, StoreError>;

    /// Puts a piece into a store that was opened to be filled.
    ///
    /// # Errors
    /// When the store is not one that is filled, or what is given does not go on from what is there.
    async fn fill(&self, piece: Piece) -> Result<(), StoreError>;

    /// Puts something in the place of what was damaged. Nobody may lead meanwhile but who asks.
    ///
    /// # Errors
    /// When it does not fit, somebody leads, or the database fails.
    async fn mend(&self, mend: Mend) -> Result<(), StoreError>;
}
