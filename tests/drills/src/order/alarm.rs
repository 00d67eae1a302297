//! A stranger's transaction that stays open and holds up everybody who writes: how soon a real node says so.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_test_servers::Postgres;
use sqlx::Connection;

use super::WRONG_DOOR;
use crate::cluster::database::DATABASE;
use crate::cluster::http::Answered;
use crate::cluster::node::{Node, yaml};
use crate::cluster::upstream::Upstream;
use crate::limits::POLL_PAUSE;
use crate::play::Play;

/// Targets of the node.
const TARGETS: usize = 3;
/// How long the node may take until it watches.
const READY_MAX: Duration = Duration::from_secs(20);
/// How long the transaction stays open, in the long form and in the short.
const OPEN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(11));
/// How long the node may take until all is well again.
const WELL_MAX: Duration = Duration::from_secs(20);

/// What was seen of the alarm.
pub struct Alarm {
    /// How long it took; not a number when it did not come.
    pub told_ms: f64,
    /// How long it took to end.
    pub recovered_ms: f64,
}

/// Holds the journal's end locked for a while.
///
/// # Errors
/// When the node does not come up.
pub async fn hold(drill: &Play, server: &Postgres, is_long: bool) -> Result<Alarm> {
    let door = if drill.is(WRONG_DOOR) { "/livez" } else { "/health" };
    let upstream = Upstream::start(TARGETS).await?;
    let node = Node::start(drill, "n0", &[server.port], &yaml(&upstream, TARGETS, &[])).await?;
    until(&node, "/health", 200, READY_MAX).await.context("the node does not get well")?;
    let mut stranger = sqlx::PgConnection::connect(&server.address(DATABASE)).await?;
    let mut transaction = stranger.begin().await?;
    sqlx::query("SELECT 1 FROM head FOR UPDATE").execute(&mut *transaction).await?;
    let open = if is_long { OPEN.0 } else { OPEN.1 };
    let began = Instant::now();
    let told = until(&node, door, 503, open).await;
    if is_long {
        tokio::time::sleep_until((began + open).into()).await;
    }
    transaction.rollback().await?;
    let recovered = until(&node, "/health", 200, WELL_MAX).await;
    let ms = |took: Option<Duration>| took.map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0);
    Ok(Alarm { told_ms: ms(told), recovered_ms: ms(recovered) })
}

/// How long it took until the node answered so.
async fn until(node: &Node, path: &str, status: u16, wait_max: Duration) -> Option<Duration> {
    let began = Instant::now();
    while began.elapsed() < wait_max {
        if matches!(node.get(path).await, Answered::With(found, _) if found == status) {
            return Some(began.elapsed());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    None
}
