//! A set of objects that belong together, such as all pages of a copy, and that several publishers may race to write.
//!
//! Objects are written first and what lists them last, and every write names the version that it replaces. A publisher that has just
//! begun says so in the stamp before it writes, which one of before cannot claim again, and then writes everything anew, so that no version is left that one before it could still
//! replace. So one that was stopped in its tracks and goes on later finds that the versions it knew are gone, and what is there never goes
//! back.

mod mark;
mod publisher;

pub use mark::{Entry, Manifest, Mark, Stamp};
pub use publisher::{Document, EditionError, MANIFEST, Publisher, STAMP};
