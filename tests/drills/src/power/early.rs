//! Whether an open page was ever told of something before the disk was asked to keep it: at each moment, and without any luck.

use std::path::Path;

use anyhow::Result;

use super::disk::{Disk, lay_out};
use super::tape::{Call, Record};
use crate::alone::file;

/// How many entries of the journal were told too early, of what was told at moments, each up to a place. A folder is used to look at what was kept.
///
/// # Errors
/// When the file system does not let it.
pub async fn told(folder: &Path, records: &[Record], told: &[(i64, i64)]) -> Result<u64> {
    let (mut disk, mut played, mut kept, mut early) = (Disk::default(), 0, 0, 0);
    for (at, seq) in told {
        // What is kept stays.
        if *seq <= kept {
            continue;
        }
        let done = done_by(records, *at).max(played);
        records[played..done].iter().for_each(|record| disk.take(record));
        played = done;
        lay_out(&disk.kept(), folder)?;
        // Where there is no journal nothing of it is kept.
        kept = file::last(&folder.join("data")).await.unwrap_or_default();
        early += seq.saturating_sub(kept).max(0).unsigned_abs();
    }
    Ok(early)
}

/// How many calls were done by a moment: they come one after the other, and of those that take long it is known when they ended.
fn done_by(records: &[Record], at: i64) -> usize {
    let begun = records.partition_point(|record| record.began_ms <= at);
    let is_under_way = records[..begun]
        .last()
        .is_some_and(|record| matches!(record.call, Call::Sync(until_ms) if until_ms > at));
    begun - usize::from(is_under_way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_is_being_asked_to_keep_is_not_kept_yet() {
        let record = |began_ms, call| Record { began_ms, path: "data/a".into(), call };
        let records =
            [record(10, Call::Write(0, vec![1])), record(11, Call::Sync(15)), record(16, Call::Create)];
        let done = [9, 10, 11, 14, 15, 16].map(|at| done_by(&records, at));
        assert_eq!(done, [0, 1, 1, 1, 2, 3]);
    }

    #[tokio::test]
    async fn what_was_told_before_anything_was_kept_was_told_too_early() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("image");
        assert_eq!(told(&place, &[], &[(5, 3), (6, 0)]).await.unwrap(), 3);
        let database = folder.path().join("database");
        let store = pharos_store::SqliteStore::open(&database).await.unwrap();
        let facts = vec![pharos_engine::Fact::Public(pharos_model::Change::Checkpoint)];
        pharos_store::Store::append(&store, pharos_model::UnixMs(1), facts).await.unwrap();
        store.close().await.unwrap();
        let content = std::fs::read(database.join(file::DATABASE)).unwrap();
        let path = format!("data/{}", file::DATABASE);
        let record = |began_ms, path: &str, call| Record { began_ms, path: path.to_owned(), call };
        let records = [
            record(1, "data", Call::Folder),
            record(1, "", Call::Sync(1)),
            record(1, &path, Call::Create),
            record(2, "data", Call::Sync(2)),
            record(3, &path, Call::Write(0, content)),
            record(4, &path, Call::Sync(7)),
        ];
        assert_eq!(told(&place, &records, &[(6, 1)]).await.unwrap(), 1);
        assert_eq!(told(&place, &records, &[(7, 1)]).await.unwrap(), 0);
    }
}
