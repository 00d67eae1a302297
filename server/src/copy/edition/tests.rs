//! Editions in a real folder: what is made anew, what waits, and what goes.

use std::time::Duration;

use pharos_app::Shell;
use pharos_bucket::{Durability, Folder};
use pharos_engine::Fact;
use pharos_model::{
    CivilDate, Component, ComponentDefinition, ComponentId, Day, Impact, IncidentId, IncidentSource,
    IncidentStatus, PageDefinition, Status,
};
use pharos_store::SqliteStore;
use tempfile::TempDir;

use super::*;

const BEGAN: UnixMs = UnixMs(1_795_000_000_000);

fn definition() -> ComponentDefinition {
    ComponentDefinition::new(ComponentId::new("api").unwrap(), "API".into())
}

struct Scene {
    copy: Copy,
    place: TempDir,
    _data: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let [place, data] = [(); 2].map(|()| TempDir::new().unwrap());
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(data.path()).await.unwrap());
        let bucket = Arc::new(Folder::open(place.path(), Durability::Fast).unwrap());
        let publisher = Publisher::new(bucket, Duration::from_mins(1));
        let parts = (Renderer::new(Arc::clone(&store), Shell::new(None)), Arc::new(Assets::default()));
        Self { copy: Copy::new(publisher, parts, store), place, _data: data }
    }

    async fn publish(&mut self, (seq, status): (u64, Status), is_behind: bool) -> Published {
        let at = UnixMs(BEGAN.0 + i64::try_from(seq).unwrap());
        let component = Component { status, ..Component::unseen(definition(), UnixMs(1_794_000_000_000)) };
        let day = |day: u8| Day {
            date: CivilDate::from_ymd(2026, 11, day),
            starts_at: UnixMs(1_794_873_600_000 + i64::from(day - 17) * 86_400_000),
        };
        let days = vec![day(17), day(18)];
        let snapshot = Snapshot { at, seq, days, components: vec![component], ..Snapshot::default() };
        self.show(snapshot, is_behind).await
    }

    async fn show(&mut self, snapshot: Snapshot, is_behind: bool) -> Published {
        let (at, brand) = (snapshot.at, Brand::default());
        let around = Around { leads: || true, is_behind: || is_behind };
        self.copy.publish((&Arc::new(snapshot), Vec::new()), (1, &brand), (at, at), around).await.unwrap()
    }

    /// Appends to the journal, and shows what is known then.
    async fn decide(&mut self, at: UnixMs, changes: Vec<Change>) {
        let facts = changes.into_iter().map(Fact::Public).collect();
        self.copy.store.append(at, facts).await.unwrap();
        let snapshot = self.copy.store.load().await.unwrap().board;
        self.show(snapshot, false).await;
    }

    fn says(&self, name: &str, text: &str) -> bool {
        std::fs::read_to_string(self.place.path().join(name)).is_ok_and(|page| page.contains(text))
    }
}

#[tokio::test]
async fn what_is_newer_does_not_wait_until_the_first_copy_is_whole() {
    let mut scene = Scene::new().await;
    let begun = scene.publish((1, Status::Operational), true).await;
    assert_eq!(begun.end, End::Unlisted);
    assert!(scene.says("index.html", "All systems operational"));
    let mut ends = Vec::new();
    for seq in 2..200 {
        ends.push(scene.publish((seq, Status::MajorOutage), true).await.end);
        if ends.last() == Some(&End::Whole) {
            break;
        }
        assert!(scene.says("index.html", "Major outage"));
    }
    assert_eq!(ends.last(), Some(&End::Whole), "what never ends is never listed");
    assert!(scene.says("components/api/index.html", "Major outage"));
}

#[tokio::test]
async fn what_is_newer_does_not_wait_until_the_pages_of_each_component_are_made_anew() {
    let mut scene = Scene::new().await;
    let whole = scene.publish((1, Status::Operational), false).await;
    let early = scene.publish((2, Status::MajorOutage), true).await;
    assert_eq!((whole.end, early.end, early.parts), (End::Whole, End::Early, whole.parts));
    assert!(scene.says("copy.json", "\"seq\":2"));
    assert!(scene.says("index.html", "Major outage"));
    assert!(!scene.says("components/api/index.html", "Major outage"));
    let rest = scene.publish((3, Status::MajorOutage), false).await;
    assert_eq!(rest.end, End::Whole);
    assert!(scene.says("components/api/index.html", "Major outage"));
}

#[tokio::test]
async fn what_is_over_is_made_anew_only_to_tell_a_smaller_age() {
    let mut scene = Scene::new().await;
    let day = scene.place.path().join("components/api/days/2026-11-17/index.html");
    let mut pages = Vec::new();
    for hours in [0, 5, 6] {
        let seq = 1 + hours * 3_600_000;
        scene.publish((seq, Status::Operational), false).await;
        pages.push(std::fs::read(&day).unwrap());
    }
    assert_eq!(pages[0], pages[1]);
    assert_ne!(pages[1], pages[2]);
}

fn incident(id: &IncidentId) -> Incident {
    Incident {
        id: id.clone(),
        title: "A name that slipped in".into(),
        source: IncidentSource::Operator,
        status: IncidentStatus::Investigating,
        impact: Impact::Minor,
        components: vec![ComponentId::new("api").unwrap()],
        root: None,
        began_at: BEGAN,
        resolved_at: None,
        updates: Vec::new(),
        pinned: false,
        taken_over: false,
        impact_stated: false,
        revision: 0,
        edited_at: None,
    }
}

#[tokio::test]
async fn an_incident_that_is_hidden_is_gone_with_the_next_edition() {
    let mut scene = Scene::new().await;
    let id = IncidentId::new("one").unwrap();
    let page = PageDefinition { components: vec![definition()], ..PageDefinition::default() };
    let day = Day { date: CivilDate::from_ymd(2026, 11, 18), starts_at: BEGAN };
    let opened = vec![Change::Configured(page), Change::DayBegan(day), Change::IncidentOpened(incident(&id))];
    scene.decide(BEGAN, opened).await;
    let places = ["incidents/one/index.html", "de/incidents/one/index.html", "incidents/one/card.png"];
    let there = |scene: &Scene| places.map(|name| scene.place.path().join(name).exists());
    assert_eq!(there(&scene), [true; 3]);
    scene.decide(UnixMs(BEGAN.0 + 60_000), vec![Change::IncidentHidden { id }]).await;
    assert_eq!(there(&scene), [false; 3]);
}
