//! What Pharos keeps outside of its database.

mod error;
pub mod limits;
mod seal;

pub use error::ArchiveError;
pub use seal::Seal;
