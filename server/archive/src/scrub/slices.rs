//! Slices of history, held against those in the archive.

use std::collections::BTreeMap;

use pharos_store::{Mend, Store, StoreError};

use super::{Manner, Scrubbed};
use crate::limits::{SLICE_LATE_MS, SLICE_ROWS_MAX};
use crate::manifest::{Kind, Manifest, Slice};
use crate::{Archive, ArchiveError, lines};

/// Holds what was seen and its rollups against the archive, as far as nothing more can come in.
pub async fn history(
    store: &dyn Store,
    (archive, manifest): (&Archive, &Manifest),
    told: &mut Scrubbed,
    Manner { now, pause, mends }: Manner,
) -> Result<(), ArchiveError> {
    let Some(history) = archive.history_of(&manifest.origin).await? else { return Ok(()) };
    let mut oldest = BTreeMap::new();
    for kind in Kind::ALL {
        oldest.insert(kind, store.oldest(kind.resolution()).await?.unwrap_or(now));
    }
    for slice in history.slices.iter().filter(|slice| slice.until < now.minus_ms(SLICE_LATE_MS)) {
        // What is past its time is let go here before it is there.
        let is_partly_gone = oldest.get(&slice.kind).is_some_and(|oldest| slice.from < *oldest);
        if slice.kind != Kind::Days && is_partly_gone {
            continue;
        }
        let content = archive.content(&slice.object, manifest.sealed).await?;
        let here = text_of(store, slice).await;
        let is_same = match here {
            Ok(here) => here.as_bytes() == content,
            Err(StoreError::Damaged { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        if !is_same {
            told.faults.push(format!(
                "{} from {} to {} are not those that were archived",
                slice.kind.word(),
                crate::moment(slice.from),
                crate::moment(slice.until)
            ));
            if mends {
                store.mend(kept(archive, slice, &content)?).await?;
                told.mended += 1;
            }
        }
        told.slices += 1;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// A slice as it was archived.
fn kept(archive: &Archive, slice: &Slice, content: &[u8]) -> Result<Mend, ArchiveError> {
    let damaged = |why: String| archive.damaged(&slice.object.key, why);
    Ok(match slice.kind.resolution() {
        None => Mend::Samples(slice.from, slice.until, lines::to_samples(content).map_err(damaged)?),
        Some(resolution) => {
            let rows = lines::to_rollups(content, resolution).map_err(damaged)?;
            Mend::Rollups(resolution, slice.from, slice.until, rows)
        }
    })
}

/// A slice as it is here.
async fn text_of(store: &dyn Store, slice: &Slice) -> Result<String, StoreError> {
    Ok(match slice.kind.resolution() {
        None => lines::of_samples(&store.samples_between(slice.from, slice.until, SLICE_ROWS_MAX).await?),
        Some(resolution) => lines::of_rollups(
            &store.rollups_between(resolution, slice.from, slice.until, SLICE_ROWS_MAX).await?,
        ),
    })
}
