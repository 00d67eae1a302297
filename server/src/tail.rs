//! The tail: learns of facts only from the journal, folds them, and publishes what they change.

use std::sync::Arc;
use std::time::Instant;

use pharos_engine::Fold;
use pharos_model::{Event, Snapshot};
use pharos_store::{AuditEntry, Lost, Standing, Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::further::{FurtherPages, Heard};
use crate::http::{Access, HealthState, Metrics};
use crate::known::Known;
use crate::limits::{SNAPSHOT_EVERY_ENTRIES, STORE_RETRY, TAIL_ENTRIES_MAX};
use crate::live::Hub;
use crate::pages::Pages;

/// Why the journal cannot be followed.
#[derive(Debug, thiserror::Error)]
enum TailError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an entry of the journal does not fit what came before: {0}")]
    Fold(pharos_model::ApplyError),
}

/// Follows the journal.
pub struct Tail {
    /// The journal.
    store: Arc<dyn Store>,
    /// What it says so far.
    fold: Fold,
    /// In which life of it.
    life: u64,
    /// Where changes are heard.
    hub: Arc<Hub>,
    /// The further pages, which hear of their own.
    further: Arc<FurtherPages>,
    /// Where snapshots are taken from to make pages.
    snapshots: watch::Sender<Arc<Snapshot>>,
    /// Where operators' doors take what they show from.
    known: watch::Sender<Known>,
    /// Figures.
    metrics: Arc<Metrics>,
    /// How this node is.
    health: Arc<HealthState>,
    /// Whether this node leads: only then it writes.
    standing: Arc<Standing>,
}

/// Where changes are told: to streams, to further pages, to pages, and to operators.
type Telling = (Arc<Hub>, Arc<FurtherPages>, watch::Sender<Arc<Snapshot>>, watch::Sender<Known>);

impl Tail {
    /// From a fold of the journal on, in the life of it in which it was read.
    pub fn new(
        (store, fold, life): (Arc<dyn Store>, Fold, u64),
        (hub, further, snapshots, known): Telling,
        (metrics, health, standing): (Arc<Metrics>, Arc<HealthState>, Arc<Standing>),
    ) -> Self {
        Self { store, fold, life, hub, further, snapshots, known, metrics, health, standing }
    }

    /// Follows the journal until shutdown, then saves a snapshot row so that the next start is short.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut head = self.store.watch();
        let mut saved = self.fold.seq;
        loop {
            let followed = if self.store.has_diverged() || self.store.life() != self.life {
                let anew = self.begin_anew().await;
                saved = self.fold.seq;
                anew.map_err(TailError::Store)
            } else {
                self.catch_up().await
            };
            if let Err(error) = followed {
                tracing::error!(%error, seq = self.fold.seq, "the journal cannot be followed; trying again");
                self.health.store(Access::Journal, false);
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = tokio::time::sleep(STORE_RETRY) => continue,
                }
            }
            self.health.store(Access::Journal, true);
            if self.standing.leads() && self.fold.seq >= saved + SNAPSHOT_EVERY_ENTRIES {
                saved = self.fold.seq;
                self.save().await;
            }
            tokio::select! {
                () = shutdown.cancelled() => break,
                changed = head.changed() => if changed.is_err() { break },
            }
        }
        // What was decided last may have been committed while we were told to stop.
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "the end of the journal could not be read");
        }
        if self.standing.leads() && self.fold.seq > saved {
            self.save().await;
        }
    }

    async fn catch_up(&mut self) -> Result<(), TailError> {
        loop {
            let entries = self.store.entries_after(self.fold.seq, TAIL_ENTRIES_MAX).await?;
            // What was read of a journal that was begun anew meanwhile does not go on from this fold.
            if entries.is_empty() || self.store.life() != self.life {
                return Ok(());
            }
            let (mut events, mut heard) = (Vec::<Event>::new(), Heard::default());
            let folded = entries.iter().try_for_each(|entry| {
                heard.note(self.fold.follow(entry)?);
                events.extend(entry.event());
                Ok(())
            });
            // What came before an entry that does not fit is true all the same.
            self.publish(&events, heard);
            folded.map_err(TailError::Fold)?;
        }
    }

    /// The database lost what was seen: everything is read and shown anew, and operators are told how much it was.
    async fn begin_anew(&mut self) -> Result<(), StoreError> {
        let life = self.store.life() + u64::from(self.store.has_diverged());
        self.fold = self.store.load().await?;
        // Should another part of this node have begun it anew meanwhile, it is read once more.
        self.life = life;
        let snapshot = Arc::new(self.fold.board.clone());
        self.hub.begin_anew(Arc::clone(&snapshot));
        self.further.show_anew(&self.fold);
        self.snapshots.send_replace(snapshot);
        self.metrics.shows(&self.fold.board, self.fold.seq, self.fold.blind);
        self.known.send_replace(Known::of(&self.fold));
        // Who had seen nothing of what was lost has nothing to tell.
        let Some(Lost { kept, seen }) = self.store.take_lost().filter(|lost| lost.kept < lost.seen) else {
            return Ok(());
        };
        self.health.lost();
        tracing::error!(
            kept,
            seen,
            "a failover of the database lost the entries of the journal after the one that is kept; everything was read anew"
        );
        let entry = AuditEntry {
            id: 0,
            at: crate::clock::wall(),
            actor: "pharos".to_owned(),
            address: String::new(),
            action: "journal.lost".to_owned(),
            target: format!("journal/{}", kept + 1),
            seq: None,
            before: Some(format!("{{\"seq\":{seen}}}")),
            after: Some(format!("{{\"seq\":{kept}}}")),
        };
        if let Err(error) = self.store.change_accounts(Vec::new(), vec![entry]).await {
            tracing::warn!(%error, "that entries were lost could not be written into the audit log");
        }
        Ok(())
    }

    fn publish(&self, events: &[Event], heard: Heard) {
        self.metrics.shows(&self.fold.board, self.fold.seq, self.fold.blind);
        if !events.is_empty() {
            let snapshot = Arc::new(self.fold.board.clone());
            self.hub.publish(Arc::clone(&snapshot), events);
            self.snapshots.send_replace(snapshot);
        }
        self.further.show(&self.fold, heard);
        self.tell_operators();
    }

    /// What is the same as before is not copied again.
    fn tell_operators(&self) {
        let board = Arc::clone(&self.snapshots.borrow());
        self.known.send_modify(|known| {
            known.seq = self.fold.seq;
            known.board = board;
            if *known.desk != self.fold.desk {
                known.desk = Arc::new(self.fold.desk.clone());
            }
            if *known.redundancies != self.fold.redundancies {
                known.redundancies = Arc::new(self.fold.redundancies.clone());
            }
            if *known.failovers != self.fold.failovers {
                known.failovers = Arc::new(self.fold.failovers.clone());
            }
            if *known.verdicts != self.fold.verdicts {
                known.verdicts = Arc::new(self.fold.verdicts.clone());
            }
        });
    }

    async fn save(&self) {
        if let Err(error) = self.store.save_fold(&self.fold).await {
            tracing::warn!(%error, "the snapshot row could not be saved; the next start will replay more of the journal");
        }
    }
}

/// Makes the first page anew for each new snapshot, of several that come at once only for the newest, and tells which
/// place in the journal it shows.
pub async fn refresh_pages(
    pages: Arc<Pages>,
    (mut snapshots, drawn): (watch::Receiver<Arc<Snapshot>>, watch::Sender<u64>),
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        let (seq, started) = (snapshot.seq, Instant::now());
        match pages.refresh(snapshot).await {
            Ok(()) => _ = drawn.send_replace(seq),
            Err(error) => tracing::error!(%error, "the first page could not be made; the old one is served"),
        }
        metrics.rendered(started.elapsed().as_secs_f64());
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = snapshots.changed() => if changed.is_err() { return },
        }
    }
}
