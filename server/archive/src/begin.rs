//! Whether a journal may go on with an archive: only where nothing newer than itself would be lost by that.

use pharos_bucket::Tag;
use pharos_store::Store;

use crate::manifest::{MANIFEST, Manifest, chain_of};
use crate::{Archive, ArchiveError};

/// The manifest to go on from, and the one that lies there, which is another where a life of the journal is over.
pub async fn begun(archive: &Archive, store: &dyn Store) -> Result<(Manifest, Option<Tag>), ArchiveError> {
    let sealed = archive.seal().seals();
    let (origin, parent) = (store.origin(), store.parent().await?);
    let Some((manifest, tag)) = archive.manifest().await? else {
        return Ok((Manifest { parent, ..Manifest::new(origin, sealed) }, None));
    };
    let foreign = |why: String| ArchiveError::Foreign { place: archive.place(), why };
    if manifest.sealed != sealed {
        let (is, is_to_be) =
            if sealed { ("not encrypted", "encrypted") } else { ("encrypted", "not encrypted") };
        return Err(foreign(format!("it is {is}, and should be {is_to_be} from now on")));
    }
    let told = format!("it holds {} entries of journal {}", manifest.seq, manifest.origin.as_str());
    if manifest.origin == origin {
        if shares(store, manifest.seq, &manifest.chain).await? {
            return Ok((manifest, Some(tag)));
        }
        return Err(foreign(format!("{told}, and this database lacks the newest of them")));
    }
    let Some(parent) = parent.filter(|parent| parent.origin == manifest.origin) else {
        return Err(foreign(format!("{told}, and this is journal {}", origin.as_str())));
    };
    if let Some(archived) = parent.archived.filter(|archived| *archived != manifest.seq) {
        return Err(foreign(format!(
            "{told}, and had {archived} of them when this journal was restored from it; somebody went on with it"
        )));
    }
    archive.bury(&manifest.origin, MANIFEST, &manifest).await?;
    let mut kept = Vec::new();
    for segment in manifest.segments {
        if segment.last > parent.seq || !shares(store, segment.last, &segment.chain).await? {
            break;
        }
        kept.push(segment);
    }
    let mut next = Manifest { parent: Some(parent), ..Manifest::new(origin, sealed) };
    if let Some(last) = kept.last() {
        (next.seq, next.chain, next.at, next.covers) =
            (last.last, last.chain.clone(), last.until, last.until);
    }
    next.segments = kept;
    Ok((next, Some(tag)))
}

/// Whether the journal has this entry with this chain.
async fn shares(store: &dyn Store, seq: u64, chain: &str) -> Result<bool, ArchiveError> {
    let found = store.chain_at(seq).await?;
    Ok(found.is_some() && found == chain_of(chain))
}
