//! What Pharos keeps outside of its database, so that it can be restored: journal, history, accounts and audit log, as objects that a
//! manifest vouches for by their hashes. Objects are never changed: what is new is written beside them, and last the manifest in place of the
//! one before, where that is still the one that its writer knows.

mod begin;
mod error;
mod garbage;
mod history;
pub mod limits;
mod lines;
mod lives;
mod manifest;
mod place;
mod restore;
mod scrub;
mod seal;
mod verify;
mod writer;

pub use error::ArchiveError;
pub use history::HistoryWriter;
pub use lives::Life;
pub use manifest::{History, Kind, Manifest};
pub use place::Archive;
pub use restore::{Restored, Target, is_possible, restore};
pub use scrub::{Manner, Scrubbed, scrub};
pub use seal::Seal;
pub use verify::{Verified, verify};
pub use writer::Writer;

use jiff::Timestamp;
use pharos_model::UnixMs;

/// A moment in words, to the millisecond: who is told which moments are possible may choose the first of them.
pub(crate) fn moment(at: UnixMs) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| format!("{} ms", at.0), |at| at.to_string())
}
