//! Editions, and publishers that race to write them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use pharos_bucket::edition::{Document, EditionError, MANIFEST, Manifest, Mark, Publisher};
use pharos_bucket::{Bucket, BucketError, Condition, Durability, Folder, Key, Listed, Media, Tag};
use tempfile::TempDir;

fn mark(term: u64, seq: u64) -> Mark {
    Mark { origin: "o".to_owned(), term, seq }
}

fn page(name: &str, text: &str) -> Document {
    let key = Key::new(name).unwrap();
    Document { key, body: text.to_owned().into(), media: Media::PRIVATE, says: text.to_owned() }
}

struct Scene {
    place: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { place: TempDir::new().unwrap() }
    }

    fn bucket(&self) -> Arc<dyn Bucket> {
        Arc::new(Folder::open(self.place.path(), Durability::Fast).unwrap())
    }

    fn publisher(&self) -> Publisher {
        Publisher::new(self.bucket(), Duration::from_mins(10))
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.place.path().join(name)).ok()
    }

    fn there(&self) -> Manifest {
        serde_json::from_str(&self.read(MANIFEST).unwrap()).unwrap()
    }
}

async fn publish(
    publisher: &mut Publisher,
    mark: &Mark,
    pages: &[(&str, &str)],
) -> Result<usize, EditionError> {
    publisher.begin(mark).await?;
    let keys: BTreeSet<Key> = pages.iter().map(|(name, _)| Key::new(name).unwrap()).collect();
    let documents: Vec<Document> = pages.iter().map(|(name, text)| page(name, text)).collect();
    let changed: Vec<Document> =
        documents.into_iter().filter(|document| !publisher.has(&document.key, &document.says)).collect();
    let count = changed.len();
    publisher.write(changed, 7).await?;
    publisher.finish(mark, &keys, 7).await?;
    Ok(count)
}

#[tokio::test]
async fn only_what_changed_is_written_and_what_is_gone_is_removed() {
    let scene = Scene::new();
    let mut publisher = scene.publisher();
    assert_eq!(publish(&mut publisher, &mark(1, 1), &[("a", "1"), ("b", "1")]).await.unwrap(), 2);
    assert_eq!(publish(&mut publisher, &mark(1, 2), &[("a", "1"), ("b", "2")]).await.unwrap(), 1);
    assert_eq!(publish(&mut publisher, &mark(1, 3), &[("b", "2")]).await.unwrap(), 0);
    assert_eq!((scene.read("a"), scene.read("b").as_deref()), (None, Some("2")));
    assert_eq!(scene.there().mark, mark(1, 3));
}

/// A folder in which nothing can be removed while that is set.
struct Sticky(Arc<dyn Bucket>, Arc<AtomicBool>);

#[async_trait]
impl Bucket for Sticky {
    async fn get(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError> {
        self.0.get(key, bytes_max).await
    }

    async fn put(&self, key: &Key, body: Bytes, media: Media) -> Result<Tag, BucketError> {
        self.0.put(key, body, media).await
    }

    async fn put_if(
        &self,
        key: &Key,
        body: Bytes,
        media: Media,
        condition: &Condition,
    ) -> Result<Option<Tag>, BucketError> {
        self.0.put_if(key, body, media, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<(), BucketError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(BucketError::Unreachable { place: self.name(), why: "it sticks".to_owned() });
        }
        self.0.delete(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Listed>, BucketError> {
        self.0.list(prefix).await
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// What was hidden must not stay in a copy because its place did not answer once, or its publisher ended there.
#[tokio::test]
async fn what_could_not_be_removed_is_removed_by_whoever_ends_the_next_edition() {
    for is_another in [false, true] {
        let (scene, sticks) = (Scene::new(), Arc::new(AtomicBool::new(false)));
        let mut publisher =
            Publisher::new(Arc::new(Sticky(scene.bucket(), Arc::clone(&sticks))), Duration::from_mins(10));
        publish(&mut publisher, &mark(1, 1), &[("a", "1"), ("b", "1")]).await.unwrap();
        sticks.store(true, Ordering::SeqCst);
        publish(&mut publisher, &mark(1, 2), &[("b", "1")]).await.unwrap_err();
        assert!(scene.read("a").is_some());
        sticks.store(false, Ordering::SeqCst);
        if is_another {
            publisher = scene.publisher();
        }
        publish(&mut publisher, &mark(1, 2), &[("b", "1")]).await.unwrap();
        assert_eq!(scene.read("a"), None);
        publish(&mut publisher, &mark(1, 3), &[("a", "2"), ("b", "1")]).await.unwrap();
        assert_eq!((scene.read("a").as_deref(), scene.there().gone.len()), (Some("2"), 0));
    }
}

#[tokio::test]
async fn one_that_has_just_begun_writes_everything_anew() {
    let scene = Scene::new();
    publish(&mut scene.publisher(), &mark(1, 1), &[("a", "1")]).await.unwrap();
    assert_eq!(publish(&mut scene.publisher(), &mark(1, 1), &[("a", "1")]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_leader_of_before_publishes_nothing_any_more() {
    let scene = Scene::new();
    let (mut before, mut after) = (scene.publisher(), scene.publisher());
    publish(&mut before, &mark(1, 1), &[("a", "1")]).await.unwrap();
    publish(&mut after, &mark(2, 2), &[("a", "2")]).await.unwrap();
    let error = publish(&mut before, &mark(1, 3), &[("a", "stale")]).await.unwrap_err();
    assert!(matches!(error, EditionError::Newer { .. }), "{error}");
    assert_eq!(scene.read("a").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_node_that_lags_publishes_nothing_older() {
    let scene = Scene::new();
    publish(&mut scene.publisher(), &mark(1, 9), &[("a", "9")]).await.unwrap();
    let error = publish(&mut scene.publisher(), &mark(2, 8), &[("a", "8")]).await.unwrap_err();
    assert!(matches!(error, EditionError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn one_that_is_overtaken_between_its_beginning_and_its_writing_replaces_nothing() {
    let scene = Scene::new();
    let (mut before, mut after) = (scene.publisher(), scene.publisher());
    publish(&mut before, &mark(1, 1), &[("a", "1")]).await.unwrap();
    before.begin(&mark(1, 2)).await.unwrap();
    publish(&mut after, &mark(2, 3), &[("a", "3")]).await.unwrap();
    let error = before.write(vec![page("a", "stale"), page("new", "stale")], 7).await.unwrap_err();
    assert!(matches!(error, EditionError::Contested { .. }), "{error}");
    assert_eq!((scene.read("a").as_deref(), scene.read("new")), (Some("3"), None));
}

#[tokio::test]
async fn one_that_is_overtaken_between_its_writing_and_its_end_ends_nothing() {
    let scene = Scene::new();
    let (mut before, mut after) = (scene.publisher(), scene.publisher());
    before.begin(&mark(1, 1)).await.unwrap();
    before.write(vec![page("a", "1")], 7).await.unwrap();
    publish(&mut after, &mark(2, 3), &[("a", "3")]).await.unwrap();
    let keys = [Key::new("a").unwrap()].into();
    let error = before.finish(&mark(1, 1), &keys, 7).await.unwrap_err();
    assert!(matches!(error, EditionError::Contested { .. }), "{error}");
    assert_eq!((scene.there().mark, scene.read("a").as_deref()), (mark(2, 3), Some("3")));
}

#[tokio::test]
async fn one_of_before_begins_nothing_where_a_later_one_has_begun() {
    let scene = Scene::new();
    scene.publisher().begin(&mark(2, 3)).await.unwrap();
    let error = scene.publisher().begin(&mark(1, 2)).await.unwrap_err();
    assert!(matches!(error, EditionError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn what_one_that_never_ended_left_is_replaced() {
    let scene = Scene::new();
    let mut publisher = scene.publisher();
    publish(&mut publisher, &mark(1, 1), &[("a", "1")]).await.unwrap();
    let mut crashed = scene.publisher();
    crashed.begin(&mark(1, 2)).await.unwrap();
    crashed.write(vec![page("a", "2"), page("b", "2")], 7).await.unwrap();
    publish(&mut scene.publisher(), &mark(1, 2), &[("a", "2"), ("b", "2"), ("c", "2")]).await.unwrap();
    assert_eq!(scene.there().objects.len(), 3);
    assert_eq!(scene.read("b").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_copy_by_another_journal_is_taken_over_only_when_nobody_stands_for_it() {
    let scene = Scene::new();
    let other = Mark { origin: "other".to_owned(), term: 9, seq: 99 };
    let mut theirs = scene.publisher();
    publish(&mut theirs, &other, &[("a", "theirs")]).await.unwrap();
    let mut ours = Publisher::new(scene.bucket(), Duration::from_millis(60));
    let refused = |result: Result<usize, EditionError>| matches!(result, Err(EditionError::OfAnother { .. }));
    assert!(refused(publish(&mut ours, &mark(1, 1), &[("a", "ours")]).await));
    let started = std::time::Instant::now();
    theirs.stamp(8).await.unwrap();
    assert!(refused(publish(&mut ours, &mark(1, 1), &[("a", "ours")]).await), "it was renewed");
    loop {
        let published = publish(&mut ours, &mark(1, 1), &[("a", "ours")]).await;
        if published.is_ok() {
            break;
        }
        assert!(refused(published) && started.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert!(theirs.stamp(9).await.is_err(), "it is not theirs any more");
    assert_eq!(scene.read("a").as_deref(), Some("ours"));
}

#[tokio::test]
async fn what_is_no_list_is_not_overwritten() {
    let scene = Scene::new();
    std::fs::write(scene.place.path().join(MANIFEST), "{\"name\":\"not ours\"}").unwrap();
    let error = publish(&mut scene.publisher(), &mark(1, 1), &[("a", "1")]).await.unwrap_err();
    assert!(error.to_string().ends_with("is no list of a copy; empty the place, or use another"), "{error}");
}

#[tokio::test]
async fn a_first_edition_that_did_not_come_to_its_end_goes_on_with_what_is_missing() {
    let scene = Scene::new();
    publish(&mut scene.publisher(), &mark(1, 1), &[("a", "1"), ("b", "1")]).await.unwrap();
    let mut publisher = scene.publisher();
    publisher.begin(&mark(2, 2)).await.unwrap();
    publisher.write(vec![page("a", "1")], 7).await.unwrap();
    assert!(!publisher.may_end_early());
    publisher.begin(&mark(2, 3)).await.unwrap();
    let [first, second] = ["a", "b"].map(|name| Key::new(name).unwrap());
    assert!(publisher.knows(&first) && !publisher.knows(&second));
    assert_eq!(publish(&mut publisher, &mark(2, 3), &[("a", "1"), ("b", "1")]).await.unwrap(), 1);
    assert!(publisher.may_end_early());
    assert_eq!(scene.there().mark, mark(2, 3));
}
