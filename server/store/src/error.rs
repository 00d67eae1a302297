//! What can go wrong with the store, in words for operators.

use std::path::PathBuf;
use std::sync::Arc;

use pharos_model::UnixMs;

use crate::Part;

/// What went wrong. Cheap to copy, because all who took part in one commit are told.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be used.
    #[error("the data directory {path} cannot be used: {source}; check that it exists and may be written")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// Another process uses the data directory.
    #[error(
        "{path} is locked: another Pharos uses this data directory; stop it, or choose another with --data"
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// What is to be filled is not empty.
    #[error(
        "{place} is not empty: its journal has {seq} entries; restore into an empty place, or move that one away first"
    )]
    NotEmpty {
        /// Where.
        place: String,
        /// How much is there.
        seq: u64,
    },
    /// A restore or an import did not come to its end.
    #[error(
        "a restore or an import into this database did not come to its end; run it once more, or give it an empty database"
    )]
    Unfinished,
    /// The library is one that may damage the database.
    #[error("SQLite {found} may damage its database under load; at least {needed} is needed")]
    Version {
        /// What is linked.
        found: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A newer Pharos wrote this database.
    #[error(
        "this data was written by a newer Pharos (schema {found}, this one knows {known}); run that version again"
    )]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// An entry is as it was written, and this version cannot read it.
    #[error(
        "entry {seq} of the journal was written by a newer Pharos, and this one cannot read it: {why}; run that version here, too"
    )]
    NewerEntry {
        /// Which.
        seq: u64,
        /// What is not known.
        why: String,
    },
    /// The database refused.
    #[error("the database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// The migrations failed.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(Arc<sqlx::migrate::MigrateError>),
    /// The journal's time would go backwards.
    #[error("facts of {at} ms cannot follow an entry of {head} ms: the journal's time never goes backwards", at = at.0, head = head.0)]
    Backwards {
        /// The time given.
        at: UnixMs,
        /// The time of the last entry.
        head: UnixMs,
    },
    /// More than a request may hold.
    #[error("{what}: {count} are more than the {max} that one request may hold")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// The journal is damaged.
    #[error("the journal is damaged at entry {seq}: {why}; restore it from a copy")]
    Damaged {
        /// Where.
        seq: u64,
        /// How that shows.
        why: String,
    },
    /// A page of the file is not what was written there.
    #[error(
        "a page of the database that holds {part} is damaged; `pharos scrub` finds out what is, and mends it with --repair while no server runs"
    )]
    Page {
        /// What it holds.
        part: Part,
    },
    /// Somebody else was first.
    #[error("{what}")]
    Conflict {
        /// What happened meanwhile.
        what: &'static str,
    },
    /// Who leads is somebody else by now, or somebody leads and no fence was named.
    #[error("the lease is not held any more: another node leads, and what this one decided was not written")]
    NotLeading,
    /// The journal has entries that were not known when it was decided.
    #[error(
        "the journal went on to entry {seq}, which somebody else wrote; what was decided after entry {after} was not written"
    )]
    Overtaken {
        /// The last entry that was known.
        after: u64,
        /// The last entry that there is.
        seq: u64,
    },
    /// The connection was lost while the commit was under way.
    #[error(
        "the database went away during the commit, so it is not known whether it was done; asking for the same \
         again does it once"
    )]
    Unknown,
    /// The database has lost entries that this node has seen.
    #[error(
        "the database no longer has entry {seq} as this node has seen it: a failover or a restored copy lost the newest \
         entries; the journal must be read anew"
    )]
    Diverged {
        /// The newest entry seen.
        seq: u64,
    },
    /// The address cannot be read.
    #[error(
        "the database address {why}; write postgres://user@host:5432/pharos, several hosts with commas between them"
    )]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// The database cannot keep what it would be given.
    #[error("this database cannot be used: {why}")]
    Unfit {
        /// Why, and what to do.
        why: String,
    },
    /// None of the hosts can be written to.
    #[error("no database host can be written to: {tried}")]
    Unreachable {
        /// What each said.
        tried: String,
    },
    /// The database did not answer in time.
    #[error("the database did not answer within {limit_ms} ms; the connection was given up")]
    Late {
        /// How long was waited, in milliseconds.
        limit_ms: u64,
    },
    /// The writer is gone or has too much to do.
    #[error("the store takes no more writes: {why}")]
    Unavailable {
        /// Why.
        why: &'static str,
    },
}

/// What SQLite says of a page that does not match its sum, of a structure that cannot be, and of a file that is none of its own.
const PAGE_DAMAGED: [&str; 6] = ["8202", "11", "267", "523", "779", "26"];
const _: () = assert!(pharos_pagesums::DAMAGED == 8_202);

/// Whether a database says that a page is damaged. Codes of PostgreSQL are longer.
pub(crate) fn is_page_damaged(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| PAGE_DAMAGED.contains(&&*code))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_page_damaged(&error) {
            return Self::Page { part: Part::Rest };
        }
        Self::Database(Arc::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migrate(Arc::new(error))
    }
}

impl StoreError {
    /// Whether the database can never take a value that it was given, such as a text that has no place in its encoding.
    #[must_use]
    pub fn is_of_the_data(&self) -> bool {
        let Self::Database(error) = self else { return false };
        // A class of SQLSTATE; codes of SQLite are numbers of other lengths.
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code.len() == 5 && code.starts_with("22"))
    }

    /// Nobody answered within this time.
    pub(crate) fn late(limit: std::time::Duration) -> Self {
        Self::Late { limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }
    }
}
