//! Trying whether the archive can be restored: into an empty place, read as a server reads it at its start, and held against what is here.

use std::sync::Arc;

use pharos_archive::{Archive, ArchiveError, Target, restore};
use pharos_engine::Fold;
use pharos_engine::desk::Command;
use pharos_model::{Drill, UnixMs};
use pharos_store::{SqliteStore, Standing, Store, StoreError};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::scratch::Scratch;
use super::{Archiving, DrillPlan, Settings, pause};
use crate::known::Known;
use crate::limits::{DRILL_AGAIN_MS, DRILL_COMPARES_ENTRIES, DRILL_INTERVAL, DRILL_RETRY, DRILL_SLACK};
use crate::operators::{Author, Failure, Operators};

/// Why a drill was not passed, or could not be held.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// There is no archive.
    #[error("there is no archive to restore; add `archive:` to the configuration")]
    NotConfigured,
    /// The key that opens it is not known here.
    #[error(
        "the archive is encrypted, and this server has no key to try it with; name it under `archive.identity_file`"
    )]
    Sealed,
    /// One is under way.
    #[error("a drill is under way already")]
    UnderWay,
    /// It could not be restored.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was restored is something else.
    #[error("what was restored is not what is here: {0}")]
    Differs(String),
    /// There is no room to try it.
    #[error("there is no place to try it in {path}: {source}; choose another under `archive.drill.scratch`")]
    Scratch {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// How it went could not be written down.
    #[error("how it went could not be written down: {0}")]
    Unwritten(#[from] Failure),
}

/// What holds drills.
#[derive(Clone)]
pub struct Drills {
    /// What is here.
    store: Arc<dyn Store>,
    /// What the configuration says of the archive.
    settings: watch::Receiver<Option<Settings>>,
    /// The way of what is written down.
    operators: Operators,
    /// One at a time.
    alone: Arc<Mutex<()>>,
    /// Since when this node could hold any.
    since: Instant,
}

/// What was found out on the way.
#[derive(Default)]
struct Found {
    at_risk_ms: Option<u64>,
    entries: u64,
    observations: u64,
}

impl Drills {
    /// Of the archive that is kept here.
    pub fn of(archiving: &Archiving, operators: Operators) -> Self {
        Self {
            store: Arc::clone(&archiving.store),
            settings: archiving.settings.clone(),
            operators,
            alone: Arc::default(),
            since: Instant::now(),
        }
    }

    /// Whether the last was passed, and is not overdue; nothing where none are held.
    pub fn is_well(&self, drills: &[Drill]) -> Option<bool> {
        let settings = self.settings.borrow();
        let settings =
            settings.as_ref().filter(|settings| !settings.seal.seals() || settings.seal.opens())?;
        let Some(last) = drills.first() else { return Some(self.since.elapsed() < DRILL_SLACK) };
        let slack_ms = u64::try_from(DRILL_SLACK.as_millis()).unwrap_or(u64::MAX);
        let age_ms = crate::clock::wall().since_ms(last.began_at);
        Some(last.passed && age_ms < settings.drill.every_ms.saturating_mul(2).saturating_add(slack_ms))
    }

    /// Holds drills when they are due, while this node leads.
    pub async fn run(
        self,
        (standing, known): (Arc<Standing>, watch::Receiver<Known>),
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            pause(&shutdown, DRILL_INTERVAL).await;
            let Some(settings) = self.settings.borrow().clone() else { continue };
            let can_open = !settings.seal.seals() || settings.seal.opens();
            if !standing.leads() || shutdown.is_cancelled() || !can_open {
                continue;
            }
            let next = known.borrow().board.drills.first().map(|last| next_at(last, settings.drill.every_ms));
            if next.is_some_and(|next| crate::clock::wall() < next) {
                continue;
            }
            let author = Author { actor: "pharos".to_owned(), address: String::new() };
            match self.hold(author).await {
                Ok(drill) if drill.passed => {
                    tracing::info!(took_ms = drill.took_ms, "the archive was restored on trial");
                }
                // One that failed was told of. An archive that has not begun is none to be tried.
                Ok(_) | Err(DrillError::UnderWay | DrillError::Archive(ArchiveError::Absent { .. })) => {}
                Err(error) => {
                    tracing::warn!(%error, "the drill could not be held; trying again later");
                    pause(&shutdown, DRILL_RETRY).await;
                }
            }
        }
    }

    /// Holds one, and writes down how it went.
    ///
    /// # Errors
    /// When it could not be held, or not be written down. One that was not passed is no error.
    pub async fn hold(&self, author: Author) -> Result<Drill, DrillError> {
        let _alone = self.alone.try_lock().map_err(|_| DrillError::UnderWay)?;
        let settings = self.settings.borrow().clone().ok_or(DrillError::NotConfigured)?;
        if settings.seal.seals() && !settings.seal.opens() {
            return Err(DrillError::Sealed);
        }
        let archive = settings.open()?;
        if archive.manifest().await.is_ok_and(|found| found.is_none()) {
            return Err(ArchiveError::Absent { place: archive.place() }.into());
        }
        let (began_at, started, mut found) = (crate::clock::wall(), Instant::now(), Found::default());
        let tried = self.tried(&archive, &settings.drill, &mut found).await;
        if let Err(error) = &tried {
            tracing::error!(%error, "the archive could not be restored on trial: there may be nothing to restore from");
        }
        let took = tried.as_ref().copied().unwrap_or_else(|_| started.elapsed());
        let drill = Drill {
            began_at,
            passed: tried.is_ok(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            at_risk_ms: found.at_risk_ms,
            entries: found.entries,
            observations: found.observations,
            rto_objective_ms: settings.drill.rto_ms,
            rpo_objective_ms: settings.drill.rpo_ms,
        };
        self.operators.order(Command::RecordDrill(Box::new(drill.clone())), author, None).await?;
        Ok(drill)
    }

    /// Restores into an empty place and compares. Returns how long it took to what a server can show.
    async fn tried(
        &self,
        archive: &Archive,
        plan: &DrillPlan,
        found: &mut Found,
    ) -> Result<std::time::Duration, DrillError> {
        let (now, started) = (crate::clock::wall(), Instant::now());
        let manifest = archive.manifest_of(None).await?;
        found.at_risk_ms = Some(now.since_ms(manifest.covers));
        let scratch = Scratch::new(plan.scratch.as_deref())?;
        let path = scratch.path().to_owned();
        let empty = apart(move || async move { SqliteStore::open_to_fill(&path).await }).await?;
        let restored = restore(archive, &manifest, Arc::new(empty), Target::End).await?;
        let path = scratch.path().to_owned();
        let copy = apart(move || async move { SqliteStore::open(&path).await }).await?;
        let fold = copy.load().await?;
        let took = started.elapsed();
        (found.entries, found.observations) = (restored.head.seq, restored.samples);
        copy.close().await?;
        let here = self.store.chain_at(restored.head.seq).await?;
        if here != Some(restored.head.chain) {
            // How far an archive of something else reaches says nothing of what is here.
            found.at_risk_ms = None;
            let why = format!("entry {} has another chain here", restored.head.seq);
            return Err(DrillError::Differs(why));
        }
        self.compare(fold).await?;
        Ok(took)
    }

    /// Folds what came since on top of what was restored: it must be what is here.
    async fn compare(&self, mut fold: Fold) -> Result<(), DrillError> {
        let mut here = self.store.load().await?;
        while fold.seq < here.seq {
            let wanted = usize::try_from(here.seq - fold.seq).unwrap_or(usize::MAX);
            let entries = self.store.entries_after(fold.seq, wanted.min(DRILL_COMPARES_ENTRIES)).await?;
            if entries.is_empty() {
                return Err(DrillError::Differs(format!("entry {} is not here", fold.seq + 1)));
            }
            for entry in entries {
                let differs = |error: pharos_model::ApplyError| DrillError::Differs(error.to_string());
                fold.apply(&entry).map_err(differs)?;
            }
        }
        here.board.origin = fold.board.origin.clone();
        if here == fold {
            return Ok(());
        }
        Err(DrillError::Differs(format!("at entry {} it folds to something else", fold.seq)))
    }
}

/// When a drill is followed by another.
fn next_at(last: &Drill, every_ms: u64) -> UnixMs {
    let after_ms = if last.passed { every_ms } else { every_ms.min(DRILL_AGAIN_MS) };
    last.began_at.plus_ms(after_ms)
}

/// Opens a store on a thread of its own: what brings its schema up to date cannot be handed from thread to thread.
async fn apart<F>(open: impl FnOnce() -> F + Send + 'static) -> Result<SqliteStore, StoreError>
where
    F: Future<Output = Result<SqliteStore, StoreError>>,
{
    let runtime = tokio::runtime::Handle::current();
    let opened = tokio::task::spawn_blocking(move || runtime.block_on(open())).await;
    opened.unwrap_or(Err(StoreError::Unavailable { why: "its thread ended" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_that_failed_is_held_again_within_the_hour_and_one_that_was_passed_in_its_time() {
        let drill = |passed| Drill {
            began_at: UnixMs(1_000),
            passed,
            took_ms: 1,
            at_risk_ms: None,
            entries: 0,
            observations: 0,
            rto_objective_ms: None,
            rpo_objective_ms: None,
        };
        for (passed, every_ms, after_ms) in
            [(true, 86_400_000, 86_400_000), (false, 86_400_000, 3_600_000), (false, 60_000, 60_000)]
        {
            assert_eq!(next_at(&drill(passed), every_ms), UnixMs(1_000 + after_ms), "{passed} {every_ms}");
        }
    }
}
