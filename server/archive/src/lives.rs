//! The lives of a journal: one ends and another begins where it is restored.

use std::collections::BTreeSet;
use std::fmt;

use pharos_bucket::Key;
use pharos_model::{Origin, UnixMs};

use crate::manifest::{LIVES, Manifest};
use crate::{Archive, ArchiveError, moment};

/// A life of the journal that an archive tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// What it is called.
    pub name: String,
    /// Its last entry, and up to when that is all there is to tell; nothing where its manifest is lost.
    pub end: Option<(u64, UnixMs)>,
}

impl fmt::Display for Life {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            Some((seq, covers)) => {
                write!(formatter, "{} (to entry {seq}, {})", self.name, moment(covers))
            }
            None => write!(formatter, "{} (its manifest is lost)", self.name),
        }
    }
}

impl Archive {
    /// The lives of the journal that it tells of, the newest first; last those of which nothing is known any more.
    ///
    /// # Errors
    /// When nobody answers, or the newest manifest is damaged.
    pub async fn lives(&self) -> Result<Vec<Life>, ArchiveError> {
        let newest = self.manifest().await?.map(|(manifest, _)| manifest);
        let mut past = Vec::new();
        for name in self.past_lives(newest.as_ref()).await? {
            let manifest = match Origin::new(&name) {
                Ok(life) => self.past_manifest(&life).await,
                Err(_) => Ok(None),
            };
            let manifest = match manifest {
                Err(ArchiveError::Damaged { .. } | ArchiveError::Newer { .. }) => None,
                manifest => manifest?,
            };
            past.push(Life { name, end: manifest.as_ref().map(end) });
        }
        past.sort_by_key(|life| std::cmp::Reverse(life.end.map(|(_, covers)| covers)));
        let newest = newest
            .map(|manifest| Life { name: manifest.origin.as_str().to_owned(), end: Some(end(&manifest)) });
        Ok(newest.into_iter().chain(past).collect())
    }

    /// The names of the lives that are over.
    pub(crate) async fn past_lives(
        &self,
        newest: Option<&Manifest>,
    ) -> Result<BTreeSet<String>, ArchiveError> {
        let name = |key: &Key| {
            let (life, _) = key.as_str().strip_prefix(LIVES)?.strip_prefix('/')?.split_once('/')?;
            Some(life.to_owned())
        };
        let listed = self.bucket().list(&format!("{LIVES}/")).await?;
        let mut past: BTreeSet<String> = listed.iter().filter_map(|listed| name(&listed.key)).collect();
        past.retain(|life| newest.is_none_or(|newest| newest.origin.as_str() != life));
        Ok(past)
    }
}

fn end(manifest: &Manifest) -> (u64, UnixMs) {
    (manifest.seq, manifest.covers)
}
