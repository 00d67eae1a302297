//! Sums from outside: databases that SQLite itself writes and reads through them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

const ROWS: i64 = 3_000;

fn file(place: &TempDir) -> std::path::PathBuf {
    place.path().join("a.db")
}

async fn open(path: &Path, mode: SqliteJournalMode) -> SqliteConnection {
    assert!(pharos_pagesums::register());
    SqliteConnectOptions::new().filename(path).journal_mode(mode).connect().await.unwrap()
}

/// Rows, some with values that need pages of their own, and an index.
async fn fill(connection: &mut SqliteConnection) {
    for statement in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, long TEXT)",
        "CREATE INDEX by_number ON t (number)",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO t SELECT i, i * 7 % 1000, CASE WHEN i % 50 = 0 THEN hex(zeroblob(9000)) END FROM n",
        "DELETE FROM t WHERE id % 11 = 0",
        "UPDATE t SET number = number + 1 WHERE id % 13 = 0",
    ] {
        sqlx::query(statement).execute(&mut *connection).await.unwrap();
    }
}

async fn sum(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    let read = "SELECT sum(id * number), sum(length(long)) FROM t NOT INDEXED";
    sqlx::query_as(read).fetch_one(connection).await
}

fn walked(path: &Path) -> Vec<u32> {
    let mut walk = pharos_pagesums::Walk::begin(path).unwrap().unwrap();
    let mut found = Vec::new();
    while let Some(some) = walk.go_on().unwrap() {
        found.extend(some);
    }
    found
}

/// Makes a database with sums that nobody has open, and what its rows add up to.
async fn made(place: &TempDir, mode: SqliteJournalMode) -> (i64, i64) {
    pharos_pagesums::begin(&file(place)).unwrap();
    let mut connection = open(&file(place), mode).await;
    fill(&mut connection).await;
    let total = sum(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    total
}

#[tokio::test]
async fn a_database_is_written_with_sums_and_read_again_in_every_mode() {
    for mode in [
        SqliteJournalMode::Wal,
        SqliteJournalMode::Delete,
        SqliteJournalMode::Memory,
        SqliteJournalMode::Truncate,
    ] {
        let place = TempDir::new().unwrap();
        let made = made(&place, mode).await;
        assert_eq!(walked(&file(&place)), [0_u32; 0], "{mode:?}");
        let mut connection = open(&file(&place), mode).await;
        assert_eq!(sum(&mut connection).await.unwrap(), made, "{mode:?}");
        let check: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        assert_eq!(check, "ok");
        sqlx::query("VACUUM").execute(&mut connection).await.unwrap();
        assert_eq!(sum(&mut connection).await.unwrap(), made, "{mode:?}");
        connection.close().await.unwrap();
        assert_eq!(walked(&file(&place)), [0_u32; 0], "{mode:?}, vacuumed");
        assert_eq!(pharos_pagesums::is_summed(&file(&place)).unwrap(), Some(true));
    }
}

#[tokio::test]
async fn what_was_rolled_back_leaves_good_sums() {
    let place = TempDir::new().unwrap();
    let made = made(&place, SqliteJournalMode::Delete).await;
    let mut connection = open(&file(&place), SqliteJournalMode::Delete).await;
    // So little memory that pages are written before the end.
    for statement in ["PRAGMA cache_size = 5", "BEGIN", "UPDATE t SET number = number + 5", "ROLLBACK"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    assert_eq!(sum(&mut connection).await.unwrap(), made);
    connection.close().await.unwrap();
    assert_eq!(walked(&file(&place)), [0_u32; 0]);
}

#[tokio::test]
async fn a_bit_that_turned_is_never_read_as_if_nothing_were() {
    let place = TempDir::new().unwrap();
    let made = made(&place, SqliteJournalMode::Wal).await;
    let whole = fs::read(file(&place)).unwrap();
    let pages = whole.len() / pharos_pagesums::PAGE_BYTES;
    let (mut refused, mut bit) = (0, 12_345_usize);
    for _ in 0..200 {
        bit = bit.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (bit >> 16) % (whole.len() * 8);
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(file(&place), bytes).unwrap();
        let page = u32::try_from(bit / 8 / pharos_pagesums::PAGE_BYTES + 1).unwrap();
        assert_eq!(walked(&file(&place)), [page], "bit {bit}");
        let options = SqliteConnectOptions::new().filename(file(&place)).read_only(true);
        let read = match options.connect().await {
            Ok(mut connection) => {
                let read = sum(&mut connection).await;
                connection.close().await.unwrap();
                read
            }
            Err(error) => Err(error),
        };
        match read {
            Ok(read) => assert_eq!(read, made, "bit {bit}"),
            Err(error) => {
                refused += 1;
                let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap();
                // What is no database at all has no page that could be held against its sum.
                assert!(["8202", "26"].contains(&&*code), "bit {bit}: {error}");
                if code == "8202" {
                    assert!(pharos_pagesums::damaged(&file(&place)).contains(&page), "bit {bit}");
                }
            }
        }
    }
    assert!(refused > 100, "{refused} of 200 in {pages} pages");
}

#[tokio::test]
async fn two_pages_that_changed_places_are_found() {
    let place = TempDir::new().unwrap();
    made(&place, SqliteJournalMode::Wal).await;
    let mut bytes = fs::read(file(&place)).unwrap();
    let (one, other) = (3 * pharos_pagesums::PAGE_BYTES, 9 * pharos_pagesums::PAGE_BYTES);
    for index in 0..pharos_pagesums::PAGE_BYTES {
        bytes.swap(one + index, other + index);
    }
    fs::write(file(&place), bytes).unwrap();
    assert_eq!(walked(&file(&place)), [4, 10]);
}

#[tokio::test]
async fn a_database_of_others_is_written_and_read_as_ever() {
    let place = TempDir::new().unwrap();
    assert!(pharos_pagesums::register());
    let options = SqliteConnectOptions::new().filename(file(&place)).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    fill(&mut connection).await;
    let (rows,): (i64,) = sqlx::query_as("SELECT count(*) FROM t").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, ROWS - ROWS / 11);
    connection.close().await.unwrap();
    assert_eq!(pharos_pagesums::is_summed(&file(&place)).unwrap(), Some(false));
    assert_eq!(fs::read(file(&place)).unwrap()[20], 0);
}

#[tokio::test]
async fn several_read_while_one_writes() {
    let place = TempDir::new().unwrap();
    let made = made(&place, SqliteJournalMode::Wal).await;
    let mut writer = open(&file(&place), SqliteJournalMode::Wal).await;
    let mut readers = [
        open(&file(&place), SqliteJournalMode::Wal).await,
        open(&file(&place), SqliteJournalMode::Wal).await,
    ];
    for round in 0..50_i64 {
        sqlx::query("UPDATE t SET number = number + 1").execute(&mut writer).await.unwrap();
        if round % 7 == 0 {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer).await.unwrap();
        }
        for reader in &mut readers {
            let read = sum(reader).await.unwrap();
            assert!(read.0 > made.0 && read.1 == made.1, "{read:?}");
        }
        assert_eq!(walked(&file(&place)), [0_u32; 0]);
    }
}
