//! Who reads along: waits until it is told of something new, reads it, and notes when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use pharos_store::{PostgresAddress, PostgresStore, Store};
use tokio::task::JoinHandle;

use super::writers::Acknowledged;

/// Entries that are read at once.
const ENTRIES: usize = 1_000;
/// How long the last entry is waited for.
const LAST_MAX: Duration = Duration::from_secs(5);

/// An entry that was heard of.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: Instant,
}

/// Reads along until it is stopped.
pub struct Reading {
    /// The place up to which it is to read before it ends; `u64::MAX` as long as nobody knows.
    last: Arc<AtomicU64>,
    running: JoinHandle<Vec<Heard>>,
}

/// Begins. After each look it sleeps for `nap`.
///
/// # Errors
/// When the database cannot be opened.
pub async fn follow(address: &str, nap: Duration) -> Result<Reading> {
    let store = PostgresStore::open(PostgresAddress::parse(address)?).await?;
    let last = Arc::new(AtomicU64::new(u64::MAX));
    let until = Arc::clone(&last);
    let running = tokio::spawn(async move {
        let (mut told, mut heard, mut seq) = (store.watch(), Vec::new(), 0);
        while seq < until.load(Ordering::SeqCst) {
            match store.entries_after(seq, ENTRIES).await {
                Ok(entries) => {
                    let at = Instant::now();
                    heard.extend(entries.iter().map(|entry| Heard { seq: entry.seq, at }));
                    seq = entries.last().map_or(seq, |entry| entry.seq);
                    if entries.len() == ENTRIES {
                        continue;
                    }
                }
                Err(error) => eprintln!("drill: who reads along was told: {error}"),
            }
            tokio::time::sleep(nap).await;
            // Now and then it looks whether it is to end.
            let _late = tokio::time::timeout(Duration::from_millis(500), told.changed()).await;
        }
        heard
    });
    Ok(Reading { last, running })
}

impl Reading {
    /// Ends when the entry at this place was heard of, or after a while; tells what was heard.
    pub async fn stop(self, last: u64) -> Vec<Heard> {
        self.last.store(last, Ordering::SeqCst);
        let mut running = self.running;
        if let Ok(heard) = tokio::time::timeout(LAST_MAX, &mut running).await {
            return heard.unwrap_or_default();
        }
        running.abort();
        Vec::new()
    }
}

/// How many that were acknowledged were never heard of.
pub fn missed(acknowledged: &[Acknowledged], heard: &[Heard]) -> u64 {
    let heard: std::collections::BTreeSet<u64> = heard.iter().map(|entry| entry.seq).collect();
    acknowledged.iter().filter(|entry| !heard.contains(&entry.seq)).count() as u64
}

/// How many were heard of after one that comes later, or twice.
pub fn disordered(heard: &[Heard]) -> u64 {
    heard.windows(2).filter(|pair| pair[0].seq >= pair[1].seq).count() as u64
}

/// How long each took from its acknowledgement until it was heard of; nothing for one that was heard of first.
pub fn took(acknowledged: &[Acknowledged], heard: &[Heard]) -> Vec<Duration> {
    let heard: BTreeMap<u64, Instant> = heard.iter().map(|entry| (entry.seq, entry.at)).collect();
    let took = |entry: &Acknowledged| Some(heard.get(&entry.seq)?.saturating_duration_since(entry.at));
    acknowledged.iter().filter_map(took).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_heard_or_out_of_order_is_counted() {
        let at = Instant::now();
        let acknowledged = [1, 2, 3].map(|seq| Acknowledged { seq, at });
        let heard = [1, 3, 3].map(|seq| Heard { seq, at: at + Duration::from_millis(seq) });
        assert_eq!(missed(&acknowledged, &heard), 1);
        assert_eq!(disordered(&heard), 1);
        assert_eq!(took(&acknowledged, &heard), [Duration::from_millis(1), Duration::from_millis(3)]);
    }
}
