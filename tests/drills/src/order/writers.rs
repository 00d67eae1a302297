//! Who writes: each through a line of its own on which commits take a while, so that transactions stay open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use pharos_engine::Fact;
use pharos_model::UnixMs;
use pharos_store::{PostgresAddress, PostgresStore, Store, StoreError};
use tokio::task::JoinHandle;

use crate::cluster::proxy::{Fault, Proxy};
use crate::play::Play;

/// How many write.
const WRITERS: u64 = 8;
/// Ends a transaction that writes, and none that reads.
const COMMIT: &str = "timeout = 0; COMMIT";
/// How long a commit is held, in milliseconds.
const HELD_MS: (u64, u64) = (0, 40);
/// Of a million commits, those that are held until the database ends their transaction.
const STUCK_PPM: u64 = 1_500;
/// How long these are held.
const STUCK: Duration = Duration::from_secs(4);
/// Pause before the next append, in milliseconds.
const PAUSE_MS: (u64, u64) = (0, 60);

/// An entry that was acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: Instant,
}

/// All who write.
pub struct Writers {
    is_over: Arc<AtomicBool>,
    running: Vec<JoinHandle<Vec<Acknowledged>>>,
}

impl Writers {
    /// They begin, each with chance of its own.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn start(drill: &Play, port: u16, (database, suffix): (&str, &str)) -> Result<Self> {
        let is_over = Arc::<AtomicBool>::default();
        let mut running = Vec::new();
        for writer in 0..WRITERS {
            let proxy = Proxy::to(port).await?;
            let address = format!("{}{suffix}", proxy.address(database));
            let store = PostgresStore::open(PostgresAddress::parse(&address)?).await?;
            let (mut held, mut random) = (drill.chance(100 + writer), drill.chance(200 + writer));
            proxy.at(COMMIT, move || {
                if held.chance(STUCK_PPM) {
                    return Fault::Wait(STUCK);
                }
                Fault::Wait(Duration::from_millis(held.between(HELD_MS.0, HELD_MS.1)))
            });
            let is_over = Arc::clone(&is_over);
            running.push(tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                while !is_over.load(Ordering::SeqCst) {
                    append(&store, &mut acknowledged).await;
                    let pause = random.between(PAUSE_MS.0, PAUSE_MS.1);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                drop(proxy);
                acknowledged
            }));
        }
        Ok(Self { is_over, running })
    }

    /// They end, and tell what was acknowledged.
    pub async fn stop(self) -> Vec<Acknowledged> {
        self.is_over.store(true, Ordering::SeqCst);
        let mut all = Vec::new();
        for writer in self.running {
            all.extend(writer.await.unwrap_or_default());
        }
        all
    }
}

/// Appends once. Where nobody knows what became of it, it is asked for again, as a leader does.
async fn append(store: &PostgresStore, acknowledged: &mut Vec<Acknowledged>) {
    loop {
        match store.append(UnixMs(1), vec![Fact::Blinded, Fact::Sighted]).await {
            Ok(appended) => {
                let at = Instant::now();
                acknowledged.extend(appended.entries.iter().map(|entry| Acknowledged { seq: entry.seq, at }));
                return;
            }
            Err(StoreError::Unknown) => {}
            Err(_) => return,
        }
    }
}

/// Ends the connections on which hints are heard; tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_listeners(stranger: &mut sqlx::PgConnection) -> Result<u64> {
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ILIKE 'listen %'";
    let ended: i64 = sqlx::query_scalar(end).fetch_one(stranger).await?;
    Ok(u64::try_from(ended).unwrap_or(0))
}
