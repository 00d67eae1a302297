//! One edition of the copy: what changed since the last one is made and written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pharos_bucket::Key;
use pharos_bucket::edition::{Document, EditionError, Mark, Publisher};
use pharos_engine::Entry;
use pharos_model::{Change, Incident, Snapshot, UnixMs};
use pharos_store::{Store, StoreError};

use super::bases::{Bases, Basis};
use super::documents::Maker;
use super::list::{List, Wanted, months};
use super::shown::{Shown, list_all};
use crate::config::Brand;
use crate::http::Assets;
use crate::limits::{
    COPY_BATCH, COPY_BATCH_BYTES_MAX, COPY_ENTRIES_MAX, COPY_HISTORY_MS, COPY_REFRESH_MS,
    HISTORY_INCIDENTS_MAX,
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
    Store(#[from] StoreError),
    /// This node leads no more.
    #[error("this node leads no more")]
    Deposed,
}

/// The copy in one place.
pub struct Copy {
    publisher: Publisher,
    /// Makes the main page.
    renderer: Renderer,
    maker: Maker,
    store: Arc<dyn Store>,
    /// From what each part that is there was made.
    made_of: HashMap<Key, String>,
    /// The incidents that have pages, and when they were read.
    incidents: (Arc<[Incident]>, i64),
    /// Up to which entry it is known that nothing else is said of them.
    heard: u64,
    /// Where the next edition begins with what is no front page: one that ended early had come that far.
    next: Option<Key>,
}

/// What happens around an edition while it is made.
pub struct Around<Leads, Behind> {
    /// Whether this node leads still.
    pub leads: Leads,
    /// Whether there is something newer to publish.
    pub is_behind: Behind,
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
    /// How far it came.
    pub end: End,
}

/// How an edition ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All that it consists of is as it should be.
    Whole,
    /// There is something newer: the front pages are as they should be, others are as they were.
    Early,
    /// The same, and it has no list yet: some parts are not this node's own.
    Unlisted,
}

/// An edition in the making.
struct Making<'a> {
    shown: &'a [Shown],
    /// Of each of them.
    bases: Vec<Bases<'a>>,
    keys: BTreeSet<Key>,
    batch: Vec<Document>,
    written: usize,
}

impl Copy {
    /// A copy whose parts are made by `renderer` and written by `publisher`.
    pub fn new(
        publisher: Publisher,
        (renderer, assets): (Renderer, Arc<Assets>),
        store: Arc<dyn Store>,
    ) -> Self {
        let maker = Maker { assets };
        Self {
            publisher,
            renderer,
            maker,
            store,
            made_of: HashMap::new(),
            incidents: (Arc::default(), i64::MIN),
            heard: 0,
            next: None,
        }
    }

    /// Publishes a snapshot, and the further pages, as the leader of `term`. Up to `known_at` somebody vouches for it. What is newer does
    /// not wait until all pages of this one are made.
    ///
    /// # Errors
    /// When parts cannot be made or written, or somebody else is further along.
    pub async fn publish(
        &mut self,
        (snapshot, further): (&Arc<Snapshot>, Vec<Shown>),
        (term, brand): (u64, &Brand),
        (now, known_at): (UnixMs, UnixMs),
        around: Around<impl Fn() -> bool, impl Fn() -> bool>,
    ) -> Result<Published, CopyError> {
        let mark = Mark { origin: snapshot.origin.to_string(), term, seq: snapshot.seq };
        self.publisher.begin(&mark).await?;
        self.read_incidents(snapshot, now).await?;
        let assets = Arc::clone(&self.maker.assets);
        let main = Shown::main(Arc::clone(snapshot), self.renderer.clone());
        let shown: Vec<Shown> =
            std::iter::once(main).chain(further).map(|page| page.with(&self.incidents.0)).collect();
        let List { front, rest, left_out } = list_all(&shown, (&assets, brand));
        let bases = shown.iter().map(|page| Bases::new(&page.snapshot, &page.incidents, now)).collect();
        let (keys, batch) = (BTreeSet::new(), Vec::new());
        let mut making = Making { shown: &shown, bases, keys, batch, written: 0 };
        for wanted in &front {
            self.add(wanted, &mut making, (known_at, now), brand).await?;
            if is_full(&making.batch) {
                self.write(&mut making, now, &around.leads).await?;
            }
        }
        self.write(&mut making, now, &around.leads).await?;
        let begins = self.next.take().and_then(|next| rest.iter().position(|wanted| wanted.key == next));
        let (later, sooner) = rest.split_at(begins.unwrap_or(0));
        let mut rest = sooner.iter().chain(later);
        for wanted in &mut rest {
            self.add(wanted, &mut making, (known_at, now), brand).await?;
            if !is_full(&making.batch) {
                continue;
            }
            self.write(&mut making, now, &around.leads).await?;
            if (around.is_behind)() {
                break;
            }
        }
        self.write(&mut making, now, &around.leads).await?;
        // What is left stays as it is.
        let left: Vec<&Key> = rest.map(|wanted| &wanted.key).collect();
        self.next = left.first().copied().cloned();
        let end = match left.is_empty() {
            true => End::Whole,
            false if self.publisher.may_end_early() => End::Early,
            false => End::Unlisted,
        };
        let Making { mut keys, written, .. } = making;
        keys.extend(left.into_iter().filter(|key| self.publisher.knows(key)).cloned());
        let published = Published { written, parts: keys.len(), left_out, end };
        if end == End::Unlisted {
            return Ok(published);
        }
        if let Err(error) = self.publisher.finish(&mark, &keys, now.0).await {
            self.made_of.clear();
            return Err(error.into());
        }
        self.made_of.retain(|key, _| keys.contains(key));
        Ok(published)
    }

    /// Adds a part to an edition, where it is there or can be made.
    async fn add(
        &mut self,
        wanted: &Wanted,
        making: &mut Making<'_>,
        (known_at, now): (UnixMs, UnixMs),
        brand: &Brand,
    ) -> Result<(), CopyError> {
        let of = making.shown.get(wanted.page).zip(making.bases.get_mut(wanted.page));
        let Some((page, bases)) = of else { return Ok(()) };
        let made_of = bases.of(&wanted.basis, &wanted.key);
        let age_ms = self.publisher.written_at(&wanted.key).map_or(i64::MAX, |at| now.0.saturating_sub(at));
        if self.is_there(wanted, (&made_of, age_ms)) {
            making.keys.insert(wanted.key.clone());
            return Ok(());
        }
        let document = match self.maker.make(wanted, (page, known_at), brand).await {
            // What was published before the damage is better than nothing.
            Err(PagesError::Store(StoreError::Page { .. })) if self.publisher.knows(&wanted.key) => {
                making.keys.insert(wanted.key.clone());
                return Ok(());
            }
            Err(PagesError::Store(StoreError::Page { .. })) => return Ok(()),
            made => made?,
        };
        let Some(document) = document else { return Ok(()) };
        making.keys.insert(wanted.key.clone());
        let is_old = wanted.basis == Basis::Everything || age_ms >= COPY_REFRESH_MS;
        if is_old || !self.publisher.has(&wanted.key, &document.says) {
            making.batch.push(document);
            making.written += 1;
        }
        self.made_of.insert(wanted.key.clone(), made_of);
        Ok(())
    }

    fn is_there(&self, wanted: &Wanted, (made_of, age_ms): (&str, i64)) -> bool {
        let is_young = !wanted.basis.is_past() || age_ms < COPY_REFRESH_MS;
        match wanted.basis {
            Basis::Name => self.publisher.has_unchanging(&wanted.key),
            _ => {
                is_young
                    && self.publisher.knows(&wanted.key)
                    && self.made_of.get(&wanted.key).is_some_and(|before| before == made_of)
            }
        }
    }

    /// Writes what was made so far.
    async fn write(
        &mut self,
        making: &mut Making<'_>,
        now: UnixMs,
        leads: impl Fn() -> bool,
    ) -> Result<(), CopyError> {
        let batch = std::mem::take(&mut making.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let written = if leads() {
            self.publisher.write(batch, now.0).await.map_err(CopyError::from)
        } else {
            Err(CopyError::Deposed)
        };
        if written.is_err() {
            self.made_of.clear();
        }
        written
    }

    /// Reads which incidents there were, now and then: those of the last days stand in the snapshot anyway. One that was hidden stands in none, and
    /// must not be told of any more.
    async fn read_incidents(&mut self, snapshot: &Snapshot, now: UnixMs) -> Result<(), CopyError> {
        let is_young = now.0.saturating_sub(self.incidents.1) < COPY_HISTORY_MS;
        if is_young && !self.is_rewritten(snapshot.seq).await {
            self.heard = snapshot.seq;
            return Ok(());
        }
        let (zone, mut incidents) = (zone(snapshot), Vec::new());
        for month in months(snapshot) {
            let (from, until) = (month.starts_at(&zone), month.next().starts_at(&zone));
            match self.store.incidents_between(from, until, HISTORY_INCIDENTS_MAX).await {
                // Those that were read before the damage are there still.
                Err(StoreError::Page { .. }) => return Ok(()),
                read => incidents.extend(read?),
            }
        }
        (self.incidents, self.heard) = ((incidents.into(), now.0), snapshot.seq);
        Ok(())
    }

    /// Whether something was said up to an entry that takes the place of what was said before, as far as that is known.
    async fn is_rewritten(&self, until: u64) -> bool {
        if until <= self.heard {
            return until < self.heard;
        }
        // What cannot be read, or is too much, may say anything.
        let Ok(entries) = self.store.entries_after(self.heard, COPY_ENTRIES_MAX).await else { return true };
        let rewrites = |entry: &Entry| entry.fact.public().is_some_and(Change::rewrites);
        entries.len() >= COPY_ENTRIES_MAX || entries.iter().any(rewrites)
    }
}

fn is_full(batch: &[Document]) -> bool {
    let bytes: usize = batch.iter().map(|document| document.body.len()).sum();
    batch.len() >= COPY_BATCH || bytes >= COPY_BATCH_BYTES_MAX
}

#[cfg(test)]
mod tests;
