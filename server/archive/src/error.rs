//! What can go wrong with an archive, in words for operators.

use pharos_bucket::BucketError;
use pharos_store::StoreError;

/// What went wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Where it is kept fails.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no archive.
    #[error(
        "there is no archive in {place}; it begins when a server with `archive:` in its configuration writes there, or with `pharos backup`"
    )]
    Absent {
        /// Where.
        place: String,
    },
    /// The archive is damaged.
    #[error("the archive in {place} is damaged: {key}: {why}")]
    Damaged {
        /// Where it is kept.
        place: String,
        /// Which object.
        key: String,
        /// How that shows.
        why: String,
    },
    /// A newer version wrote it.
    #[error(
        "the archive in {place} was written by a newer Pharos (format {found}, this one knows {known}); use that version"
    )]
    Newer {
        /// Where.
        place: String,
        /// The format found.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// It belongs to another journal.
    #[error(
        "the archive in {place} is not this journal's: {why}; nothing was written there. Restore from it (`pharos restore`), or name an empty place"
    )]
    Foreign {
        /// Where.
        place: String,
        /// How that shows.
        why: String,
    },
    /// Somebody else writes it.
    #[error("another node writes to the archive in {place}")]
    Overtaken {
        /// Where.
        place: String,
    },
    /// A key is needed to read it.
    #[error("the archive in {place} is encrypted; name the file with its key (--identity)")]
    Sealed {
        /// Where.
        place: String,
    },
    /// It is sealed for somebody else.
    #[error(
        "{key} of the archive in {place} is encrypted for another key than the given one (--identity); name the file with the right one, or with all where it was encrypted for several in turn"
    )]
    OtherKey {
        /// Where.
        place: String,
        /// Which object.
        key: String,
    },
    /// A key that is none.
    #[error("{what} is no key of age: {why}")]
    Key {
        /// Which, by its place and never by its text.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// What is asked for is not in it.
    #[error("{what}; {hint}")]
    Impossible {
        /// What is asked for.
        what: String,
        /// What is possible.
        hint: String,
    },
}
