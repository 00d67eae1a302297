//! Where Pharos remembers: journal, history and lease behind one trait, SQLite behind it now.

mod accounts;
mod chain;
mod error;
pub mod limits;
mod sketch;
mod sqlite;
mod stages;
mod store;
mod types;

pub use accounts::{
    AccountChange, Accounts, AuditEntry, AuditFilter, Margin, Once, Role, Session, Token, User,
};
pub use chain::Chain;
pub use error::StoreError;
pub use pharos_model::Span;
pub use sketch::Sketch;
pub use sqlite::SqliteStore;
pub use stages::{STAGES, StageSums};
pub use store::Store;
pub use types::{Appended, Head, LatencyPoint, Resolution, Retention, RollupRow, Sample, StoreHealth};
