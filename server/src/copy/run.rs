//! The node that leads publishes the copy on every change, and says now and then that it is still true.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};
use pharos_bucket::edition::{EditionError, Publisher};
use pharos_bucket::{Durability, Place};
use pharos_model::Snapshot;
use pharos_store::{Standing, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::edition::{Around, Copy, CopyError, End, Published};
use super::shown::Shown;
use crate::clock::wall;
use crate::config::Brand;
use crate::further::FurtherPages;
use crate::http::{Assets, HealthState, Metrics, Services};
use crate::limits::{COPY_ALARM, COPY_PAUSE, COPY_PERIOD};
use crate::pages::Renderer;

/// With what the copy is published.
pub struct Publishing {
    /// Where; nowhere without.
    place: Arc<ArcSwapOption<Place>>,
    /// What is shown.
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// The operator's own files.
    brand: Arc<ArcSwap<Brand>>,
    /// Makes pages.
    renderer: Renderer,
    /// The further pages.
    further: Arc<FurtherPages>,
    /// Scripts and WebAssembly.
    assets: Arc<Assets>,
    /// The history.
    store: Arc<dyn Store>,
    /// Whether this node leads.
    standing: Arc<Standing>,
    /// How this node is.
    health: Arc<HealthState>,
    /// Figures.
    metrics: Arc<Metrics>,
}

/// The copy that is published, and whether that fails.
#[derive(Default)]
struct State {
    open: Option<(Arc<Place>, Copy)>,
    trouble: Trouble,
    /// How many parts the last edition had no room for.
    left_out: usize,
}

/// Since when the copy could not be published.
#[derive(Debug, Default)]
struct Trouble {
    since: Option<Instant>,
    is_told: bool,
}

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// A hiccup, so far.
    First,
    /// One like those before.
    Again,
    /// It has lasted too long.
    Alarm,
}

impl Trouble {
    /// One failure is a hiccup. What lasts for two periods is an alarm, once.
    fn failed(&mut self, now: Instant) -> Weight {
        let Some(since) = self.since else {
            self.since = Some(now);
            return Weight::First;
        };
        if now.duration_since(since) < COPY_ALARM || self.is_told {
            return Weight::Again;
        }
        self.is_told = true;
        Weight::Alarm
    }
}

/// Publishes until shutdown: at most once at a time, and of several changes the newest.
pub async fn run(mut publishing: Publishing, shutdown: CancellationToken) {
    let mut state = State::default();
    loop {
        let snapshot = Arc::clone(&publishing.snapshots.borrow_and_update());
        let is_behind = publishing.round(&mut state, &snapshot).await;
        if is_behind && !shutdown.is_cancelled() {
            continue;
        }
        // Changes come in crowds: what comes within the pause is published together.
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(COPY_PAUSE) => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(COPY_PERIOD.saturating_sub(COPY_PAUSE)) => {}
            changed = publishing.snapshots.changed() => if changed.is_err() { return },
        }
    }
}

impl Publishing {
    /// With what the doors of this node have, for as long as it leads.
    pub fn of(
        services: &Services,
        (renderer, further, snapshots): (Renderer, Arc<FurtherPages>, watch::Receiver<Arc<Snapshot>>),
        (place, standing): (Arc<ArcSwapOption<Place>>, Arc<Standing>),
    ) -> Self {
        Self {
            place,
            snapshots,
            brand: Arc::clone(&services.brand),
            renderer,
            further,
            assets: Arc::clone(&services.assets),
            store: Arc::clone(&services.store),
            standing,
            health: Arc::clone(&services.health),
            metrics: Arc::clone(&services.metrics),
        }
    }

    /// Whether there is more to publish at once.
    async fn round(&self, state: &mut State, snapshot: &Arc<Snapshot>) -> bool {
        let place = self.place.load_full().filter(|_| self.standing.leads());
        let Some(place) = place else {
            *state = State::default();
            self.health.copy(None);
            return false;
        };
        match self.publish(state, &place, snapshot).await {
            Ok(published) => {
                self.published(state, &place, (published, snapshot.seq));
                published.end != End::Whole
            }
            Err(CopyError::Deposed) => false,
            Err(error) => {
                self.fails(state, &place, &error);
                false
            }
        }
    }

    fn published(&self, state: &mut State, place: &Place, (published, seq): (Published, u64)) {
        let Published { written, parts, left_out, end } = published;
        if left_out > 0 && state.left_out == 0 {
            tracing::warn!(
                left_out,
                parts,
                "the copy has no room for all pages; those that few ask for are left out"
            );
        }
        state.left_out = left_out;
        tracing::debug!(place = place.name(), written, parts, ?end, seq, "the copy was published");
        if end == End::Unlisted {
            return;
        }
        if std::mem::take(&mut state.trouble).since.is_some() {
            tracing::info!(place = place.name(), "the copy is published again");
        }
        self.health.copy(Some(true));
        self.metrics.copied(written, wall());
    }

    async fn publish(
        &self,
        state: &mut State,
        place: &Arc<Place>,
        snapshot: &Arc<Snapshot>,
    ) -> Result<Published, CopyError> {
        let term = self.standing.fence().map_or(0, |fence| fence.term);
        let copy = match &mut state.open {
            Some((open, copy)) if Arc::ptr_eq(open, place) => copy,
            open => {
                let opened = place.open(Durability::Fast, || wall().0).map_err(EditionError::from)?;
                let publisher = Publisher::new(opened, COPY_ALARM);
                let parts = (self.renderer.clone(), Arc::clone(&self.assets));
                let copy = Copy::new(publisher, parts, Arc::clone(&self.store));
                &mut open.insert((Arc::clone(place), copy)).1
            }
        };
        let brand = self.brand.load_full();
        let leads = || self.standing.leads();
        let is_behind = || self.snapshots.has_changed().unwrap_or(true);
        let now = wall();
        let known_at = if self.health.is_stale() { snapshot.at } else { now };
        let further = Shown::all(&self.further);
        copy.publish((snapshot, further), (term, &brand), (now, known_at), Around { leads, is_behind }).await
    }

    fn fails(&self, state: &mut State, place: &Place, error: &CopyError) {
        let place = place.name();
        self.metrics.copy_failed();
        match state.trouble.failed(Instant::now()) {
            Weight::First => tracing::warn!(%error, place, "the copy could not be published; trying again"),
            Weight::Again => {}
            Weight::Alarm => {
                self.health.copy(Some(false));
                tracing::error!(%error, place, "the copy has not been published for two minutes; it grows old");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_for_two_periods_is_an_alarm_once() {
        let (mut trouble, began) = (Trouble::default(), Instant::now());
        let mut after = |periods: u32| trouble.failed(began + COPY_PERIOD * periods);
        assert_eq!(
            [after(0), after(1), after(2), after(3)],
            [Weight::First, Weight::Again, Weight::Alarm, Weight::Again]
        );
    }
}
