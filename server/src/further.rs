//! The further pages of this node: each has bytes, streams and routes of its own, and hears of what concerns it alone.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use axum::Router;
use pharos_engine::Fold;
use pharos_model::{Event, FurtherPage, PageId, PageView, Pulse, Snapshot, Told};
use tokio_util::sync::CancellationToken;

use crate::live::Hub;
use crate::pages::{Pages, Renderer};

/// A further page.
pub struct Further {
    /// What it is.
    pub definition: FurtherPage,
    /// Its pages as bytes.
    pub pages: Arc<Pages>,
    /// Its live stream.
    pub hub: Arc<Hub>,
    /// Ends its streams.
    pub ended: CancellationToken,
    /// Its routes, made when it is first asked for.
    pub router: OnceLock<Router>,
}

/// All of them.
pub struct FurtherPages {
    renderer: Renderer,
    shutdown: CancellationToken,
    all: ArcSwap<Vec<Arc<Further>>>,
}

/// What further pages heard of entries that were folded in together: changes, or that everything is to be taken anew.
#[derive(Debug, Default)]
pub struct Heard(BTreeMap<PageId, Option<Vec<Event>>>);

impl Heard {
    /// Notes what was heard of an entry.
    pub fn note(&mut self, told: Vec<(PageId, Told)>) {
        for (id, told) in told {
            match told {
                Told::Nothing => {}
                Told::Event(event) => {
                    if let Some(events) = self.0.entry(id).or_insert_with(|| Some(Vec::new())) {
                        events.push(*event);
                    }
                }
                Told::Anew => drop(self.0.insert(id, None)),
            }
        }
    }
}

impl FurtherPages {
    /// Those of a fold, made by what makes the main page. Their streams end with `shutdown`.
    pub fn new(renderer: Renderer, fold: &Fold, shutdown: CancellationToken) -> Self {
        let pages = Self { renderer, shutdown, all: ArcSwap::default() };
        pages.show(fold, Heard::default());
        pages
    }

    /// All of them, as of now.
    pub fn all(&self) -> Guard<Arc<Vec<Arc<Further>>>> {
        self.all.load()
    }

    /// Shows what a fold says, and tells listeners what was heard on the way to it. A page that is another now ends its streams:
    /// who listens comes back, and finds it where it is.
    pub fn show(&self, fold: &Fold, mut heard: Heard) {
        let before = self.all.load_full();
        if fold.pages.is_empty() && before.is_empty() {
            return;
        }
        let shown = |view: &PageView| {
            let Some(known) = before.iter().find(|known| known.definition == view.definition) else {
                return Arc::new(self.begin(view, fold));
            };
            if let Some(events) = heard.0.remove(&view.definition.id) {
                let snapshot = Arc::new(view.seen(&fold.board));
                known.take(snapshot, events.as_deref());
            }
            Arc::clone(known)
        };
        let all: Vec<Arc<Further>> = fold.pages.iter().map(shown).collect();
        let is_gone = |known: &&Arc<Further>| !all.iter().any(|page| Arc::ptr_eq(page, known));
        before.iter().filter(is_gone).for_each(|gone| gone.ended.cancel());
        self.all.store(Arc::new(all));
    }

    /// Shows a fold of another journal, that goes on from no other.
    pub fn show_anew(&self, fold: &Fold) {
        let before = self.all.swap(Arc::default());
        before.iter().for_each(|gone| gone.ended.cancel());
        self.show(fold, Heard::default());
    }

    /// Publishes a sign of life, with what was looked at of the components of each page.
    pub fn pulse(&self, pulse: &Pulse) {
        for page in self.all().iter() {
            let snapshot = page.hub.snapshot();
            let mut pulse = pulse.clone();
            pulse.rows.retain(|row| snapshot.component(&row.component).is_some());
            page.hub.pulse(&pulse);
        }
    }

    fn begin(&self, view: &PageView, fold: &Fold) -> Further {
        let (definition, snapshot) = (view.definition.clone(), Arc::new(view.seen(&fold.board)));
        Further {
            pages: Arc::new(Pages::new(self.renderer.of(definition.clone()), Arc::clone(&snapshot))),
            hub: Arc::new(Hub::new(snapshot)),
            definition,
            ended: self.shutdown.child_token(),
            router: OnceLock::new(),
        }
    }
}

impl Further {
    fn take(&self, snapshot: Arc<Snapshot>, events: Option<&[Event]>) {
        self.pages.take(Arc::clone(&snapshot));
        match events {
            Some(events) => self.hub.publish(snapshot, events),
            None => self.hub.begin_anew(snapshot),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_app::Shell;
    use pharos_engine::{Entry, Fact};
    use pharos_model::{
        Change, ComponentDefinition, ComponentId, Origin, Page, PageDefinition, PulseRow, Status, UnixMs,
    };
    use pharos_store::SqliteStore;

    fn id(text: &str) -> ComponentId {
        ComponentId::new(text).unwrap()
    }

    fn page(name: &str) -> FurtherPage {
        FurtherPage {
            id: PageId::new("partners").unwrap(),
            host: String::new(),
            page: Page { name: name.into(), ..Page::default() },
            components: [id("api")].into(),
            alone: std::collections::BTreeSet::new(),
            groups: Vec::new(),
        }
    }

    fn follow(fold: &mut Fold, facts: Vec<Fact>) -> Heard {
        let mut heard = Heard::default();
        for fact in facts {
            let after = fact.public().is_some().then_some(fold.board.seq);
            let entry = Entry { seq: fold.seq + 1, after, at: UnixMs(1), fact };
            heard.note(fold.follow(&entry).unwrap());
        }
        heard
    }

    fn status(component: &str) -> Fact {
        let (component, status) = (id(component), Status::MajorOutage);
        Fact::Public(Change::StatusChanged { component, status, from: UnixMs(1) })
    }

    /// A page of one of two components, with a listener.
    async fn scene() -> (tempfile::TempDir, FurtherPages, Fold) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let components = ["api", "web"].map(|name| ComponentDefinition::new(id(name), name.into())).into();
        let configured = Change::Configured(PageDefinition { components, ..PageDefinition::default() });
        let mut fold = Fold::empty(Origin::new("o").unwrap());
        follow(&mut fold, vec![Fact::Public(configured), Fact::PagesConfigured(vec![page("Partners")])]);
        let renderer = Renderer::new(store, Shell::new(None));
        let pages = FurtherPages::new(renderer, &fold, CancellationToken::new());
        (folder, pages, fold)
    }

    #[tokio::test]
    async fn a_listener_hears_of_the_components_of_its_page_alone() {
        let (_folder, pages, mut fold) = scene().await;
        let shown = Arc::clone(&pages.all()[0]);
        let mut ear = shown.hub.subscribe(None).receiver;
        let heard = follow(&mut fold, vec![status("web"), status("api")]);
        pages.show(&fold, heard);
        let row = |name| PulseRow { component: id(name), checked_at: UnixMs(1), latency_ms: None };
        pages.pulse(&Pulse { rows: vec![row("web"), row("api")], ..Pulse::default() });
        let mut next = async || String::from_utf8(ear.recv().await.unwrap().plain.to_vec()).unwrap();
        let change = next().await;
        assert!(change.contains("\"api\"") && change.contains("\"seq\":4,\"after\":2"), "{change}");
        let pulse = next().await;
        assert!(pulse.contains("\"api\"") && !pulse.contains("web"), "{pulse}");
        assert_eq!((shown.pages.snapshot().seq, shown.hub.snapshot().components.len()), (4, 1));
    }

    #[tokio::test]
    async fn a_page_that_is_another_now_ends_and_one_that_is_as_it_was_goes_on() {
        let (_folder, pages, mut fold) = scene().await;
        let begun = Arc::clone(&pages.all()[0]);
        let heard = follow(&mut fold, vec![Fact::PagesConfigured(vec![page("Partners")])]);
        pages.show(&fold, heard);
        assert!(Arc::ptr_eq(&begun, &pages.all()[0]) && !begun.ended.is_cancelled());
        let heard = follow(&mut fold, vec![Fact::PagesConfigured(vec![page("Friends")])]);
        pages.show(&fold, heard);
        assert!(begun.ended.is_cancelled() && !pages.all()[0].ended.is_cancelled());
        assert_eq!(pages.all()[0].pages.snapshot().page.name.plain(), "Friends");
        pages.show_anew(&fold);
        let heard = follow(&mut fold, vec![Fact::PagesConfigured(Vec::new())]);
        pages.show(&fold, heard);
        assert!(pages.all().is_empty());
    }
}
