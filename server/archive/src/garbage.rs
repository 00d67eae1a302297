//! Removing objects that no manifest refers to any more, long after the last one did.

use std::collections::HashSet;

use pharos_model::Origin;

use crate::limits::GARBAGE_AGE_MS;
use crate::verify::history_beside;
use crate::{Archive, ArchiveError};

/// The folders of an archive. Nothing else is touched.
const FOLDERS: [&str; 5] = ["journal/", "history/", "snapshots/", "accounts/", "audit/"];

impl Archive {
    /// Removes what no manifest refers to, if it was written more than an hour before the newest object by the clock of whoever keeps
    /// them: somebody may be reading by a manifest of before, and somebody may be about to write the next. Returns how many were removed.
    ///
    /// # Errors
    /// When a manifest is lost or cannot be read, or the archive's place fails. Nothing is removed while it is not known what is needed.
    pub async fn remove_garbage(&self) -> Result<usize, ArchiveError> {
        let known = self.referred_to().await?;
        let mut listed = Vec::new();
        for folder in FOLDERS {
            listed.extend(self.bucket().list(folder).await?);
        }
        let newest = listed.iter().map(|listed| listed.modified_ms).max().unwrap_or(0);
        let mut removed = 0;
        for object in listed {
            if !known.contains(object.key.as_str()) && object.modified_ms < newest - GARBAGE_AGE_MS {
                self.bucket().delete(&object.key).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The keys of all objects that any life of the journal refers to.
    async fn referred_to(&self) -> Result<HashSet<String>, ArchiveError> {
        let mut known = HashSet::new();
        let newest = self.manifest().await?.map(|(manifest, _)| manifest);
        let lives = newest.iter().map(|newest| newest.origin.as_str().to_owned());
        for life in lives.chain(self.past_lives(newest.as_ref()).await?) {
            let life = Origin::new(&life).map_err(|error| self.damaged("lives", error.to_string()))?;
            let manifest = self.manifest_of(Some(&life)).await?;
            let history = history_beside(self, &manifest).await?;
            known.extend(manifest.objects().map(|object| object.key.clone()));
            known
                .extend(history.into_iter().flat_map(|history| history.slices).map(|slice| slice.object.key));
        }
        Ok(known)
    }
}
