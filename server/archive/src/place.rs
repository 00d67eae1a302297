//! An archive as it lies in its bucket: reading what vouches for itself, and writing what nobody may overwrite.

use std::sync::Arc;

use bytes::Bytes;
use pharos_bucket::{Bucket, Condition, Key, Media, Tag};
use pharos_model::Origin;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::{MANIFEST_BYTES_MAX, OBJECT_BYTES_MAX};
use crate::manifest::{self, FORMAT, HISTORY, History, LIVES, MANIFEST, Manifest, Object, Unread};
use crate::seal::{Packed, hash};
use crate::{ArchiveError, Life, Seal};

/// An archive.
#[derive(Clone)]
pub struct Archive {
    bucket: Arc<dyn Bucket>,
    seal: Seal,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Archive({})", self.bucket.name())
    }
}

impl Archive {
    /// The archive in a bucket, sealed or not.
    pub fn new(bucket: Arc<dyn Bucket>, seal: Seal) -> Self {
        Self { bucket, seal }
    }

    /// Where it is, for messages.
    pub fn place(&self) -> String {
        self.bucket.name()
    }

    /// How it is sealed.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Its bucket.
    pub(crate) fn bucket(&self) -> &dyn Bucket {
        &*self.bucket
    }

    /// The manifest; `None` where there is no archive yet.
    ///
    /// # Errors
    /// When nobody answers, or it is damaged or of a newer version.
    pub async fn manifest(&self) -> Result<Option<(Manifest, Tag)>, ArchiveError> {
        self.manifest_at(MANIFEST).await
    }

    /// That of a life that is over; nothing where it is lost.
    ///
    /// # Errors
    /// As [`Archive::manifest`].
    pub(crate) async fn past_manifest(&self, life: &Origin) -> Result<Option<Manifest>, ArchiveError> {
        Ok(self.manifest_at(&past(life, MANIFEST)).await?.map(|(manifest, _)| manifest))
    }

    async fn manifest_at(&self, key: &str) -> Result<Option<(Manifest, Tag)>, ArchiveError> {
        let found: Option<(Manifest, Tag)> = self.document(key).await?;
        match found.as_ref().and_then(|(manifest, _)| manifest.fault()) {
            Some(why) => Err(self.damaged(key, why)),
            None => Ok(found),
        }
    }

    /// The manifest, which must be there: of the newest life of the journal, or of another.
    ///
    /// # Errors
    /// As [`Archive::manifest`], and when there is none.
    pub async fn manifest_of(&self, life: Option<&Origin>) -> Result<Manifest, ArchiveError> {
        let newest = self.manifest().await?;
        let Some(life) = life else {
            return newest
                .map(|(manifest, _)| manifest)
                .ok_or_else(|| ArchiveError::Absent { place: self.place() });
        };
        if let Some((manifest, _)) = newest.filter(|(manifest, _)| manifest.origin == *life) {
            return Ok(manifest);
        }
        if let Some(manifest) = self.past_manifest(life).await? {
            return Ok(manifest);
        }
        let lives = self.lives().await?;
        if lives.iter().any(|known| known.name == life.as_str()) {
            return Err(self.damaged(&past(life, MANIFEST), "it is missing".to_owned()));
        }
        Err(ArchiveError::Impossible {
            what: format!("the archive in {} tells of no journal {}", self.place(), life.as_str()),
            hint: format!("it tells of {}", lives.iter().map(Life::to_string).collect::<Vec<_>>().join(", ")),
        })
    }

    /// What is held of the history of a life of the journal; nothing where there is none yet.
    ///
    /// # Errors
    /// As [`Archive::manifest`].
    pub async fn history_of(&self, life: &Origin) -> Result<Option<History>, ArchiveError> {
        let newest = self.history().await?.map(|(history, _)| history);
        if let Some(history) = newest.filter(|history| history.origin == *life) {
            return Ok(Some(history));
        }
        let found: Option<(History, Tag)> = self.document(&past(life, HISTORY)).await?;
        Ok(found.map(|(history, _)| history))
    }

    /// What is held of the history that was written last.
    ///
    /// # Errors
    /// As [`Archive::manifest`].
    pub(crate) async fn history(&self) -> Result<Option<(History, Tag)>, ArchiveError> {
        self.document(HISTORY).await
    }

    async fn document<T: DeserializeOwned>(&self, name: &str) -> Result<Option<(T, Tag)>, ArchiveError> {
        let Some((bytes, tag)) = self.bucket.get(&Key::new(name)?, MANIFEST_BYTES_MAX).await? else {
            return Ok(None);
        };
        match manifest::read(&bytes) {
            Ok(document) => Ok(Some((document, tag))),
            Err(Unread::Damaged(why)) => Err(self.damaged(name, why)),
            Err(Unread::Newer(found)) => {
                Err(ArchiveError::Newer { place: self.place(), found, known: FORMAT })
            }
        }
    }

    /// Writes a manifest in place of the one that is known.
    pub(crate) async fn put_document<T: Serialize + Sync>(
        &self,
        name: &str,
        document: &T,
        before: Option<&Tag>,
    ) -> Result<Tag, ArchiveError> {
        let bytes = manifest::written(document).map_err(|why| self.damaged(name, why))?;
        let condition = before.map_or(Condition::New, |tag| Condition::Same(tag.clone()));
        let written = self.bucket.put_if(&Key::new(name)?, bytes.into(), Media::PRIVATE, &condition).await?;
        written.ok_or_else(|| ArchiveError::Overtaken { place: self.place() })
    }

    /// Keeps a manifest of a life of the journal that is over.
    pub(crate) async fn bury<T: Serialize + Sync>(
        &self,
        life: &Origin,
        name: &str,
        document: &T,
    ) -> Result<(), ArchiveError> {
        let key = past(life, name);
        let bytes = manifest::written(document).map_err(|why| self.damaged(&key, why))?;
        self.bucket.put(&Key::new(&key)?, bytes.into(), Media::PRIVATE).await?;
        Ok(())
    }

    /// Packs content and writes it as an object that is named by what it holds.
    pub(crate) async fn put(
        &self,
        folder: &str,
        name: &str,
        content: String,
    ) -> Result<Object, ArchiveError> {
        let seal = self.seal.clone();
        let packed = tokio::task::spawn_blocking(move || seal.pack(content.as_bytes())).await;
        let packed = packed.map_err(|error| self.damaged(name, error.to_string()))?;
        let packed = packed.map_err(|why| self.damaged(name, why))?;
        let (bytes, sha256) = (packed.len() as u64, hash(&packed));
        let key = manifest::key(folder, name, &sha256);
        self.bucket.put(&Key::new(&key)?, packed.into(), Media::PRIVATE).await?;
        Ok(Object { key, bytes, sha256 })
    }

    /// The bytes of an object, as many and the ones that they must be.
    pub(crate) async fn bytes(&self, object: &Object) -> Result<Bytes, ArchiveError> {
        let found = self.bucket.get(&Key::new(&object.key)?, OBJECT_BYTES_MAX).await?;
        let Some((bytes, _)) = found else {
            return Err(self.damaged(&object.key, "it is missing".to_owned()));
        };
        if bytes.len() as u64 != object.bytes {
            let why = format!("it has {} bytes, and should have {}", bytes.len(), object.bytes);
            return Err(self.damaged(&object.key, why));
        }
        if hash(&bytes) != object.sha256 {
            return Err(self.damaged(&object.key, "it is not what it should be by its hash".to_owned()));
        }
        Ok(bytes)
    }

    /// The content of an object.
    pub(crate) async fn content(&self, object: &Object, sealed: bool) -> Result<Vec<u8>, ArchiveError> {
        if sealed && !self.seal.opens() {
            return Err(ArchiveError::Sealed { place: self.place() });
        }
        let bytes = self.bytes(object).await?;
        let seal = self.seal.clone();
        let unpacked = tokio::task::spawn_blocking(move || seal.unpack(&bytes, sealed)).await;
        let unpacked = unpacked.map_err(|error| self.damaged(&object.key, error.to_string()))?;
        // Its hash was right: that it cannot be opened is no damage.
        unpacked.map_err(|packed| match packed {
            Packed::OtherKey => ArchiveError::OtherKey { place: self.place(), key: object.key.clone() },
            Packed::Damaged(why) => self.damaged(&object.key, why),
        })
    }

    /// Says that an object is damaged.
    pub(crate) fn damaged(&self, key: &str, why: String) -> ArchiveError {
        ArchiveError::Damaged { place: self.place(), key: key.to_owned(), why }
    }
}

/// Where a manifest of a life of the journal lies that is over.
pub fn past(life: &Origin, name: &str) -> String {
    format!("{LIVES}/{}/{name}", life.as_str())
}
