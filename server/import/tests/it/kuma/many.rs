//! Many heartbeats, a million of which must take less than a minute and never stand in memory: `PHAROS_KUMA_BEATS=50000` makes so many of each
//! of twenty monitors, and `PHAROS_KUMA_DB=FILE` keeps the database.

use std::time::{Duration, Instant};

use pharos_import::{Looked, limits};

use crate::kuma::made::Made;
use crate::read;

/// Monitors, and heartbeats of each: every minute for some weeks.
const MONITORS: i64 = 20;

/// A database in which `monitors` were looked at every minute, `beats` times each, and failed for a few minutes now and then.
async fn of(beats: i64) -> Made {
    let mut made = Made::first().await;
    let filled = [
        format!(
            "WITH RECURSIVE monitor_number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM monitor_number WHERE n < {MONITORS}) \
             INSERT INTO monitor (name, type, url, interval) SELECT 'Service ' || n, 'http', 'http://127.0.0.1:1/' || n, 60 FROM monitor_number"
        ),
        "INSERT INTO status_page (slug, title, description) VALUES ('public', 'Example', 'Many heartbeats')"
            .to_owned(),
        "INSERT INTO \"group\" (name, public, status_page_id) VALUES ('Services', 1, 1)".to_owned(),
        "INSERT INTO monitor_group (monitor_id, group_id, weight) SELECT id, 1, id FROM monitor".to_owned(),
        format!(
            "WITH RECURSIVE beat(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM beat WHERE n < {beats} - 1) \
             INSERT INTO heartbeat (monitor_id, time, status, ping, msg, important, duration) \
             SELECT id, strftime('%Y-%m-%d %H:%M:%f', 1767225600 + n * 60 + id, 'unixepoch'), iif((n + id * 37) % 5000 < 4, 0, 1), \
             iif((n + id * 37) % 5000 < 4, NULL, 20 + (n * 7919 + id * 104729) % 180), \
             iif((n + id * 37) % 5000 < 4, 'connect ECONNREFUSED', '200 - OK'), 0, 60 FROM beat, monitor"
        ),
    ];
    for statement in &filled {
        made.run(&[statement]).await;
    }
    made
}

/// Reads all of it, and says how long that took and what the longest piece was.
async fn taken(beats: i64) -> (Duration, usize) {
    let (_folder, path) = of(beats).await.done().await;
    let started = Instant::now();
    let mut haul = read("kuma", &[path], None).await.unwrap();
    assert_eq!(haul.looks_count, u64::try_from(beats * MONITORS).unwrap());
    let (mut count, mut longest) = (0, 0);
    let looks = haul.looks.as_mut().unwrap();
    loop {
        let some = looks.next().await.unwrap();
        if some.is_empty() {
            break;
        }
        assert!(some.iter().all(|looked| matches!(looked, Looked::Once(_))));
        (count, longest) = (count + some.len() as u64, longest.max(some.len()));
    }
    assert_eq!(count, haul.looks_count);
    (started.elapsed(), longest)
}

#[tokio::test]
async fn heartbeats_come_in_pieces_within_a_minute() {
    let beats = std::env::var("PHAROS_KUMA_BEATS").ok().and_then(|beats| beats.parse().ok()).unwrap_or(1_000);
    if let Some(path) = std::env::var_os("PHAROS_KUMA_DB") {
        let (_folder, made) = of(beats).await.done().await;
        std::fs::copy(made, path).unwrap();
    }
    let (took, longest) = taken(beats).await;
    assert!(longest <= limits::LOOKS_AT_ONCE, "{longest}");
    assert!(took < Duration::from_mins(1), "{took:?}");
}
