//! Who writes editions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::mark::{Entry, Manifest, Mark, Stamp};
use crate::hash::hex;
use crate::limits::{DOCUMENT_BYTES_MAX, MANIFEST_BYTES_MAX, WRITES_AT_ONCE};
use crate::{Bucket, BucketError, Condition, Key, Media, Tag};

/// The key of what lists an edition's objects.
pub const MANIFEST: &str = "copy.json";
/// The key of what says that somebody stands for it still.
pub const STAMP: &str = "stamp.json";

/// How both are handed out: nobody keeps them.
const MEDIA: Media = Media { content_type: "application/json", cache_control: "no-cache" };

/// Why an edition was not published.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EditionError {
    /// The place fails.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Another publisher is further along.
    #[error("{place} holds what a later leader published (term {}, entry {})", there.term, there.seq)]
    Newer {
        /// Which place.
        place: String,
        /// What is there.
        there: Mark,
    },
    /// Another journal is published there, and somebody may stand for it still.
    #[error(
        "{place} holds a copy by another journal, {origin}; it is taken over once nobody has renewed it for a while"
    )]
    OfAnother {
        /// Which place.
        place: String,
        /// The other's.
        origin: String,
    },
    /// Another publisher writes there at this moment.
    #[error("somebody else writes to {place} too; trying again")]
    Contested {
        /// Which place.
        place: String,
    },
    /// What is there in place of a list is none.
    #[error("{key} in {place} is no list of a copy; empty the place, or use another")]
    Unreadable {
        /// Which place.
        place: String,
        /// Which object.
        key: &'static str,
    },
}

/// An object to be written.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its key.
    pub key: Key,
    /// Its content.
    pub body: Bytes,
    /// How it is handed out.
    pub media: Media,
    /// The hash of what it says: one that says the same need not be written.
    pub says: String,
}

/// Writes editions to a place.
pub struct Publisher {
    bucket: Arc<dyn Bucket>,
    /// A name that no other publisher has.
    name: String,
    /// How long an edition by another journal must stand unrenewed before it is replaced.
    takeover_after: Duration,
    held: Option<Held>,
    /// Since when that by another journal was seen unchanged.
    other: Option<(Tag, Instant)>,
}

/// What is there, as this publisher knows it.
struct Held {
    manifest: Manifest,
    manifest_tag: Option<Tag>,
    stamp_tag: Option<Tag>,
    /// While everything is to be written anew: what was, by this publisher.
    anew: Option<BTreeSet<String>>,
    /// Whether anything was written that the list that is there does not know of.
    is_dirty: bool,
}

impl Held {
    /// As it was found.
    fn new(manifest: Manifest, manifest_tag: Option<Tag>, stamp_tag: Option<Tag>) -> Self {
        Self { manifest, manifest_tag, stamp_tag, anew: Some(BTreeSet::new()), is_dirty: true }
    }

    /// What stands under a key, where this publisher wrote it or need not write it anew.
    fn known(&self, key: &Key) -> Option<&Entry> {
        let is_ours = self.anew.as_ref().is_none_or(|written| written.contains(key.as_str()));
        self.manifest.objects.get(key.as_str()).filter(|_| is_ours)
    }
}

impl Publisher {
    /// One that has written nothing yet.
    pub fn new(bucket: Arc<dyn Bucket>, takeover_after: Duration) -> Self {
        let mut random = [0_u8; 8];
        // Without randomness the first two would have one name: their stamps differ in their times all the same.
        let _drawn = getrandom::fill(&mut random);
        Self { bucket, name: hex(&random), takeover_after, held: None, other: None }
    }

    /// What it is called in messages.
    pub fn place(&self) -> String {
        self.bucket.name()
    }

    /// How far along the edition is that was begun last; `None` where there is none.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn there(&self) -> Result<Option<Mark>, EditionError> {
        Ok(self.read::<Stamp>(STAMP).await?.map(|(stamp, _)| stamp.begun))
    }

    /// Begins an edition.
    ///
    /// # Errors
    /// When another is further along, another journal's stands there, or the place fails.
    pub async fn begin(&mut self, mark: &Mark) -> Result<(), EditionError> {
        let begun = self.look(mark).await;
        if begun.is_err() {
            self.held = None;
        }
        begun
    }

    async fn look(&mut self, mark: &Mark) -> Result<(), EditionError> {
        let (stamp, stamp_tag) = self.read::<Stamp>(STAMP).await?.unzip();
        if self.held.as_ref().is_none_or(|held| held.stamp_tag != stamp_tag) {
            self.held = Some(self.take(mark, stamp_tag).await?);
        }
        let begun = stamp.as_ref().map(|stamp| &stamp.begun).filter(|begun| begun.origin == mark.origin);
        if let Some(begun) = begun.filter(|begun| !mark.may_follow(begun)) {
            return Err(EditionError::Newer { place: self.bucket.name(), there: begun.clone() });
        }
        let Some(held) = &mut self.held else { return Ok(()) };
        let there = &held.manifest.mark;
        if held.manifest_tag.is_some() && there.origin == mark.origin && !mark.may_follow(there) {
            return Err(EditionError::Newer { place: self.bucket.name(), there: there.clone() });
        }
        let is_new = there.origin != mark.origin || there.term != mark.term;
        if is_new && held.anew.is_none() {
            held.anew = Some(BTreeSet::new());
        }
        held.is_dirty |= is_new;
        if held.anew.is_some() { self.claim(stamp, mark).await } else { Ok(()) }
    }

    /// Tells others that somebody has begun. What is there is as true as before, and by whom that was said too.
    async fn claim(&mut self, stamp: Option<Stamp>, mark: &Mark) -> Result<(), EditionError> {
        let (known, at) = stamp.map_or_else(|| (mark.clone(), 0), |stamp| (stamp.mark, stamp.at));
        let claim = Stamp { mark: known, at, publisher: self.name.clone(), begun: mark.clone() };
        let there = self.held.as_ref().and_then(|held| held.stamp_tag.clone());
        let tag = self.replace(STAMP, json(&claim), there).await?;
        if let Some(held) = &mut self.held {
            held.stamp_tag = Some(tag);
        }
        Ok(())
    }

    /// Reads what is there, by whomever.
    async fn take(&mut self, mark: &Mark, stamp_tag: Option<Tag>) -> Result<Held, EditionError> {
        let Some((manifest, tag)) = self.read::<Manifest>(MANIFEST).await? else {
            let mark = mark.clone();
            let manifest = Manifest { mark, at: 0, objects: BTreeMap::new(), gone: BTreeSet::new() };
            return Ok(Held::new(manifest, None, stamp_tag));
        };
        if manifest.mark.origin != mark.origin {
            // Neither its clock nor ours is believed: only that nothing changed while we waited.
            let renewed = stamp_tag.clone().unwrap_or_else(|| tag.clone());
            let since = match &self.other {
                Some((seen, since)) if *seen == renewed => *since,
                _ => Instant::now(),
            };
            self.other = Some((renewed, since));
            if since.elapsed() < self.takeover_after {
                return Err(EditionError::OfAnother {
                    place: self.bucket.name(),
                    origin: manifest.mark.origin,
                });
            }
        }
        self.other = None;
        Ok(Held::new(manifest, Some(tag), stamp_tag))
    }

    /// Whether an object is there that says the same.
    pub fn has(&self, key: &Key, says: &str) -> bool {
        self.known(key).is_some_and(|listed| listed.says == says)
    }

    /// Whether an object is there that this publisher knows.
    pub fn knows(&self, key: &Key) -> bool {
        self.known(key).is_some()
    }

    fn known(&self, key: &Key) -> Option<&Entry> {
        self.held.as_ref()?.known(key)
    }

    /// Whether an edition may be ended that was not made to its end: nothing in it would be of a publisher before.
    pub fn may_end_early(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.anew.is_none())
    }

    /// Whether an object is there whose name changes with its content, so that no publisher would write another.
    pub fn has_unchanging(&self, key: &Key) -> bool {
        self.held.as_ref().is_some_and(|held| held.manifest.objects.contains_key(key.as_str()))
    }

    /// When an object was last written, in milliseconds since 1970.
    pub fn written_at(&self, key: &Key) -> Option<i64> {
        self.held.as_ref()?.manifest.objects.get(key.as_str()).map(|listed| listed.at)
    }

    /// Writes objects.
    ///
    /// # Errors
    /// When another publisher has gone on meanwhile, or the place fails. Some of them may be written then.
    pub async fn write(&mut self, documents: Vec<Document>, at_ms: i64) -> Result<(), EditionError> {
        self.still_ours().await?;
        let this = &*self;
        let writes = stream::iter(documents)
            .map(|document| async move {
                let tag = this.write_one(&document).await?;
                let listed = Entry { says: document.says, tag: tag.0, at: at_ms };
                Ok::<_, EditionError>((document.key.as_str().to_owned(), listed))
            })
            .buffer_unordered(WRITES_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut failed = None;
        let Some(held) = &mut self.held else { return Ok(()) };
        held.is_dirty = true;
        for written in writes {
            match written {
                Ok((key, listed)) => {
                    if let Some(written) = &mut held.anew {
                        written.insert(key.clone());
                    }
                    held.manifest.objects.insert(key, listed);
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| self.lost(error))
    }

    async fn write_one(&self, document: &Document) -> Result<Tag, EditionError> {
        let Document { key, body, media, .. } = document;
        let known = self.held.as_ref().and_then(|held| held.manifest.objects.get(key.as_str()));
        let condition = known.map_or(Condition::New, |listed| Condition::Same(Tag(listed.tag.clone())));
        if let Some(tag) = self.bucket.put_if(key, body.clone(), *media, &condition).await? {
            return Ok(tag);
        }
        // Somebody who never finished left it, or it was removed; or another has begun, who would have claimed it before. In this order:
        // what is there after that claim is not what is seen here.
        let there = self.bucket.get(key, DOCUMENT_BYTES_MAX).await?.map(|(_, tag)| tag);
        if !self.is_stamped_by_us().await? {
            return Err(self.contested());
        }
        let condition = there.map_or(Condition::New, Condition::Same);
        let written = self.bucket.put_if(key, body.clone(), *media, &condition).await?;
        written.ok_or_else(|| self.contested())
    }

    /// Ends an edition whose objects are all written: lists those under `keys`, and removes all others.
    ///
    /// # Errors
    /// When another publisher has gone on meanwhile, or the place fails.
    pub async fn finish(
        &mut self,
        mark: &Mark,
        keys: &BTreeSet<Key>,
        at_ms: i64,
    ) -> Result<(), EditionError> {
        let Some(held) = &mut self.held else { return Err(self.contested()) };
        let is_kept = |key: &str| Key::new(key).is_ok_and(|key| keys.contains(&key));
        let Manifest { mark: there, at, objects, gone } = &mut held.manifest;
        gone.extend(objects.keys().cloned());
        gone.retain(|key| !is_kept(key));
        if !held.is_dirty && gone.is_empty() && *there == *mark {
            return self.stamp(at_ms).await;
        }
        objects.retain(|key, _| is_kept(key));
        (*there, *at) = (mark.clone(), at_ms);
        let (manifest, manifest_tag) = (json(&held.manifest), held.manifest_tag.clone());
        match self.replace(MANIFEST, manifest, manifest_tag).await {
            Ok(tag) => {
                let Some(held) = &mut self.held else { return Err(self.contested()) };
                held.manifest_tag = Some(tag);
            }
            Err(error) => return self.lost(error),
        }
        self.stamp(at_ms).await?;
        self.remove_gone().await
    }

    /// Removes what is none of an edition any more, which is written by then. What could not be removed stays listed: whoever ends the next does it.
    async fn remove_gone(&mut self) -> Result<(), EditionError> {
        let Some(held) = &mut self.held else { return Ok(()) };
        (held.anew, held.is_dirty) = (None, false);
        while let Some(name) = held.manifest.gone.first().cloned() {
            if let Ok(key) = Key::new(&name) {
                self.bucket.delete(&key).await?;
            }
            held.manifest.gone.remove(&name);
        }
        Ok(())
    }

    /// Says that the edition that is there is still true.
    ///
    /// # Errors
    /// When another publisher has gone on meanwhile, or the place fails.
    pub async fn stamp(&mut self, at_ms: i64) -> Result<(), EditionError> {
        let Some(held) = &self.held else { return Err(self.contested()) };
        let mark = held.manifest.mark.clone();
        let stamp = Stamp { begun: mark.clone(), mark, at: at_ms, publisher: self.name.clone() };
        match self.replace(STAMP, json(&stamp), held.stamp_tag.clone()).await {
            Ok(tag) => {
                let Some(held) = &mut self.held else { return Err(self.contested()) };
                held.stamp_tag = Some(tag);
                Ok(())
            }
            Err(error) => self.lost(error),
        }
    }

    async fn still_ours(&mut self) -> Result<(), EditionError> {
        if self.is_stamped_by_us().await? {
            return Ok(());
        }
        let error = self.contested();
        self.lost(error)
    }

    async fn is_stamped_by_us(&self) -> Result<bool, EditionError> {
        let Some(held) = &self.held else { return Ok(false) };
        Ok(self.read::<Stamp>(STAMP).await?.map(|(_, tag)| tag) == held.stamp_tag)
    }

    /// What was known is not known any more.
    fn lost<T>(&mut self, error: EditionError) -> Result<T, EditionError> {
        self.held = None;
        Err(error)
    }

    fn contested(&self) -> EditionError {
        EditionError::Contested { place: self.bucket.name() }
    }

    async fn read<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<(T, Tag)>, EditionError> {
        let Some((body, tag)) = self.bucket.get(&Key::new(name)?, MANIFEST_BYTES_MAX).await? else {
            return Ok(None);
        };
        let unreadable = |_| EditionError::Unreadable { place: self.bucket.name(), key: name };
        Ok(Some((serde_json::from_slice(&body).map_err(unreadable)?, tag)))
    }

    async fn replace(
        &self,
        name: &'static str,
        body: Bytes,
        there: Option<Tag>,
    ) -> Result<Tag, EditionError> {
        let condition = there.map_or(Condition::New, Condition::Same);
        let written = self.bucket.put_if(&Key::new(name)?, body, MEDIA, &condition).await?;
        written.ok_or_else(|| self.contested())
    }
}

/// Texts and numbers: all of it can be written.
fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}
