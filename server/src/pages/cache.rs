//! The page cache: the first page is made anew after each change while the old bytes go on being served; the others
//! are made when asked for, once for all who ask at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use pharos_app::Words;
use pharos_model::{IncidentId, Origin, Snapshot};
use pharos_store::Part;
use tokio::sync::OnceCell;

use super::encode::Encoded;
use super::render::{PageKey, Renderer};
use crate::limits::{PAGES_BYTES_MAX, PAGES_MAX};
use crate::wires::{self, Of, Subject};

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// What it tells of could not be read.
    #[error("the page's history could not be read: {0}")]
    Store(#[from] pharos_store::StoreError),
    /// The task that makes pages ended early.
    #[error("the page could not be made: {0}")]
    Task(#[from] tokio::task::JoinError),
}

type Cell = Arc<OnceCell<Option<Arc<Encoded>>>>;

/// Every page in memory.
pub struct Pages {
    renderer: Renderer,
    snapshot: ArcSwap<Snapshot>,
    index: ArcSwapOption<Encoded>,
    others: Mutex<Others>,
}

/// Pages made on demand, all for the same place in the journal and the same minute.
struct Others {
    of: Option<(Origin, u64)>,
    minute: i64,
    /// Of all that is made.
    bytes: usize,
    /// Of all that is made of all pages together.
    held: Arc<AtomicUsize>,
    cells: HashMap<(PageKey, Words), Cell>,
}

impl Others {
    fn let_go(&mut self) {
        self.cells.clear();
        self.held.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Pages {
    /// An empty cache over `snapshot`.
    pub fn new(renderer: Renderer, snapshot: Arc<Snapshot>) -> Self {
        let held = Arc::clone(&renderer.held);
        let others = Mutex::new(Others { of: None, minute: 0, bytes: 0, held, cells: HashMap::new() });
        Self { renderer, snapshot: ArcSwap::new(snapshot), index: ArcSwapOption::empty(), others }
    }

    /// Takes a new snapshot and makes the first page anew. Until that is done the old one is served.
    ///
    /// # Errors
    /// When the rendering task was ended.
    pub async fn refresh(&self, snapshot: Arc<Snapshot>) -> Result<(), PagesError> {
        self.snapshot.store(Arc::clone(&snapshot));
        let renderer = self.renderer.clone();
        let index = tokio::task::spawn_blocking(move || renderer.index(&snapshot)).await?;
        self.index.store(Some(Arc::new(index)));
        Ok(())
    }

    /// Takes a new snapshot. Every page is made when it is asked for.
    pub fn take(&self, snapshot: Arc<Snapshot>) {
        self.snapshot.store(snapshot);
    }

    /// What makes them.
    pub fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    /// Whether these are of a further page, which is made when it is asked for.
    pub fn is_further(&self) -> bool {
        self.renderer.is_further()
    }

    /// Whether there is an incident of this name, however old.
    ///
    /// # Errors
    /// When history could not be read.
    pub async fn has_incident(&self, id: &IncidentId) -> Result<bool, PagesError> {
        Ok(self.renderer.known(id, &self.snapshot()).await?.is_some())
    }

    /// Our name for the component or incident that has this code; `None` where none has it.
    ///
    /// # Errors
    /// When history could not be read.
    pub async fn name_behind(&self, code: &str, of: Of) -> Result<Option<String>, PagesError> {
        let name = match self.renderer.subject((of, code), &self.snapshot()).await? {
            Some(Subject::Component(id)) => id.to_string(),
            Some(Subject::Incident(incident)) => incident.id.to_string(),
            _ => return Ok(None),
        };
        Ok(Some(name).filter(|name| name != code))
    }

    /// The snapshot that pages are made from.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The same where the page is below a path of its host.
    pub fn below_a_path(&self) -> Option<Arc<Snapshot>> {
        let snapshot = self.snapshot.load();
        let is_below = !snapshot.page.presentation.base_path.is_empty();
        is_below.then(|| Arc::clone(&snapshot))
    }

    /// The first page in the page's own language; `None` before the first was made, and of a further page.
    pub fn index(&self) -> Option<Arc<Encoded>> {
        self.index.load_full()
    }

    /// Any other page; `None` when there is no such page.
    ///
    /// # Errors
    /// When history could not be read or the rendering task was ended.
    pub async fn get(&self, key: &PageKey, words: Words) -> Result<Option<Arc<Encoded>>, PagesError> {
        let snapshot = self.snapshot();
        let cell = self.cell((key, words), (snapshot.origin.clone(), snapshot.seq));
        let make = || async {
            let made = self.renderer.page((key, words), snapshot).await?.map(Arc::new);
            self.weigh(made.as_ref().map_or(0, |page| page.bytes()));
            Ok::<_, PagesError>(made)
        };
        cell.get_or_try_init(make).await.cloned()
    }

    /// The document for programs at an address, in the language with which that begins, else in the page's own; `None` when
    /// there is none. A copy of the page asks for each of `wires::all` by its addresses.
    ///
    /// # Errors
    /// As [`Pages::get`].
    pub async fn document(
        &self,
        path: &str,
        query: Option<&str>,
    ) -> Result<Option<Arc<Encoded>>, PagesError> {
        let Some((language, asked)) = wires::find(path, query) else { return Ok(None) };
        let own = Words::of_page(&self.snapshot().page);
        let words = language.map_or(own, |language| own.in_language(language));
        self.get(&PageKey::Wire(asked), words).await
    }

    /// The page for everything that is not there.
    pub fn not_found(&self, words: Words) -> Encoded {
        self.renderer.not_found(&self.snapshot(), words)
    }

    /// What stands in the place of a page of which the history is damaged.
    pub fn damaged(&self, words: Words, part: Part) -> Encoded {
        self.renderer.damaged(&self.snapshot(), words, part)
    }

    /// Counts what was made, with that of all other pages. Should it be too much, everything of this one is let go of; who waits
    /// for a page gets it all the same.
    fn weigh(&self, bytes: usize) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.bytes += bytes;
        if others.held.fetch_add(bytes, Ordering::Relaxed) + bytes > PAGES_BYTES_MAX {
            others.let_go();
        }
    }

    fn cell(&self, (key, words): (&PageKey, Words), of: (Origin, u64)) -> Cell {
        let minute = crate::clock::wall().0.div_euclid(60_000);
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let of = Some(of);
        if others.of != of || others.minute != minute || others.cells.len() >= PAGES_MAX {
            others.let_go();
            (others.of, others.minute) = (of, minute);
        }
        Arc::clone(others.cells.entry((key.clone(), words)).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_app::{LANGUAGES, Shell};
    use pharos_store::SqliteStore;

    #[tokio::test]
    async fn whoever_asks_for_every_page_does_not_fill_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let snapshot = Arc::new(Snapshot::empty(Origin::new("o").unwrap()));
        let pages = Pages::new(Renderer::new(store, Shell::new(None)), snapshot);
        let held = || pages.others.lock().unwrap().cells.len();
        for (index, language) in LANGUAGES.iter().enumerate() {
            let page = pages.get(&PageKey::Gallery, Words::new(language, true)).await.unwrap().unwrap();
            assert!(page.bytes() > 1_000);
            assert_eq!(held(), index + 1);
        }
        let feed = pages.document("/de/history.atom", None).await.unwrap().unwrap();
        let body = http_body_util::BodyExt::collect(feed.respond(&http::HeaderMap::new()).into_body());
        assert!(body.await.unwrap().to_bytes().starts_with(b"<?xml"));
        assert!(pages.document("/nothing.atom", None).await.unwrap().is_none());
        pages.weigh(PAGES_BYTES_MAX);
        assert_eq!(held(), 0);
        assert!(pages.get(&PageKey::Gallery, Words::english()).await.unwrap().is_some());
    }
}
