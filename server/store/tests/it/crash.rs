//! A process killed in the middle of a burst of writes, again and again: what it was told is stored, is.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pharos_engine::{Fact, Fold};
use pharos_model::{Status, UnixMs};
use pharos_store::{SqliteStore, Store};
use sqlx::Connection;
use tempfile::TempDir;

use crate::{configured, day, sample, status};

/// Names the data directory to the child; without it the child's test has nothing to do.
const DIRECTORY: &str = "PHAROS_STORE_CRASH_DIRECTORY";
const KILLS: u64 = 100;

/// Writes until killed, and says what was acknowledged. A test only so that it can be run by its name.
#[tokio::test]
async fn writer_child() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let store = SqliteStore::open(directory.as_ref()).await.unwrap();
    if store.head().await.unwrap().seq == 0 {
        store.append(UnixMs(0), vec![day(0), configured(&["api"])]).await.unwrap();
    }
    let begin = store.head().await.unwrap().seq;
    for round in 0_u64.. {
        let at = i64::try_from((begin + round) * 10).unwrap();
        let state = if round % 2 == 0 { Status::MajorOutage } else { Status::Operational };
        let facts = vec![status("api", state, at), Fact::Blinded];
        let (appended, recorded) =
            tokio::join!(store.append(UnixMs(at), facts), store.record(vec![sample(at), sample(at + 1)]));
        recorded.unwrap();
        println!("acknowledged {} {at}", appended.unwrap().head.seq);
    }
}

struct Acknowledged {
    seq: u64,
    slots: BTreeSet<i64>,
}

/// Lets a child write for a while, kills it, and returns what it was told.
fn burst(directory: &TempDir, lasting: Duration, told: &mut Acknowledged) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writer_child", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut kill_at = None;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(Ok(line)) = lines.next() {
        let mut words = line.split_whitespace().skip_while(|word| *word != "acknowledged").skip(1);
        if let (Some(seq), Some(at)) = (words.next(), words.next()) {
            told.seq = seq.parse().unwrap();
            told.slots.insert(at.parse().unwrap());
            if Instant::now() >= *kill_at.get_or_insert_with(|| Instant::now() + lasting) {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_damaged_in_a_hundred_kills() {
    let directory = TempDir::new().unwrap();
    let mut told = Acknowledged { seq: 0, slots: BTreeSet::new() };
    for round in 0..KILLS {
        // From a fraction of a commit to a few dozen.
        burst(&directory, Duration::from_micros(round * 7_919 % 9_000), &mut told);
        assert!(told.seq > 0, "the child did not write");
    }
    let store = SqliteStore::open(directory.path()).await.unwrap();
    let mut fold = Fold::empty(store.origin());
    loop {
        // Reading verifies that places are gapless and that the chain holds.
        let entries = store.entries_after(fold.seq, 5_000).await.unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            fold.apply(entry).unwrap();
        }
    }
    assert!(fold.seq >= told.seq, "acknowledged up to {}, found up to {}", told.seq, fold.seq);
    assert_eq!(store.load().await.unwrap(), fold);
    store.close().await.unwrap();

    let file = format!("sqlite://{}", directory.path().join("pharos.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let verdict: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(verdict, "ok");
    let kept: Vec<i64> =
        sqlx::query_scalar("SELECT scheduled_at FROM samples").fetch_all(&mut connection).await.unwrap();
    let once: BTreeSet<i64> = kept.iter().copied().collect();
    assert_eq!(once.len(), kept.len());
    assert!(told.slots.is_subset(&once), "a sample that was acknowledged is lost");
}
