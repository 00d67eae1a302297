//! Keeping the archive: whoever leads writes what is new, tells how far behind it is, and tries now and then whether it can be restored.

mod drill;
mod history;
mod journal;
mod scratch;
mod state;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pharos_archive::{Archive, ArchiveError, Seal};
use pharos_bucket::{Durability, Place};
use pharos_store::{Standing, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::{HealthState, Metrics};
use crate::known::Known;
use crate::limits::ARCHIVE_RETRY;
use crate::operators::Operators;

pub use drill::{DrillError, Drills};
pub use state::{ArchiveState, Archived};

/// Where the archive is, how it is sealed, and how often it is tried.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where.
    pub place: Place,
    /// How it is sealed.
    pub seal: Seal,
    /// How often it is tried.
    pub drill: DrillPlan,
}

/// How often an archive is restored on trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrillPlan {
    /// How often, in milliseconds.
    pub every_ms: u64,
    /// Within which time a restore is to be done, in milliseconds.
    pub rto_ms: Option<u64>,
    /// How much may be lost at most, in milliseconds.
    pub rpo_ms: Option<u64>,
    /// In which folder; that of the system for what is temporary without it.
    pub scratch: Option<PathBuf>,
}

impl Settings {
    /// The archive.
    ///
    /// # Errors
    /// When its place cannot be used.
    pub fn open(&self) -> Result<Archive, ArchiveError> {
        Ok(Archive::new(self.place.open(Durability::Durable, || crate::clock::wall().0)?, self.seal.clone()))
    }
}

/// What keeps the archive of a node.
pub struct Archiving {
    /// What is archived.
    store: Arc<dyn Store>,
    /// Whether this node leads: only then it writes.
    standing: Arc<Standing>,
    /// How it is going.
    state: Arc<ArchiveState>,
    /// Figures.
    metrics: Arc<Metrics>,
    /// What the configuration says of it.
    settings: watch::Receiver<Option<Settings>>,
}

impl Archiving {
    /// Of what is archived, while this node leads, as the configuration says.
    pub fn of(
        (store, standing, settings): (Arc<dyn Store>, Arc<Standing>, watch::Receiver<Option<Settings>>),
        (health, metrics): (&HealthState, &Arc<Metrics>),
    ) -> Self {
        let (state, metrics) = (Arc::clone(&health.archive), Arc::clone(metrics));
        Self { store, standing, state, metrics, settings }
    }

    /// Begins to archive and to hold drills, until shutdown.
    pub fn begin(
        self,
        (operators, known): (Operators, watch::Receiver<Known>),
        work: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Drills {
        let drills = Drills::of(&self, operators);
        work.spawn(drills.clone().run((Arc::clone(&self.standing), known), shutdown.clone()));
        work.spawn(self.run(shutdown.clone()));
        drills
    }

    /// Archives until shutdown, as the configuration says at any time.
    async fn run(self, shutdown: CancellationToken) {
        let mut settings = self.settings.clone();
        while !shutdown.is_cancelled() {
            let current = settings.borrow_and_update().clone();
            self.state.configured(current.is_some());
            let ended = shutdown.child_token();
            let work = async {
                match &current {
                    Some(current) => self.by(current, &ended).await,
                    None => ended.cancelled().await,
                }
            };
            tokio::pin!(work);
            tokio::select! {
                () = &mut work => return,
                changed = settings.changed() => {
                    ended.cancel();
                    work.await;
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Archives to one place while this node leads.
    async fn by(&self, settings: &Settings, ended: &CancellationToken) {
        while !ended.is_cancelled() {
            if !self.standing.leads() {
                self.state.rests();
                pause(ended, ARCHIVE_RETRY).await;
                continue;
            }
            match settings.open() {
                Ok(archive) => {
                    // One that ends for whatever reason ends the other.
                    let both = ended.child_token();
                    tokio::join!(self.journal(&archive, &both), self.history(&archive, &both));
                }
                Err(error) => self.cannot_begin(&error),
            }
            pause(ended, ARCHIVE_RETRY).await;
        }
    }
}

/// Waits, but no longer than until the end.
async fn pause(ended: &CancellationToken, how_long: Duration) {
    tokio::select! {
        () = ended.cancelled() => {}
        () = tokio::time::sleep(how_long) => {}
    }
}
