//! Restoring: an empty store filled with what an archive holds, up to its end, an entry or a moment.

mod rollups;

use std::sync::Arc;

use pharos_model::{Origin, UnixMs};
use pharos_store::{Head, JournalRow, Restorer, Sample, Store};

use crate::manifest::{History, Kind, Manifest, Slice, chain_of};
use crate::verify::{accounts_of, audit_of, history_beside};
use crate::{Archive, ArchiveError, lines};

use rollups::Rollups;

/// Up to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    End,
    /// What was decided up to a moment.
    Until(UnixMs),
    /// Up to an entry of the journal.
    Seq(u64),
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The journal that it comes from.
    pub origin: Origin,
    /// The last entry.
    pub head: Head,
    /// When it was decided.
    pub at: Option<UnixMs>,
    /// Up to when what was restored is all there was to tell.
    pub covers: UnixMs,
    /// Raw observations.
    pub samples: u64,
    /// Up to when there are raw observations.
    pub history_covers: Option<UnixMs>,
}

/// Whether what is asked for is in an archive and can be opened, before a place for it is touched.
///
/// # Errors
/// When it is not, with what is possible.
pub async fn is_possible(archive: &Archive, manifest: &Manifest, target: Target) -> Result<(), ArchiveError> {
    covered(archive, manifest, target)?;
    // Whether a key is the right one shows only when something is opened with it.
    if let Some(first) = manifest.segments.first().filter(|_| manifest.sealed) {
        archive.content(&first.object, true).await?;
    }
    Ok(())
}

/// Fills a store that was opened to be filled, and closes it.
///
/// # Errors
/// When what is asked for is not in the archive, something in it is damaged, or the database fails. The store is then one that cannot be
/// opened, and may be filled once more.
pub async fn restore(
    archive: &Archive,
    manifest: &Manifest,
    store: Arc<dyn Store>,
    target: Target,
) -> Result<Restored, ArchiveError> {
    let covers = covered(archive, manifest, target)?;
    let history = history_beside(archive, manifest).await?;
    let mut restorer = Restorer::new(store);
    let head = journal(archive, manifest, &mut restorer, target).await?;
    // How far an entry reaches in time is known once it was read.
    let covers = covers.or(restorer.at()).unwrap_or(manifest.covers);
    if let Some(object) = &manifest.accounts {
        let kept = accounts_of(archive, object, manifest.sealed).await?;
        restorer.accounts(kept.users, kept.tokens).await?;
    }
    for part in &manifest.audit {
        let mut entries = audit_of(archive, &part.object, manifest.sealed).await?;
        entries.retain(|entry| entry.at <= covers || target == Target::End);
        restorer.audit(entries).await?;
    }
    // What was seen up to the moment that is restored, in whole milliseconds.
    let until = if target == Target::End { UnixMs(i64::MAX) } else { covers.plus_ms(1) };
    let (mut samples, mut rolled_up_until) = (0, None);
    if let Some(history) = &history {
        let rollups = Rollups::of(history, until);
        rolled_up_until = rollups.fill(archive, manifest.sealed, history, &restorer).await?;
        samples = observations(archive, manifest, history, (&restorer, until)).await?;
    }
    let watched_at = match target {
        Target::End => manifest.watched_at.unwrap_or(covers),
        _ => covers,
    };
    let at = restorer.at();
    restorer.end((manifest.origin.clone(), manifest.seq), watched_at, rolled_up_until).await?;
    let history_covers = history.and_then(|history| history.covers).map(|until| until.min(covers));
    Ok(Restored { origin: manifest.origin.clone(), head, at, covers, samples, history_covers })
}

/// Up to when what is asked for reaches, if it is there; nothing where that is the time of its last entry.
fn covered(archive: &Archive, manifest: &Manifest, target: Target) -> Result<Option<UnixMs>, ArchiveError> {
    let (first, last) = (manifest.segments.first(), manifest.covers);
    let Some(first) = first else {
        return Err(ArchiveError::Impossible {
            what: format!("the archive in {} holds no entry yet", archive.place()),
            hint: "there is nothing to restore".to_owned(),
        });
    };
    match target {
        Target::End => Ok(Some(manifest.covers)),
        Target::Until(at) if at < first.from || at > last => Err(ArchiveError::Impossible {
            what: format!("the archive in {} does not reach to {}", archive.place(), crate::moment(at)),
            hint: format!("choose a time from {} to {}", crate::moment(first.from), crate::moment(last)),
        }),
        Target::Until(at) => Ok(Some(at)),
        Target::Seq(seq) if seq == 0 || seq > manifest.seq => Err(ArchiveError::Impossible {
            what: format!("the archive in {} has no entry {seq}", archive.place()),
            hint: format!("choose one from 1 to {}", manifest.seq),
        }),
        Target::Seq(_) => Ok(None),
    }
}

async fn journal(
    archive: &Archive,
    manifest: &Manifest,
    restorer: &mut Restorer,
    target: Target,
) -> Result<Head, ArchiveError> {
    let mut head = lines::beginning();
    for segment in &manifest.segments {
        let damaged = |why: String| archive.damaged(&segment.object.key, why);
        let content = archive.content(&segment.object, manifest.sealed).await?;
        let mut rows = lines::to_journal(&content, head).map_err(damaged)?;
        let end = lines::end_of(&rows, head);
        if end.seq != segment.last || Some(end.chain) != chain_of(&segment.chain) {
            return Err(damaged("it does not end where its manifest says".to_owned()));
        }
        rows.retain(|row| is_wanted(row, target));
        head = lines::end_of(&rows, head);
        restorer.journal(rows).await?;
        if head.seq < segment.last {
            break;
        }
    }
    Ok(head)
}

fn is_wanted(row: &JournalRow, target: Target) -> bool {
    match target {
        Target::End => true,
        // The journal's time never goes backwards.
        Target::Until(at) => row.at <= at,
        Target::Seq(seq) => row.seq <= seq,
    }
}

/// Puts raw observations in, each slice while the next one is read.
async fn observations(
    archive: &Archive,
    manifest: &Manifest,
    history: &History,
    (restorer, until): (&Restorer, UnixMs),
) -> Result<u64, ArchiveError> {
    let mut slices = wanted(history, Kind::Samples, until).into_iter();
    let (mut next, mut count) = (slices.next(), 0);
    let mut read: Vec<Sample> = Vec::new();
    while next.is_some() || !read.is_empty() {
        let reading = async {
            match next {
                Some(slice) => seen(archive, manifest.sealed, slice).await,
                None => Ok(Vec::new()),
            }
        };
        count += read.len() as u64;
        let filling = async { restorer.samples(std::mem::take(&mut read)).await.map_err(ArchiveError::from) };
        let (filled, mut more) = tokio::try_join!(filling, reading)?;
        let () = filled;
        more.retain(|sample| sample.at < until);
        (read, next) = (more, slices.next());
    }
    Ok(count)
}

/// The slices of a kind that begin before a moment.
fn wanted(history: &History, kind: Kind, before: UnixMs) -> Vec<&Slice> {
    history.slices.iter().filter(|slice| slice.kind == kind && slice.from < before).collect()
}

async fn seen(archive: &Archive, sealed: bool, slice: &Slice) -> Result<Vec<Sample>, ArchiveError> {
    let content = archive.content(&slice.object, sealed).await?;
    let read = tokio::task::spawn_blocking(move || lines::to_samples(&content)).await;
    let damaged = |why: String| archive.damaged(&slice.object.key, why);
    read.map_err(|error| damaged(error.to_string()))?.map_err(damaged)
}
