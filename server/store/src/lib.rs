//! Where Pharos remembers: journal, history and lease behind one trait, SQLite or PostgreSQL behind it.
//!
//! What both databases are asked in the same words stands in `sql`, and is compiled once for each of them.

#![expect(
    clippy::duplicate_mod,
    reason = "generic code over two databases would need a dozen bounds on every function"
)]

mod accounts;
mod buckets;
mod chain;
mod copies;
mod error;
mod journal;
mod leadership;
mod lease;
pub mod limits;
mod nodes;
mod part;
mod postgres;
mod restorer;
mod sketch;
mod spanning;
mod sqlite;
mod stages;
mod store;
mod types;
mod values;
mod writer;

pub use accounts::{
    AccountChange, Accounts, AuditEntry, AuditFilter, Margin, Once, Role, Session, Token, User,
};
pub use chain::Chain;
pub use copies::{Copies, JournalRow, Mend, Parent, Piece, SpanRow};
pub use error::StoreError;
pub use leadership::{Lead, Leadership, Standing};
pub use lease::{Fence, Holder, Lease, Nonce};
pub use limits::{LETTER_BYTES_MAX, TOLD_BYTES_MAX};
pub use nodes::{Beat, Letter, NodeRow, Nodes};
pub use part::Part;
pub use pharos_model::Span;
pub use postgres::{PostgresAddress, PostgresStore};
pub use restorer::Restorer;
pub use sketch::Sketch;
pub use spanning::Spanning;
pub use sqlite::{Cut, SqliteStore};
pub use stages::{STAGES, StageSums};
pub use store::Store;
pub use types::{
    Appended, Head, LatencyPoint, Lost, PagesRead, Resolution, Retention, RollupRow, Sample, StoreHealth,
};
