//! What can go wrong with keeping objects, in words for operators.

use std::sync::Arc;

/// What went wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BucketError {
    /// A name that is none.
    #[error(
        "`{text}` is no name of an object; it consists of letters, digits, `.`, `_`, `-` and `/` between parts"
    )]
    Key {
        /// What was given.
        text: String,
    },
    /// An address that is none.
    #[error("`{text}` is no place for objects: {why}; write a path, or s3://BUCKET/PREFIX")]
    Address {
        /// What was given, without credentials.
        text: String,
        /// In which of the settings that go with it the fault is; `None` for the address itself.
        setting: Option<&'static str>,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder cannot be used.
    #[error("{path} cannot be used: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// Nobody answers, or not in time.
    #[error("{place} does not answer: {why}")]
    Unreachable {
        /// Which place.
        place: String,
        /// What happened.
        why: String,
    },
    /// The answer is a refusal.
    #[error("{place} refused to {what} {key}: {why}")]
    Refused {
        /// Which place.
        place: String,
        /// What was asked for.
        what: &'static str,
        /// Of which object.
        key: String,
        /// What it said.
        why: String,
    },
    /// There is more of it than expected.
    #[error("{what} is larger than it may be ({max})")]
    TooLarge {
        /// What.
        what: String,
        /// The bound, with its unit.
        max: String,
    },
}
