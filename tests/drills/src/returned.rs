//! `return`: a primary that was taken over from is started again while every node still lists it first.
//!
//! What the old primary holds must not change any more, and nothing may be read from it but how it is.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_test_servers::Postgres;

use crate::Drill;
use crate::cluster::database::{DATABASE, Pair, Replication, count};
use crate::cluster::http::Answered;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::node::{Node, yaml};
use crate::cluster::proxy::Proxy;
use crate::cluster::{Cluster, Size, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const ASTRAY: &str = "astray";
const HALF_LOG: &str = "half-log";
const LEFT_ALONE: &str = "left-alone";

pub const DRILL: Drill = Drill {
    name: "return",
    about: "an old primary started again while all nodes list it first",
    round: "five seconds in which all nodes lose their connections twice",
    rounds: 12,
    rounds_short: 2,
    in_tests: false,
    bars: "no row is written on the old primary and none of ours is read there; no heartbeat acknowledged meanwhile is lost",
    sabotages: &[
        (ASTRAY, "one more node knows of the old primary alone"),
        (HALF_LOG, "heartbeats are looked for at the old primary"),
        (LEFT_ALONE, "no node loses a connection, so that none is tempted"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 10, jobs: 20 };
const JOB_EVERY: Duration = Duration::from_millis(200);
/// Heartbeats that are taken before the failover and after.
const BEATS: usize = 60;
const BEATS_MAX: Duration = Duration::from_secs(40);
/// How long one round is, and how often nodes lose their connections in it.
const ROUND: Duration = Duration::from_secs(5);
const LOSSES: u32 = 2;
/// Within this a node must say that there are two primaries.
const ALARM_S_MAX: f64 = 10.0;
/// What a node says then, on its page of health or in its log.
const ALARM: &str = "two primaries";

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut pair = Pair::start(Replication::Async);
        let cluster = Cluster::start(drill, &pair.ports(), SIZE).await?;
        let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        pair.primary.wait_for(&pair.standby);
        pair.primary.crash();
        pair.standby.promote();
        jobs.wait_for(BEATS, BEATS_MAX).await.context("after the promotion")?;
        pair.primary.start();
        let back = Instant::now();
        let first = Held::before(&pair.primary)?;
        let before = jobs.log().len();
        let astray = if drill.is(ASTRAY) {
            let file = yaml(&cluster.upstream, SIZE.targets, &cluster.tokens);
            Some(Node::start(drill, "astray", &[pair.primary.port], &file).await?)
        } else {
            None
        };
        let (mut alarm_s, mut losses) = (f64::INFINITY, 0_u64);
        for step in 1..=drill.rounds * LOSSES {
            while back.elapsed() < ROUND * step / LOSSES {
                if alarm_s.is_infinite() && is_told(&cluster).await {
                    alarm_s = back.elapsed().as_secs_f64();
                }
                tokio::time::sleep(POLL_PAUSE * 5).await;
            }
            if !drill.is(LEFT_ALONE) {
                cluster.nodes.iter().flat_map(|node| &node.proxies).for_each(Proxy::hang_up);
                losses += 1;
            }
        }
        jobs.wait_for(BEATS, BEATS_MAX).await.context("at the end")?;
        jobs.stop().await;
        drop(astray);
        let last = Held::after(&pair.primary)?;
        let log = jobs.log();
        let server = if drill.is(HALF_LOG) { &pair.primary } else { &pair.standby };
        let kept = jobs::kept(log.get(before..).unwrap_or_default(), server)?;

        let mut report = Report::default();
        report.none("rows", "rows written on the old primary", last.rows.abs_diff(first.rows));
        report.none("renewals", "its lease renewed or taken", u64::from(last.lease != first.lease));
        report.none("reads", "times that our tables were read there", last.reads.saturating_sub(first.reads));
        report.none("lost", "heartbeats acknowledged meanwhile that are lost", kept.lost);
        report.at_least(("losses", "times that all connections were lost", ""), count_of(losses), 1.0);
        report.at_most(
            ("alarm_s", "a node says that there are two primaries after", "s"),
            alarm_s,
            ALARM_S_MAX,
        );
        report.note("acknowledged", "heartbeats acknowledged meanwhile", "", count_of(kept.acknowledged));
        Ok(report)
    })
}

/// What a server holds of ours.
struct Held {
    rows: u64,
    lease: String,
    reads: u64,
}

impl Held {
    /// What it holds before; what is read for this itself is counted already.
    fn before(server: &Postgres) -> Result<Self> {
        let (rows, lease) = Self::content(server)?;
        Ok(Self { rows, lease, reads: Self::reads(server)? })
    }

    /// What it holds after; what is read for this itself is not counted yet.
    fn after(server: &Postgres) -> Result<Self> {
        let reads = Self::reads(server)?;
        let (rows, lease) = Self::content(server)?;
        Ok(Self { rows, lease, reads })
    }

    fn content(server: &Postgres) -> Result<(u64, String)> {
        let rows =
            "select (select count(*) from journal) + (select count(*) from samples) + (select seq from head)";
        let lease = "select term || ' ' || nonce || ' ' || expires_at from leases";
        Ok((count(server, rows)?, server.sql(DATABASE, lease)))
    }

    fn reads(server: &Postgres) -> Result<u64> {
        let reads =
            "select coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::bigint from pg_stat_user_tables";
        count(server, reads)
    }
}

/// Whether a node says that there are two primaries.
async fn is_told(cluster: &Cluster) -> bool {
    for node in &cluster.nodes {
        let told = matches!(node.get("/health").await, Answered::With(_, body) if body.contains(ALARM));
        if told || node.log().contains(ALARM) {
            return true;
        }
    }
    false
}
