//! `publishers`: a publisher of the static copy is stopped in its tracks, another publishes in its place, and the first goes on.
//!
//! Both write to a real folder, through a witness that notes every list that takes the place of another. What may follow what is told
//! by the numbers that the drill gave out, and what each file must say by who wrote the edition that lists it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use bytes::Bytes;
use pharos_bucket::edition::{Document, EditionError, MANIFEST, Manifest, Mark, Publisher, STAMP};
use pharos_bucket::{Bucket, BucketError, Condition, Durability, Folder, Key, Listed, Media, Tag};
use pharos_engine::simulator::Random;
use tokio::sync::Notify;

use crate::Drill;
use crate::cluster::play;
use crate::play::Play;
use crate::report::{Report, count_of};

const HEEDLESS: &str = "heedless";
const HEEDLESS_OF_PAGES: &str = "heedless-of-pages";
const OBEDIENT: &str = "obedient";

pub const DRILL: Drill = Drill {
    name: "publishers",
    about: "publishers of the static copy, of which one is stopped at any moment and goes on when another has published",
    round: "a race of two",
    rounds: 1_000,
    rounds_short: 200,
    in_tests: true,
    bars: "the term and the place of what is published never go back; no page says what a later edition does not; of those that were \
           stopped some still tried to write, or the drill would be blunt",
    sabotages: &[
        (HEEDLESS, "the place takes no notice of conditions"),
        (HEEDLESS_OF_PAGES, "the place takes no notice of conditions but for the list"),
        (OBEDIENT, "the one that is stopped never goes on"),
    ],
    needs_binary: false,
    run,
};

/// Pages of an edition.
const PAGES: u64 = 6;
/// Operations of an edition, after any of which a publisher may be stopped.
const OPERATIONS_MAX: u64 = 26;
/// How often a publisher that meets another tries again.
const ATTEMPTS_MAX: u32 = 50;

/// What happened.
#[derive(Default)]
struct Counts {
    /// Lists that went back.
    regressions: u64,
    /// Pages that say something else than the edition that lists them.
    stale: u64,
    /// Operations of publishers that went on after they were overtaken.
    late: u64,
    /// Publishers that were told that another is further along.
    deposed: u64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut counts = Counts::default();
        for round in 0..drill.rounds {
            race(drill, round, &mut counts).await?;
        }
        let mut report = Report::default();
        report.none(
            "regressions",
            "editions after which the term or the place went back",
            counts.regressions,
        );
        report.none("stale", "pages that say what the edition that lists them does not", counts.stale);
        let title = "operations of publishers that had been overtaken";
        report.at_least(("late", title, ""), count_of(counts.late), f64::from(drill.rounds) / 4.0);
        report.note(
            "deposed",
            "publishers that heard that another is further along",
            "",
            count_of(counts.deposed),
        );
        Ok(report)
    })
}

/// What stands between a publisher and the folder.
struct Witness {
    folder: Folder,
    /// The marks of lists, in the order in which they were written.
    marks: Arc<tokio::sync::Mutex<Vec<Mark>>>,
    /// After so many operations of this publisher it is stopped, until somebody lets it go on.
    stops_after: u64,
    done: AtomicU64,
    late: Arc<AtomicU64>,
    /// Whether the other has published.
    is_overtaken: Arc<AtomicBool>,
    goes_on: Arc<Notify>,
    chance: Mutex<Random>,
    sabotage: Option<&'static str>,
}

impl Witness {
    /// Before each operation.
    async fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::SeqCst);
        if done == self.stops_after {
            self.goes_on.notified().await;
        }
        if done >= self.stops_after && self.is_overtaken.load(Ordering::SeqCst) {
            self.late.fetch_add(1, Ordering::SeqCst);
        }
        let pauses = self.chance.lock().unwrap_or_else(PoisonError::into_inner).between(0, 3);
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
    }

    fn heeds(&self, key: &Key) -> bool {
        match self.sabotage {
            Some(HEEDLESS) => false,
            Some(HEEDLESS_OF_PAGES) => [MANIFEST, STAMP].contains(&key.as_str()),
            _ => true,
        }
    }
}

#[async_trait]
impl Bucket for Witness {
    async fn get(&self, key: &Key, bytes_max: usize) -> Result<Option<(Bytes, Tag)>, BucketError> {
        self.step().await;
        self.folder.get(key, bytes_max).await
    }

    async fn put(&self, key: &Key, body: Bytes, media: Media) -> Result<Tag, BucketError> {
        self.step().await;
        self.folder.put(key, body, media).await
    }

    async fn put_if(
        &self,
        key: &Key,
        body: Bytes,
        media: Media,
        condition: &Condition,
    ) -> Result<Option<Tag>, BucketError> {
        self.step().await;
        let list =
            (key.as_str() == MANIFEST).then(|| serde_json::from_slice::<Manifest>(&body).ok()).flatten();
        // Lists are written one after the other, so that the order in which they are noted is that in which they were written.
        let mut marks = if list.is_some() { Some(self.marks.lock().await) } else { None };
        let written = if self.heeds(key) {
            self.folder.put_if(key, body, media, condition).await?
        } else {
            Some(self.folder.put(key, body, media).await?)
        };
        if let (Some(marks), Some(list)) = (&mut marks, list.filter(|_| written.is_some())) {
            marks.push(list.mark);
        }
        Ok(written)
    }

    async fn delete(&self, key: &Key) -> Result<(), BucketError> {
        self.step().await;
        self.folder.delete(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Listed>, BucketError> {
        self.folder.list(prefix).await
    }

    fn name(&self) -> String {
        self.folder.name()
    }
}

fn mark(term: u64, seq: u64) -> Mark {
    Mark { origin: "drill".to_owned(), term, seq }
}

/// What a page says in the edition of a mark. Most pages change seldom.
fn says(page: u64, mark: &Mark) -> String {
    let since = if page.is_multiple_of(2) { mark.seq } else { mark.seq / 3 };
    format!("page {page} as of {since}")
}

/// A page as a publisher writes it: it says also by whom it was written.
fn document(page: u64, mark: &Mark) -> Result<Document> {
    let says = says(page, mark);
    let body = Bytes::from(format!("{says}\nby {}.{}", mark.term, mark.seq));
    Ok(Document { key: Key::new(&format!("{page}/index.html"))?, body, media: Media::PRIVATE, says })
}

async fn publish(publisher: &mut Publisher, mark: &Mark) -> Result<Result<(), EditionError>> {
    let documents = (0..PAGES).map(|page| document(page, mark)).collect::<Result<Vec<_>>>()?;
    let keys: BTreeSet<Key> = documents.iter().map(|document| document.key.clone()).collect();
    let edition = async {
        publisher.begin(mark).await?;
        let changed = documents.into_iter().filter(|document| !publisher.has(&document.key, &document.says));
        let changed: Vec<Document> = changed.collect();
        publisher.write(changed, 1).await?;
        publisher.finish(mark, &keys, 1).await
    };
    Ok(edition.await)
}

/// Publishes until it is done, or somebody is further along.
async fn insist(publisher: &mut Publisher, mark: &Mark) -> Result<bool> {
    for _ in 0..ATTEMPTS_MAX {
        match publish(publisher, mark).await? {
            Ok(()) => return Ok(true),
            Err(EditionError::Contested { .. }) => tokio::task::yield_now().await,
            Err(EditionError::Newer { .. }) => return Ok(false),
            Err(error) => bail!("{error}"),
        }
    }
    bail!("a publisher met others {ATTEMPTS_MAX} times")
}

async fn race(drill: &Play, round: u32, counts: &mut Counts) -> Result<()> {
    let folder = tempfile::tempdir().context("there is no room for a folder")?;
    let (marks, late, goes_on) = (Arc::default(), Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
    let is_overtaken = Arc::new(AtomicBool::new(false));
    let mut chance = drill.chance(u64::from(round));
    let witness = |stops_after: u64, chance: Random| -> Result<Publisher> {
        let witness = Witness {
            folder: Folder::open(folder.path(), Durability::Fast)?,
            marks: Arc::clone(&marks),
            stops_after,
            done: AtomicU64::new(0),
            late: Arc::clone(&late),
            is_overtaken: Arc::clone(&is_overtaken),
            goes_on: Arc::clone(&goes_on),
            chance: Mutex::new(chance),
            sabotage: drill.sabotage,
        };
        Ok(Publisher::new(Arc::new(witness), Duration::from_hours(1)))
    };
    let stops_after = chance.between(0, 2 * OPERATIONS_MAX);
    let mut first = witness(stops_after, drill.chance(u64::from(round) + (1 << 32)))?;
    let mut second = witness(u64::MAX, drill.chance(u64::from(round) + (1 << 33)))?;
    let seq = 10 + chance.between(0, 8);
    let zombie = tokio::spawn(async move {
        let mut deposed = 0;
        for seq in [seq, seq + 1, seq + 2] {
            deposed += u64::from(!insist(&mut first, &mark(1, seq)).await?);
        }
        anyhow::Ok(deposed)
    });
    // The other begins at any moment, also while the first is not stopped yet.
    for _ in 0..chance.between(0, 200) {
        tokio::task::yield_now().await;
    }
    let mut last = mark(2, seq + 3);
    anyhow::ensure!(insist(&mut second, &last).await?, "the later leader was told that it is none");
    is_overtaken.store(true, Ordering::SeqCst);
    if drill.is(OBEDIENT) {
        zombie.abort();
    } else {
        goes_on.notify_one();
        counts.deposed += zombie.await.context("the first publisher ended early")??;
    }
    if chance.chance(500_000) {
        last = mark(2, seq + 4);
        anyhow::ensure!(insist(&mut second, &last).await?, "the later leader was told that it is none");
    }
    counts.late += late.load(Ordering::SeqCst);
    let marks = marks.lock().await;
    counts.regressions += count(marks.windows(2).filter(|pair| !pair[1].may_follow(&pair[0])).count());
    counts.stale += stale(folder.path(), &last)?;
    Ok(())
}

/// Pages that say something else than the last edition does.
fn stale(folder: &Path, last: &Mark) -> Result<u64> {
    let mut stale = 0;
    for page in 0..PAGES {
        let text = std::fs::read_to_string(folder.join(format!("{page}/index.html")));
        let text = text.with_context(|| format!("page {page} is gone"))?;
        stale += u64::from(text.lines().next() != Some(&*says(page, last)));
    }
    Ok(stale)
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
