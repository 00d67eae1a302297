//! The sums of pages: damage to the file is found before it is shown, named by what it hit, and got rid of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pharos_model::{Span, Status, UnixMs};
use pharos_pagesums::PAGE_BYTES;
use pharos_store::{
    Cut, LatencyPoint, Part, Resolution, RollupRow, Sample, Sketch, SqliteStore, StageSums, Store, StoreError,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::{component, configured, day, sample, status};

const SAMPLES: i64 = 4_000;
const CHANGES: i64 = 1_500;
const ALL: (UnixMs, UnixMs) = (UnixMs(i64::MIN), UnixMs(i64::MAX));

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("pharos.db")
}

/// A store with a history, which nobody has open.
async fn made() -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    store.append(UnixMs(0), vec![day(0), configured(&["api"])]).await.unwrap();
    let turn = |number: i64| {
        let is = if number % 2 == 0 { Status::MajorOutage } else { Status::Operational };
        status("api", is, number * 1_000)
    };
    for number in 1..=CHANGES / 100 {
        let facts = (1..=100).map(|place| turn((number - 1) * 100 + place)).collect();
        store.append(UnixMs(number * 100_000), facts).await.unwrap();
    }
    store.record((0..SAMPLES).map(|slot| sample(slot * 1_000)).collect()).await.unwrap();
    let rollup = |place: i64| RollupRow {
        component: component("api"),
        resolution: Resolution::Hour,
        starts_at: UnixMs(place * 3_600_000),
        looks: 7,
        failed: 1,
        sketch: Sketch::default(),
        stages: StageSums::default(),
    };
    store.import_rollups((0..1_500).map(rollup).collect()).await.unwrap();
    store.close().await.unwrap();
    directory
}

type History = (Vec<Sample>, Vec<Span>, Vec<LatencyPoint>);

async fn history(store: &SqliteStore) -> Result<History, StoreError> {
    let api = component("api");
    let samples = store.observations(&sample(0).check, 10_000).await?;
    let spans = store.spans(&api, ALL.0, ALL.1, 10_000).await?;
    let points = store.latency(&api, UnixMs(0), UnixMs(i64::MAX), Resolution::Hour, 1).await?;
    Ok((samples, spans, points))
}

async fn whole(directory: &TempDir) -> History {
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let history = history(&store).await.unwrap();
    store.close().await.unwrap();
    assert_eq!((history.0.len(), history.2.len()), (usize::try_from(SAMPLES).unwrap(), 1_500));
    history
}

/// The pages at the bottom of the tree of a table or an index, in its order.
async fn pages_of(directory: &TempDir, name: &str) -> Vec<u32> {
    let mut connection = SqliteConnectOptions::new().filename(file(directory)).connect().await.unwrap();
    let read = "SELECT rootpage FROM sqlite_schema WHERE name = $1";
    let root: u32 = sqlx::query_scalar(read).bind(name).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let mut leaves = Vec::new();
    descend(&fs::read(file(directory)).unwrap(), root, &mut leaves);
    leaves
}

/// Follows the pointers of pages that have pages below them, as the format of SQLite has them.
fn descend(bytes: &[u8], page: u32, leaves: &mut Vec<u32>) {
    let page_bytes = &bytes[(page as usize - 1) * PAGE_BYTES..][..PAGE_BYTES];
    let number = |at: usize| u32::from_be_bytes(page_bytes[at..at + 4].try_into().unwrap());
    let short = |at: usize| usize::from(u16::from_be_bytes([page_bytes[at], page_bytes[at + 1]]));
    if !matches!(page_bytes[0], 2 | 5) {
        return leaves.push(page);
    }
    for cell in 0..short(3) {
        descend(bytes, number(short(12 + 2 * cell)), leaves);
    }
    descend(bytes, number(8), leaves);
}

fn turn_bit(path: &Path, page: u32) {
    let mut bytes = fs::read(path).unwrap();
    let place = (page as usize - 1) * PAGE_BYTES + 2_000;
    bytes[place] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_bit_turned_in_the_history_is_found_before_it_is_shown() {
    let directory = made().await;
    let truth = whole(&directory).await;
    let good = fs::read(file(&directory)).unwrap();
    for (table, part) in [("samples", Part::Samples), ("spans", Part::Spans), ("rollups", Part::Rollups)] {
        let pages = pages_of(&directory, table).await;
        assert!(pages.len() > 10, "{table}: {pages:?}");
        for page in pages.iter().step_by(pages.len() / 5) {
            turn_bit(&file(&directory), *page);
            let store = SqliteStore::open(directory.path()).await.unwrap();
            let shown = history(&store).await;
            assert!(
                matches!(shown, Err(StoreError::Page { part: found }) if found == part),
                "page {page} of {table}"
            );
            assert_eq!(*store.damage().borrow(), BTreeSet::from([part]));
            store.close().await.unwrap();
            drop(store);
            fs::write(file(&directory), &good).unwrap();
        }
    }
    assert_eq!(whole(&directory).await, truth);
}

#[tokio::test]
async fn reading_every_page_names_what_is_damaged_and_takes_it_back_when_it_is_good_again() {
    let directory = made().await;
    let (page, good) = (pages_of(&directory, "spans").await[3], fs::read(file(&directory)).unwrap());
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.has_sums(), Some(true));
    let read = store.read_pages(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((read.pages as usize, read.damaged.len()), (good.len() / PAGE_BYTES, 0));
    turn_bit(&file(&directory), page);
    let read = store.read_pages(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((read.damaged, read.parts), (vec![page], BTreeSet::from([Part::Spans])));
    assert_eq!(*store.damage().borrow(), BTreeSet::from([Part::Spans]));
    turn_bit(&file(&directory), page);
    store.read_pages(Duration::ZERO).await.unwrap();
    assert_eq!(*store.damage().borrow(), BTreeSet::new());
}

#[tokio::test]
async fn pages_that_are_just_written_are_not_called_damaged() {
    let directory = made().await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let writing = async {
        for batch in 0..60 {
            let slots = (0..500).map(|slot| sample((SAMPLES + batch * 500 + slot) * 1_000));
            store.record(slots.collect()).await.unwrap();
        }
    };
    let reading = async {
        for _ in 0..40 {
            let read = store.read_pages(Duration::ZERO).await.unwrap().unwrap();
            assert_eq!(read.damaged, [0_u32; 0]);
        }
    };
    tokio::join!(writing, reading);
}

#[tokio::test]
async fn a_file_of_a_version_without_sums_gets_them_when_it_is_opened_and_keeps_all_it_holds() {
    let directory = made().await;
    let truth = whole(&directory).await;
    without_sums(&directory).await;
    assert_eq!(pharos_pagesums::is_summed(&file(&directory)).unwrap(), Some(false));
    assert_eq!(whole(&directory).await, truth);
    assert_eq!(pharos_pagesums::is_summed(&file(&directory)).unwrap(), Some(true));
    let read = SqliteStore::read_pages(directory.path(), Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(read.damaged, [0_u32; 0]);
    assert!(!directory.path().join("pharos.db.damaged").exists(), "nothing of it was damaged");
}

/// Makes the file one as a version without sums wrote it.
async fn without_sums(directory: &TempDir) {
    let (path, plain) = (file(directory), directory.path().join("plain.db"));
    let options = SqliteConnectOptions::new().filename(&plain).create_if_missing(true).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let attach = sqlx::query("ATTACH DATABASE $1 AS old").bind(path.display().to_string());
    attach.execute(&mut connection).await.unwrap();
    let read = "SELECT sql FROM old.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let mut statements: Vec<String> = sqlx::query_scalar(read).fetch_all(&mut connection).await.unwrap();
    let read = "SELECT 'INSERT INTO main.' || name || ' SELECT * FROM old.' || name FROM old.sqlite_schema WHERE type = 'table'";
    statements.extend(sqlx::query_scalar::<_, String>(read).fetch_all(&mut connection).await.unwrap());
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    fs::rename(plain, path).unwrap();
}

async fn rebuilt(directory: &TempDir) -> Vec<Cut> {
    let cuts = SqliteStore::rebuild(directory.path()).await.unwrap().unwrap();
    assert!(directory.path().join("pharos.db.damaged").exists(), "what was damaged is kept");
    assert_eq!(SqliteStore::rebuild(directory.path()).await.unwrap(), None, "nothing is damaged any more");
    cuts
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_table_is_kept_on_both_sides_of_the_damage() {
    let directory = made().await;
    let truth = whole(&directory).await;
    for (table, part) in [("samples", Part::Samples), ("spans", Part::Spans)] {
        let pages = pages_of(&directory, table).await;
        turn_bit(&file(&directory), pages[pages.len() / 2]);
        let cut = Cut { table: table.to_owned(), part };
        assert_eq!(rebuilt(&directory).await, [cut]);
    }
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let (samples, spans, points) = history(&store).await.unwrap();
    assert_eq!(points, truth.2);
    for (left, all, named) in
        [(samples.len(), truth.0.len(), "samples"), (spans.len(), truth.1.len(), "spans")]
    {
        assert!(left < all && all - left < 200, "{named}: {left} of {all}");
    }
    let ends = |of: &[Sample]| (of[0].clone(), of[of.len() - 1].clone());
    assert_eq!(ends(&samples), ends(&truth.0));
    assert_eq!((spans[0], spans.last()), (truth.1[0], truth.1.last()));
}

#[tokio::test]
async fn a_damaged_index_costs_nothing() {
    let directory = made().await;
    let truth = whole(&directory).await;
    turn_bit(&file(&directory), pages_of(&directory, "samples_by_time").await[2]);
    assert_eq!(rebuilt(&directory).await, []);
    assert_eq!(whole(&directory).await, truth);
}

#[tokio::test]
async fn a_damaged_end_of_the_journal_is_nothing_to_go_on_from() {
    let directory = made().await;
    let last = *pages_of(&directory, "journal").await.last().unwrap();
    turn_bit(&file(&directory), last);
    let before = fs::read(file(&directory)).unwrap();
    let refused = SqliteStore::rebuild(directory.path()).await;
    assert!(matches!(refused, Err(StoreError::Damaged { seq: 2.., .. })), "{refused:?}");
    assert_eq!(fs::read(file(&directory)).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_snapshot_row_keeps_nobody_from_starting() {
    let directory = made().await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let fold = store.load().await.unwrap();
    store.save_fold(&fold).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let page = pages_of(&directory, "folds").await[0];
    turn_bit(&file(&directory), page);
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.load().await.unwrap(), fold);
}

#[tokio::test]
async fn what_another_program_wrote_is_taken_as_it_is_when_it_is_asked_for() {
    let directory = made().await;
    let options = SqliteConnectOptions::new().filename(file(&directory)).vfs(pharos_pagesums::BELOW);
    let mut other = options.connect().await.unwrap();
    let change = "UPDATE spans SET measured = 'operational' WHERE id = 7";
    sqlx::query(change).execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert!(matches!(history(&store).await, Err(StoreError::Page { part: Part::Spans })));
    store.close().await.unwrap();
    drop(store);
    assert_eq!(SqliteStore::seal(directory.path()).await.unwrap(), Some(1));
    let (_, spans, _) = whole(&directory).await;
    assert_eq!(spans.iter().filter(|span| span.measured == Some(Status::Operational)).count(), 1);
}

#[tokio::test]
async fn a_log_whose_file_is_gone_is_brought_into_no_other() {
    let directory = made().await;
    let store = SqliteStore::open(directory.path()).await.unwrap();
    store.append(UnixMs(1_000_000_000), vec![day(9)]).await.unwrap();
    let log = fs::read(directory.path().join("pharos.db-wal")).unwrap();
    store.close().await.unwrap();
    drop(store);
    fs::remove_file(file(&directory)).unwrap();
    fs::write(directory.path().join("pharos.db-wal"), log).unwrap();
    let store = SqliteStore::open(directory.path()).await.unwrap();
    assert_eq!(store.head().await.unwrap().seq, 0);
}
