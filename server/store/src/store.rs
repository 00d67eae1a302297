//! The one trait behind which every database stands.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use pharos_engine::CheckId;
use pharos_engine::{Entry, Fact, Fold};
use pharos_model::{ComponentId, Incident, IncidentId, Maintenance, Origin, Span, UnixMs};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{
    Accounts, Appended, Copies, Head, LatencyPoint, Lease, Lost, Margin, Nodes, PagesRead, Part, Resolution,
    Retention, RollupRow, Sample, StoreError, StoreHealth,
};

/// Journal, history, lease, and the nodes that share them. Every method that writes returns after the commit.
#[async_trait]
pub trait Store: Accounts + Copies + Lease + Nodes {
    /// Which life of the journal this is.
    fn origin(&self) -> Origin;

    /// Told of the place of the last entry as soon as it is committed.
    fn watch(&self) -> watch::Receiver<u64>;

    /// The end of the journal.
    async fn head(&self) -> Result<Head, StoreError>;

    /// Appends facts as one: all or none.
    ///
    /// # Errors
    /// When `at` lies before the last entry, there are too many, or the database fails. Nothing is then written.
    async fn append(&self, at: UnixMs, facts: Vec<Fact>) -> Result<Appended, StoreError> {
        self.append_with(at, facts, Margin::default()).await
    }

    /// Appends facts with what goes with them: all or none.
    ///
    /// # Errors
    /// As [`Store::append`].
    async fn append_with(&self, at: UnixMs, facts: Vec<Fact>, margin: Margin)
    -> Result<Appended, StoreError>;

    /// Up to `limit` entries after a place, ascending, their chain verified.
    async fn entries_after(&self, seq: u64, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// Saves a fold, so that the next start need not begin at the journal's beginning.
    async fn save_fold(&self, fold: &Fold) -> Result<(), StoreError>;

    /// The fold of the whole journal: the newest good snapshot row and everything after it.
    async fn load(&self) -> Result<Fold, StoreError>;

    /// Notes that somebody watches at `at`.
    async fn renew_watch(&self, at: UnixMs) -> Result<(), StoreError>;

    /// When somebody last watched, if anybody ever did.
    async fn last_watch(&self) -> Result<Option<UnixMs>, StoreError>;

    /// Records raw observations.
    async fn record(&self, samples: Vec<Sample>) -> Result<(), StoreError>;

    /// Rolls up every full minute before `now` that is not rolled up yet.
    async fn roll_up(&self, now: UnixMs) -> Result<(), StoreError>;

    /// Takes rollups made elsewhere. A row that is there already is replaced.
    async fn import_rollups(&self, rows: Vec<RollupRow>) -> Result<(), StoreError>;

    /// The latencies of a component in `[from, until)`, ascending. A point stands for `merged` buckets of the resolution,
    /// counted from 1970 on, and is exact: their sketches are merged.
    async fn latency(
        &self,
        component: &ComponentId,
        from: UnixMs,
        until: UnixMs,
        resolution: Resolution,
        merged: u32,
    ) -> Result<Vec<LatencyPoint>, StoreError>;

    /// The spans of a component that touch `[from, until)`, ascending; of more than `limit` the newest.
    async fn spans(
        &self,
        component: &ComponentId,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Span>, StoreError>;

    /// Incidents that began in `[from, until)`, newest first.
    async fn incidents_between(
        &self,
        from: UnixMs,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError>;

    /// Incidents of a component that began before `until`, newest first.
    async fn incidents_of_component(
        &self,
        component: &ComponentId,
        until: UnixMs,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError>;

    /// Incidents before one in the order of their beginning, newest first: of a component, open or not, where that is asked.
    async fn incidents_page(
        &self,
        before: Option<(UnixMs, IncidentId)>,
        filter: (Option<ComponentId>, Option<bool>),
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError>;

    /// Maintenances before one in the order of their planned beginning, the latest first.
    async fn maintenances_page(
        &self,
        before: Option<(UnixMs, String)>,
        limit: usize,
    ) -> Result<Vec<Maintenance>, StoreError>;

    /// The newest raw observations of a check, the newest first.
    async fn observations(&self, check: &CheckId, limit: usize) -> Result<Vec<Sample>, StoreError> {
        self.observations_before(check, None, limit).await
    }

    /// The raw observations of a check in slots before one, the newest first.
    async fn observations_before(
        &self,
        check: &CheckId,
        before: Option<UnixMs>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError>;

    /// One incident, unless it is told of no more.
    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError>;

    /// Lets go of what is past its time.
    async fn retain(&self, now: UnixMs, retention: Retention) -> Result<(), StoreError>;

    /// Whether the database was found without what this node has seen of the journal. It is so until [`Store::load`].
    fn has_diverged(&self) -> bool {
        false
    }

    /// How often [`Store::load`] has read a journal anew that had lost its end.
    fn life(&self) -> u64 {
        0
    }

    /// What was lost, once, after [`Store::load`] read a journal anew that had lost its end.
    fn take_lost(&self) -> Option<Lost> {
        None
    }

    /// How often another host of the database, or a newer timeline of it, was found to be the one to write to: what was committed before may
    /// be gone. Nobody tells any more where there is only one.
    fn failovers(&self) -> watch::Receiver<u64> {
        watch::channel(0).1
    }

    /// Which of these raw observations, by check and slot, are not there although they were recorded.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn missing(&self, _recorded: &[(CheckId, UnixMs)]) -> Result<Vec<(CheckId, UnixMs)>, StoreError> {
        Ok(Vec::new())
    }

    /// Other hosts of the database that take writes too, each in a few words. There should be none.
    fn rivals(&self) -> Vec<String> {
        Vec::new()
    }

    /// What time it was by the database's clock, and when it was asked for that; `None` where it has none of its own, or did not tell.
    fn time(&self) -> Option<(UnixMs, Instant)> {
        None
    }

    /// Tells which parts of what is kept were found damaged, and of changes.
    fn damage(&self) -> watch::Receiver<BTreeSet<Part>> {
        watch::channel(BTreeSet::new()).1
    }

    /// Whether every page has a sum by which damage is found; `None` where the database looks after its pages itself.
    fn has_sums(&self) -> Option<bool> {
        None
    }

    /// Reads every page, with a pause after each piece, and takes what is damaged for what [`Store::damage`] tells from now on. `None` where
    /// pages have no sums, or the database looks after them itself.
    ///
    /// # Errors
    /// When they cannot be read. What is damaged is no error.
    async fn read_pages(&self, _pause: Duration) -> Result<Option<PagesRead>, StoreError> {
        Ok(None)
    }

    /// Writes what waits, and closes the store in order.
    async fn close(&self) -> Result<(), StoreError>;

    /// Whether the store can be read and written.
    async fn check(&self) -> Result<StoreHealth, StoreError>;
}
