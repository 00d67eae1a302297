//! The same with real nodes: one is elected on a primary whose standby hears nothing any more, is stopped, and comes back when
//! another has been elected on the promoted standby.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_store::{PostgresAddress, PostgresStore};
use pharos_tests::EventStream;

use super::STUBBORN;
use crate::cluster::database::{DATABASE, Pair, Replication, address, count};
use crate::cluster::leaders;
use crate::cluster::node::{Node, yaml};
use crate::cluster::upstream::Upstream;
use crate::limits::POLL_PAUSE;
use crate::play::Play;

const TARGETS: usize = 10;
/// How long a node may take until it leads.
const LEADS_MAX: Duration = Duration::from_secs(25);
/// How long one that has lost is watched in either part.
const WATCHED: Duration = Duration::from_secs(13);
/// The lease is renewed more often than this.
const QUIET: Duration = Duration::from_secs(7);

/// What was found.
pub struct Found {
    /// How long after its primary was gone it showed what the other leader writes; infinite where it never did.
    pub gone_s: f64,
    /// When it renewed its lease last while its primary was still there; infinite where it never ended.
    pub beside_s: f64,
}

/// Holds it.
///
/// # Errors
/// When something that must work does not.
pub async fn hold(drill: &Play) -> Result<Found> {
    let mut pair = Pair::start(Replication::Async);
    let [old, new] = pair.ports();
    // The schema must be there before the standby hears nothing any more.
    PostgresStore::open(PostgresAddress::parse(&address([old]))?).await?.close().await?;
    pair.primary.wait_for(&pair.standby);
    pair.primary.freeze_senders();
    let upstream = Upstream::start(TARGETS).await?;
    let file = yaml(&upstream, TARGETS, &[]);
    let hosts = if drill.is(STUBBORN) { vec![old] } else { vec![old, new] };
    let mut first = [Node::start(drill, "first", &hosts, &file).await?];
    leaders::wait(&first, &upstream, LEADS_MAX).await?;
    first[0].signal("STOP")?;
    pair.standby.promote();
    let second = [Node::start(drill, "second", &[new], &file).await?];
    leaders::wait(&second, &upstream, LEADS_MAX).await?;
    let term = "select term from leases where name = 'leader'";
    ensure!(
        count(&pair.primary, term)? == count(&pair.standby, term)?,
        "the two leaders have different terms, so that this drill would be blunt"
    );
    first[0].signal("CONT")?;
    let beside_s = renewals_end(&pair).await?;
    let gone = Instant::now();
    if !drill.is(STUBBORN) {
        pair.primary.crash();
    }
    let gone_s = follows(&mut first[0], &second[0], gone).await?;
    drop((first, second));
    Ok(Found { gone_s, beside_s })
}

/// When the lease on the old primary was renewed last from now on, in seconds; infinite where that does not end.
async fn renewals_end(pair: &Pair) -> Result<f64> {
    let read = "select extract(epoch from expires_at) * 1000 from leases where name = 'leader'";
    let began = Instant::now();
    let (mut known, mut renewed) = (pair.primary.sql(DATABASE, read), began);
    while began.elapsed() < WATCHED {
        let now = pair.primary.sql(DATABASE, read);
        if now != known {
            (known, renewed) = (now, Instant::now());
        } else if renewed.elapsed() > QUIET {
            return Ok(renewed.duration_since(began).as_secs_f64());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(f64::INFINITY)
}

/// How long it took until the first node showed the journal of the second, as visitors see it.
async fn follows(first: &mut Node, second: &Node, since: Instant) -> Result<f64> {
    // Since when each component is how it is: no two leaders found that at the same millisecond.
    let shown = |node: &Node| -> Result<_> {
        Ok(EventStream::open(node.address, None)?.next_fact()?.snapshot()?.components)
    };
    let theirs = shown(second).context("the second node shows nothing")?;
    ensure!(!theirs.is_empty(), "the second node shows no component");
    while since.elapsed() < WATCHED {
        // Whatever runs a node starts it anew when it ends.
        first.revive_if_ended().unwrap_or(false);
        if shown(first).is_ok_and(|components| components == theirs) {
            return Ok(since.elapsed().as_secs_f64());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(f64::INFINITY)
}
