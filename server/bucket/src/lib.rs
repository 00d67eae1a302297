//! Where Pharos keeps objects outside of its database: a folder, or a service that speaks S3. The archive and the static copy are
//! written to one.

mod address;
pub mod edition;
mod error;
mod folder;
pub mod hash;
mod key;
pub mod limits;
mod resolved;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;

pub use address::{Access, Place};
pub use error::BucketError;
pub use folder::{Durability, Folder};
pub use key::Key;
pub use s3::{Keys, Patience, S3, S3Place};

/// Which version of an object is meant: another content has another tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub String);

/// Under which condition an object is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There must be none under this key.
    New,
    /// The one that is there must be this version.
    Same(Tag),
}

/// How a service hands an object out to browsers. A folder keeps nothing of it: there the web server decides by the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// As in `text/html; charset=utf-8`.
    pub content_type: &'static str,
    /// As in `public, max-age=60`.
    pub cache_control: &'static str,
}

impl Media {
    /// For what no browser reads.
    pub const PRIVATE: Self = Self { content_type: "application/octet-stream", cache_control: "no-store" };
}

/// What a listing tells of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: Key,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was last written, in milliseconds since 1970, by the clock of whoever keeps it.
    pub modified_ms: i64,
}

/// A place for objects. What is written is there, whole and for good, when a method returns: nobody ever reads a half.
#[async_trait]
pub trait Bucket: Send + Sync {
    /// An object and its version; `None` when there is none.
    ///
    /// # Errors
    /// When nobody answers, the answer is a refusal, or the object has more than `bytes_max`.
    async fn get(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError>;

    /// Writes an object, whatever was there.
    ///
    /// # Errors
    /// When nobody answers, or the answer is a refusal. It is then not known whether it was written.
    async fn put(&self, key: &Key, body: Bytes, media: Media) -> Result<Tag, BucketError>;

    /// Writes an object where the condition holds; `None` where it does not hold, and nothing is written.
    ///
    /// # Errors
    /// As [`Bucket::put`].
    async fn put_if(
        &self,
        key: &Key,
        body: Bytes,
        media: Media,
        condition: &Condition,
    ) -> Result<Option<Tag>, BucketError>;

    /// Removes an object; one that is not there is removed already.
    ///
    /// # Errors
    /// As [`Bucket::put`].
    async fn delete(&self, key: &Key) -> Result<(), BucketError>;

    /// All objects whose keys begin with `prefix`, by their keys.
    ///
    /// # Errors
    /// When nobody answers, the answer is a refusal, or there are more than [`limits::LISTED_MAX`].
    async fn list(&self, prefix: &str) -> Result<Vec<Listed>, BucketError>;

    /// What it is called in messages, without credentials.
    fn name(&self) -> String;
}
