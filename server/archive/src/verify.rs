//! Whether an archive is what it says: every object read, every chain followed, and the journal folded to its snapshots.

use pharos_engine::{Entry, Fold};
use pharos_model::UnixMs;
use pharos_store::JournalRow;

use crate::manifest::{HISTORY, History, Kind, Manifest, Object, chain_of};
use crate::place::past;
use crate::writer::AccountsKept;
use crate::{Archive, ArchiveError, lines};

/// What was found good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Whether what is sealed could be opened; else only hashes were compared.
    pub opened: bool,
    /// Objects.
    pub objects: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Entries of the journal.
    pub entries: u64,
    /// Snapshots that the journal folds to.
    pub snapshots: u64,
    /// Raw observations.
    pub samples: u64,
    /// Rollups.
    pub rollups: u64,
    /// Users.
    pub users: u64,
    /// Entries of the audit log.
    pub audit: u64,
    /// Up to when the journal is all there is to tell.
    pub covers: UnixMs,
    /// Up to when there are raw observations.
    pub history_covers: Option<UnixMs>,
}

/// Reads all of an archive and holds it against itself.
///
/// # Errors
/// At the first object that is not what it should be, by its name and with what is wrong.
pub async fn verify(archive: &Archive, manifest: &Manifest) -> Result<Verified, ArchiveError> {
    let opened = !manifest.sealed || archive.seal().opens();
    let mut told = Verified { opened, covers: manifest.covers, ..Verified::default() };
    let history = history_beside(archive, manifest).await?;
    if !opened {
        let slices = history.iter().flat_map(|history| &history.slices).map(|slice| &slice.object);
        let objects: Vec<&Object> = manifest.objects().chain(slices).collect();
        for object in objects {
            archive.bytes(object).await?;
            told.count(object);
        }
        return Ok(told);
    }
    journal(archive, manifest, &mut told).await?;
    accounts(archive, manifest, &mut told).await?;
    if let Some(history) = &history {
        slices(archive, manifest, history, &mut told).await?;
        told.history_covers = history.covers;
    }
    Ok(told)
}

impl Verified {
    fn count(&mut self, object: &Object) {
        (self.objects, self.bytes) = (self.objects + 1, self.bytes + object.bytes);
    }
}

/// The history that belongs to a manifest, if there is any yet.
pub async fn history_beside(archive: &Archive, manifest: &Manifest) -> Result<Option<History>, ArchiveError> {
    let history = archive.history_of(&manifest.origin).await?;
    let Some(history) = history else {
        let newest = archive.manifest().await?.is_some_and(|(newest, _)| newest.origin == manifest.origin);
        let key = if newest { HISTORY.to_owned() } else { past(&manifest.origin, HISTORY) };
        // A journal that was just restored has written no history yet: that of its parent lies there.
        let other = archive.history().await?.filter(|_| newest).map(|(history, _)| history.origin);
        let is_parents = |other| manifest.parent.as_ref().is_some_and(|parent| parent.origin == other);
        return match other {
            Some(other) if !is_parents(other.clone()) => {
                Err(archive.damaged(&key, format!("it is of another journal, {}", other.as_str())))
            }
            _ if manifest.has_history => Err(archive.damaged(&key, "it is missing".to_owned())),
            _ => Ok(None),
        };
    };
    // The journal is always written first.
    if history.covers > Some(manifest.covers) {
        return Err(archive.damaged("history.json", "it is newer than manifest.json beside it".to_owned()));
    }
    Ok(Some(history))
}

async fn journal(archive: &Archive, manifest: &Manifest, told: &mut Verified) -> Result<(), ArchiveError> {
    let mut fold = Fold::empty(manifest.origin.clone());
    let mut head = lines::beginning();
    let mut snapshots = manifest.snapshots.iter().peekable();
    for segment in &manifest.segments {
        let damaged = |why: String| archive.damaged(&segment.object.key, why);
        let content = archive.content(&segment.object, manifest.sealed).await?;
        let rows = lines::to_journal(&content, head).map_err(damaged)?;
        head = lines::end_of(&rows, head);
        if head.seq != segment.last || Some(head.chain) != chain_of(&segment.chain) {
            return Err(damaged("it does not end where its manifest says".to_owned()));
        }
        told.count(&segment.object);
        told.entries += rows.len() as u64;
        for row in rows {
            let seq = row.seq;
            fold.apply(&entry(row)?).map_err(|error| damaged(format!("entry {seq}: {error}")))?;
            while let Some(snapshot) = snapshots.next_if(|snapshot| snapshot.seq == seq) {
                let kept = fold_of(archive, &snapshot.object, manifest.sealed).await?;
                if !is_same(&kept, &fold) {
                    let why = format!("the journal folds to something else at entry {seq}");
                    return Err(archive.damaged(&snapshot.object.key, why));
                }
                told.count(&snapshot.object);
                told.snapshots += 1;
            }
        }
    }
    match snapshots.next() {
        Some(left) => Err(archive.damaged(&left.object.key, "it is of no entry of the journal".to_owned())),
        None => Ok(()),
    }
}

/// A fold that was kept.
pub async fn fold_of(archive: &Archive, object: &Object, sealed: bool) -> Result<Fold, ArchiveError> {
    let content = archive.content(object, sealed).await?;
    serde_json::from_slice(&content).map_err(|error| archive.damaged(&object.key, error.to_string()))
}

/// Whether two folds tell the same, of whatever life of the journal they are.
pub fn is_same(one: &Fold, other: &Fold) -> bool {
    let named = |fold: &Fold| {
        let mut fold = fold.clone();
        fold.board.origin = one.board.origin.clone();
        fold
    };
    *one == named(other)
}

/// An entry from its row.
pub fn entry(row: JournalRow) -> Result<Entry, ArchiveError> {
    let fact = row.fact()?;
    Ok(Entry { seq: row.seq, after: row.after, at: row.at, fact })
}

async fn accounts(archive: &Archive, manifest: &Manifest, told: &mut Verified) -> Result<(), ArchiveError> {
    if let Some(object) = &manifest.accounts {
        told.users = accounts_of(archive, object, manifest.sealed).await?.users.len() as u64;
        told.count(object);
    }
    for part in &manifest.audit {
        told.audit += audit_of(archive, &part.object, manifest.sealed).await?.len() as u64;
        told.count(&part.object);
    }
    Ok(())
}

/// Users and tokens that were kept.
pub async fn accounts_of(
    archive: &Archive,
    object: &Object,
    sealed: bool,
) -> Result<AccountsKept, ArchiveError> {
    let content = archive.content(object, sealed).await?;
    serde_json::from_slice(&content).map_err(|error| archive.damaged(&object.key, error.to_string()))
}

/// Entries of the audit log that were kept.
pub async fn audit_of(
    archive: &Archive,
    object: &Object,
    sealed: bool,
) -> Result<Vec<pharos_store::AuditEntry>, ArchiveError> {
    let content = archive.content(object, sealed).await?;
    serde_json::from_slice(&content).map_err(|error| archive.damaged(&object.key, error.to_string()))
}

async fn slices(
    archive: &Archive,
    manifest: &Manifest,
    history: &History,
    told: &mut Verified,
) -> Result<(), ArchiveError> {
    for slice in &history.slices {
        let content = archive.content(&slice.object, manifest.sealed).await?;
        let damaged = |why: String| archive.damaged(&slice.object.key, why);
        let within = |at: UnixMs| slice.from <= at && at < slice.until;
        let (rows, fits) = match slice.kind.resolution() {
            None => {
                let samples = lines::to_samples(&content).map_err(damaged)?;
                (samples.len(), samples.iter().all(|sample| within(sample.at)))
            }
            Some(resolution) => {
                let rows = lines::to_rollups(&content, resolution).map_err(damaged)?;
                (rows.len(), rows.iter().all(|row| within(row.starts_at)))
            }
        };
        if rows as u64 != slice.rows || !fits {
            return Err(damaged("it does not hold what its manifest says".to_owned()));
        }
        *(if slice.kind == Kind::Samples { &mut told.samples } else { &mut told.rollups }) += slice.rows;
        told.count(&slice.object);
    }
    Ok(())
}
