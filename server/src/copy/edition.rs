//! One edition of the copy: what changed since the last one is made and written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pharos_bucket::Key;
use pharos_bucket::edition::{Document, EditionError, Mark, Publisher};
use pharos_bucket::hash::sha256;
use pharos_model::{ComponentId, Incident, Snapshot, UnixMs};
use pharos_store::Store;
use serde::Serialize;

use super::documents::Maker;
use super::list::{Basis, Sources, Wanted, list, months};
use crate::config::Brand;
use crate::http::Assets;
use crate::limits::{
    COPY_BATCH, COPY_BATCH_BYTES_MAX, COPY_FIRST_MS, COPY_HISTORY_MS, COPY_REFRESH_MS, HISTORY_INCIDENTS_MAX,
};
use crate::pages::{PagesError, Renderer, zone};

/// Why the copy was not published.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It could not be written.
    #[error(transparent)]
    Edition(#[from] EditionError),
    /// It could not be made.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The history could not be read.
    #[error("the history could not be read: {0}")]
    Store(#[from] pharos_store::StoreError),
    /// This node leads no more.
    #[error("this node leads no more")]
    Deposed,
}

/// The copy in one place.
pub struct Copy {
    publisher: Publisher,
    maker: Maker,
    store: Arc<dyn Store>,
    /// From what each part that is there was made.
    made_of: HashMap<Key, String>,
    /// The incidents that have pages, and when they were read.
    incidents: (Vec<Incident>, i64),
}

/// What one edition was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// How many parts were written.
    pub written: usize,
    /// How many there are.
    pub parts: usize,
    /// How many there was no room for.
    pub left_out: usize,
}

impl Copy {
    /// A copy whose parts are made by `renderer` and written by `publisher`.
    pub fn new(
        publisher: Publisher,
        (renderer, assets): (Renderer, Arc<Assets>),
        store: Arc<dyn Store>,
    ) -> Self {
        let maker = Maker { renderer, assets };
        Self { publisher, maker, store, made_of: HashMap::new(), incidents: (Vec::new(), i64::MIN) }
    }

    /// Publishes a snapshot as the leader of `term`, for as long as `goes_on`. Up to `known_at` somebody vouches for it.
    ///
    /// # Errors
    /// When parts cannot be made or written, or somebody else is further along.
    pub async fn publish(
        &mut self,
        snapshot: &Arc<Snapshot>,
        (term, brand): (u64, &Brand),
        (now, known_at): (UnixMs, UnixMs),
        goes_on: impl Fn() -> bool,
    ) -> Result<Published, CopyError> {
        let mark = Mark { origin: snapshot.origin.to_string(), term, seq: snapshot.seq };
        self.publisher.begin(&mark).await?;
        self.read_incidents(snapshot, now).await?;
        let assets = Arc::clone(&self.maker.assets);
        let sources = Sources { snapshot, incidents: &self.incidents.0, assets: &assets, brand };
        let (all, left_out) = list(&sources);
        let mut bases = Bases::new(snapshot, now);
        let (mut keys, mut batch, mut written) = (BTreeSet::new(), Vec::new(), 0);
        for wanted in &all {
            let made_of = bases.of(&wanted.basis, &wanted.key);
            if self.is_there(wanted, &made_of) {
                keys.insert(wanted.key.clone());
                continue;
            }
            let Some(document) = self.maker.make(wanted, (snapshot, known_at), brand).await? else {
                continue;
            };
            keys.insert(wanted.key.clone());
            let age_ms =
                self.publisher.written_at(&wanted.key).map_or(i64::MAX, |at| now.0.saturating_sub(at));
            let is_old = wanted.basis == Basis::Everything || age_ms >= COPY_REFRESH_MS;
            if is_old || !self.publisher.has(&wanted.key, &document.says) {
                batch.push(document);
                written += 1;
            }
            self.made_of.insert(wanted.key.clone(), made_of);
            if is_full(&batch) {
                self.write(std::mem::take(&mut batch), now, &goes_on).await?;
            }
        }
        self.write(batch, now, &goes_on).await?;
        if let Err(error) = self.publisher.finish(&mark, &keys, now.0).await {
            self.made_of.clear();
            return Err(error.into());
        }
        self.made_of.retain(|key, _| keys.contains(key));
        Ok(Published { written, parts: keys.len(), left_out })
    }

    fn is_there(&self, wanted: &Wanted, made_of: &str) -> bool {
        match wanted.basis {
            Basis::Name => self.publisher.has_unchanging(&wanted.key),
            _ => {
                self.publisher.knows(&wanted.key)
                    && self.made_of.get(&wanted.key).is_some_and(|before| before == made_of)
            }
        }
    }

    async fn write(
        &mut self,
        batch: Vec<Document>,
        now: UnixMs,
        goes_on: impl Fn() -> bool,
    ) -> Result<(), CopyError> {
        if batch.is_empty() {
            return Ok(());
        }
        let written = if goes_on() {
            self.publisher.write(batch, now.0).await.map_err(CopyError::from)
        } else {
            Err(CopyError::Deposed)
        };
        if written.is_err() {
            self.made_of.clear();
        }
        written
    }

    /// Reads which incidents there were, now and then: those of the last days stand in the snapshot anyway.
    async fn read_incidents(&mut self, snapshot: &Snapshot, now: UnixMs) -> Result<(), CopyError> {
        if now.0.saturating_sub(self.incidents.1) < COPY_HISTORY_MS {
            return Ok(());
        }
        let (zone, mut incidents) = (zone(snapshot), Vec::new());
        for month in months(snapshot) {
            let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
            incidents.extend(self.store.incidents_between(from, until, HISTORY_INCIDENTS_MAX).await?);
        }
        self.incidents = (incidents, now.0);
        Ok(())
    }
}

fn is_full(batch: &[Document]) -> bool {
    let bytes: usize = batch.iter().map(|document| document.body.len()).sum();
    batch.len() >= COPY_BATCH || bytes >= COPY_BATCH_BYTES_MAX
}

/// From what parts are made, in a few letters each.
struct Bases<'a> {
    snapshot: &'a Snapshot,
    /// When the first pages were last made anew at the latest.
    moment: i64,
    hour: i64,
    state: String,
    components: HashMap<ComponentId, String>,
}

impl<'a> Bases<'a> {
    fn new(snapshot: &'a Snapshot, now: UnixMs) -> Self {
        let moment = now.0.div_euclid(COPY_FIRST_MS);
        let hour = now.0.div_euclid(COPY_HISTORY_MS);
        let told = Snapshot { seq: 0, at: UnixMs(0), ..snapshot.clone() };
        let state = format!("{hour} {}", hash(&told));
        Self { snapshot, moment, hour, state, components: HashMap::new() }
    }

    fn of(&mut self, basis: &Basis, key: &Key) -> String {
        match basis {
            Basis::Everything => {
                let Snapshot { origin, seq, .. } = self.snapshot;
                format!("{origin}.{seq} {}", self.moment)
            }
            Basis::State => self.state.clone(),
            Basis::Component(id) => {
                if let Some(known) = self.components.get(id) {
                    return known.clone();
                }
                let made_of = self.component(id);
                self.components.insert(id.clone(), made_of.clone());
                made_of
            }
            Basis::Name => key.to_string(),
        }
    }

    fn component(&self, id: &ComponentId) -> String {
        let concerns = |incident: &&Incident| incident.components.contains(id);
        let incidents: Vec<&Incident> = self.snapshot.incidents.iter().filter(concerns).collect();
        let of = (self.snapshot.component(id), incidents, &self.snapshot.page, self.snapshot.days.len());
        format!("{} {}", self.hour, hash(&(of, self.snapshot.laid_out_at)))
    }
}

/// What cannot be written is never the same.
fn hash(value: &impl Serialize) -> String {
    serde_json::to_vec(value).map(|json| sha256(&json)).unwrap_or_default()
}
