//! One round between two stores.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_engine::{CheckId, Fact};
use pharos_model::{Status, UnixMs};
use pharos_store::{Fence, Lease, Nonce, PostgresAddress, PostgresStore, Sample, Store, StoreError};

use super::{LATE_NEWS, SAME_NONCE};
use crate::cluster::database::{Pair, Replication, address, count};
use crate::cluster::proxy::{Proxy, Way};
use crate::limits::POLL_PAUSE;
use crate::play::Play;

/// The lease of both, as a node takes it.
const LEASE: Duration = Duration::from_secs(15);
/// The moment of everything that the first leader writes after its return.
const RETURN: i64 = 77;
/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(20);
/// How long `late-news` holds its way.
const LATE: Duration = Duration::from_secs(13);
/// How often it tries after it has stepped down.
const TRIES: usize = 7;

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Rows of the first leader on the new timeline.
    pub rows: u64,
    /// Its writes that were answered well.
    pub accepted: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Fences that both named.
    pub shared: u64,
    /// Rounds in which both had the same term.
    pub same_term: u64,
    /// How long it took it to step down, at most.
    pub step_down_s: f64,
}

impl Found {
    /// Adds a round.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.shared += other.shared;
        self.same_term += other.same_term;
        self.step_down_s = self.step_down_s.max(other.step_down_s);
    }
}

/// Holds one round. In every second one the first leader writes something that is lost with its primary.
///
/// # Errors
/// When something that must work does not.
pub async fn round(drill: &Play, round: u32) -> Result<Found> {
    let mut pair = Pair::start(Replication::Async);
    let mut ways = Vec::new();
    for port in pair.ports() {
        ways.push(Proxy::to(port).await?);
    }
    let first = opened(ways.iter().map(|way| way.port)).await?;
    first.append(UnixMs(1), vec![Fact::Blinded]).await?;
    pair.primary.wait_for(&pair.standby);
    pair.primary.freeze_senders();
    let mut random = drill.chance(u64::from(round));
    let mut draw = || Nonce(std::array::from_fn(|_| random.next_u64().to_le_bytes()[0]));
    let nonce = draw();
    let fence = elected(&first, "first", nonce).await?;
    if round % 2 == 1 {
        first.append(UnixMs(2), vec![Fact::Sighted]).await?;
    }
    pair.standby.promote();
    let second = opened([pair.standby.port]).await?;
    let other = elected(&second, "second", if drill.is(SAME_NONCE) { nonce } else { draw() }).await?;
    second.append(UnixMs(3), vec![Fact::Blinded, Fact::Sighted]).await?;
    pair.primary.crash();
    if drill.is(LATE_NEWS)
        && let Some(way) = ways.get(1)
    {
        way.set(Way::Held, Way::Held);
    }
    let mut found = Found {
        shared: u64::from(fence == other),
        same_term: u64::from(fence.term == other.term),
        ..Found::default()
    };
    let back = Instant::now();
    found.step_down_s = f64::INFINITY;
    while back.elapsed() < WATCHED {
        write(&first, &mut found).await;
        let lease = first.acquire_or_renew("first", nonce, LEASE).await;
        if matches!(lease, Ok(None)) {
            found.step_down_s = back.elapsed().as_secs_f64();
            break;
        }
        if drill.is(LATE_NEWS) && back.elapsed() > LATE {
            ways.iter().for_each(Proxy::restore);
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    // A leader that was decided upon too late may try on; and one that reads the journal anew may, too.
    let _read = first.load().await;
    for _ in 0..TRIES {
        write(&first, &mut found).await;
    }
    let rows = format!(
        "select (select count(*) from journal where at = {RETURN}) + (select count(*) from samples where at = {RETURN})"
    );
    found.rows = count(&pair.standby, &rows)?;
    Ok(found)
}

async fn opened(ports: impl IntoIterator<Item = u16>) -> Result<PostgresStore> {
    Ok(PostgresStore::open(PostgresAddress::parse(&address(ports))?).await?)
}

/// Takes the lease, and names it from now on.
async fn elected(store: &PostgresStore, name: &str, nonce: Nonce) -> Result<Fence> {
    let term = store.acquire_or_renew(name, nonce, LEASE).await?;
    let fence = Fence { term: term.with_context(|| format!("{name} was not elected"))?, nonce };
    store.set_fence(Some(fence));
    Ok(fence)
}

/// Tries every kind of write of a leader.
async fn write(store: &PostgresStore, found: &mut Found) {
    let at = UnixMs(RETURN);
    let sample = Sample {
        check: CheckId("first/probe".to_owned()),
        component: None,
        scheduled_at: at,
        at,
        status: Status::Operational,
        latency_us: None,
        stages_us: [None; 5],
        reason: None,
    };
    for written in [
        store.append(at, vec![Fact::Blinded]).await.map(drop),
        store.record(vec![sample]).await,
        store.renew_watch(at).await,
    ] {
        found.accepted += u64::from(written.is_ok());
        found.refused +=
            u64::from(matches!(written, Err(StoreError::NotLeading | StoreError::Diverged { .. })));
    }
}
