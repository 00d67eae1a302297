//! `partition`: the leader is cut off from the database with a statement in flight, in both directions or in one, for a short while, and
//! where pieces get lost.
//!
//! It must have stopped by its own clock before anybody else can lead. When it did, its log tells.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_test_servers::Postgres;

use crate::Drill;
use crate::clock;
use crate::cluster::database::DATABASE;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::proxy::{Proxy, Way};
use crate::cluster::{Cluster, Size, play, reigns, witness};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const LEASE_ENDED: &str = "lease-ended";
const BROUGHT_BACK: &str = "brought-back";
const LONG_LINE: &str = "long-line";

pub const DRILL: Drill = Drill {
    name: "partition",
    about: "a leader cut off from the database: both ways, one way, for 10 s, and on a line that loses 5 in a hundred pieces",
    round: "a leader cut off both ways until another leads, and two for 10 s; in a whole run the first for a minute, and each of the others too",
    rounds: 5,
    rounds_short: 1,
    in_tests: false,
    bars: "the leader stops within 11 s by its own clock, before another leads; nothing of it is written afterwards; a cut of 10 s changes no \
           leader, and loss changes it twice in ten minutes at most",
    sabotages: &[
        (LEASE_ENDED, "the lease is ended in the database as soon as the leader is cut off"),
        (BROUGHT_BACK, "the line comes back before the leader had to stop"),
        (LONG_LINE, "the moment of the cut is noted 6 s too early"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 20, jobs: 30 };
const JOB_EVERY: Duration = Duration::from_millis(250);
const BEATS_MAX: Duration = Duration::from_secs(40);
/// How long another may take until it leads before it is given up.
const LEADS_MAX: Duration = Duration::from_secs(40);
/// How long the leader is cut off both ways in a whole run.
const CUT: Duration = Duration::from_mins(1);
/// The short cut.
const SHORT_CUT: Duration = Duration::from_secs(10);
/// How long after it another may still take over because of it.
const AFTERMATH: Duration = Duration::from_secs(7);
/// How long `brought-back` cuts.
const BROUGHT_BACK_AFTER: Duration = Duration::from_secs(3);
/// How long a line loses pieces in each round of a whole run.
const LOSS: Duration = Duration::from_mins(2);
const LOST_PERCENT: u8 = 5;
const STOP_S_MAX: f64 = 11.0;
const CHANGES_BY_LOSS_MAX: f64 = 2.0;
const US_PER_S: f64 = 1e6;
/// By how much `long-line` errs.
const ERROR_US: i64 = 6_000_000;

#[derive(Default)]
struct Found {
    stop_s: f64,
    takeover_s: f64,
    by_short_cut: u64,
    short_cuts: u64,
    by_loss: u64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 200\n");
        let cluster = Cluster::start(drill, &[server.port], SIZE).await?;
        witness::install(&server);
        let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
        let mut found = Found::default();
        for _ in 0..drill.rounds {
            cut_off(drill, (&server, &cluster, &jobs), (Way::Held, Way::Held), &mut found)
                .await
                .context("both ways")?;
            if drill.rounds == DRILL.rounds {
                cut_off(drill, (&server, &cluster, &jobs), (Way::Open, Way::Held), &mut found)
                    .await
                    .context("answers")?;
                cut_off(drill, (&server, &cluster, &jobs), (Way::Held, Way::Open), &mut found)
                    .await
                    .context("questions")?;
                lose(&cluster, &jobs, &mut found).await.context("loss")?;
            }
            for way in [Way::Held, Way::Lost] {
                cut_briefly(&cluster, &jobs, way, &mut found).await.context("a short cut")?;
            }
        }
        jobs.wait_for(SIZE.jobs, BEATS_MAX).await.context("at the end")?;
        jobs.stop().await;
        let rows = witness::rows(&server, &cluster.nodes)?;
        let kept = jobs::kept(&jobs.log(), &server)?;
        let overlap_us = u64::try_from(reigns::overlap_us(&reigns::all(&cluster.nodes)?)).unwrap_or(0);

        let mut report = Report::default();
        let title = "the leader stops by its own clock, after the cut, within";
        report.at_most(("stop_s", title, "s"), found.stop_s, STOP_S_MAX);
        report.none("overlap_us", "two led at once by their own clocks, microseconds", overlap_us);
        report.none(
            "falls",
            "entries whose term is lower than that of the row before",
            witness::falls(&rows),
        );
        let title = "rows written by another than the holder of the lease";
        report.none("strangers", title, witness::strangers(&rows, &cluster.nodes));
        report.none("lost", "acknowledged heartbeats that are not there", kept.lost);
        let title = "changes of the leader by loss, in ten minutes";
        report.at_most(("by_loss", title, ""), count_of(found.by_loss), CHANGES_BY_LOSS_MAX);
        let title = format!("changes of the leader by {} cuts of 10 s", found.short_cuts);
        report.none("by_short_cut", &title, found.by_short_cut);
        report.note("takeover_s", "another leads after the cut within", "s", found.takeover_s);
        report.note("acknowledged", "acknowledged", "", count_of(kept.acknowledged));
        Ok(report)
    })
}

/// Cuts the leader off until another leads.
async fn cut_off(
    drill: &Play,
    (server, cluster, jobs): (&Postgres, &Cluster, &Jobs),
    (there, back): (Way, Way),
    found: &mut Found,
) -> Result<()> {
    // In the middle of writes, so that a statement is under way.
    jobs.wait_for(50, BEATS_MAX).await?;
    let old = reigns::now(&cluster.nodes)?;
    let proxies = &cluster.nodes[old.node].proxies;
    let cut = Instant::now();
    let cut_us = clock::now().0 * 1_000 - if drill.is(LONG_LINE) { ERROR_US } else { 0 };
    for proxy in proxies {
        proxy.set(there, back);
    }
    if drill.is(LEASE_ENDED) {
        server.sql(DATABASE, "update leases set expires_at = '-infinity'");
    }
    if drill.is(BROUGHT_BACK) {
        tokio::time::sleep(BROUGHT_BACK_AFTER).await;
        proxies.iter().for_each(Proxy::restore);
    }
    let new = reigns::after(
        &cluster.nodes,
        old.term,
        if drill.is(BROUGHT_BACK) { LEADS_MAX / 2 } else { LEADS_MAX },
    )
    .await;
    let ended = stopped_us(cluster, old.term);
    found.stop_s = found.stop_s.max(ended.map_or(f64::INFINITY, |at| seconds(at - cut_us)));
    found.takeover_s = found.takeover_s.max(new.map_or(f64::INFINITY, |new| seconds(new.from_us - cut_us)));
    // Another writes before the line is there again.
    jobs.wait_for(SIZE.jobs, BEATS_MAX).await?;
    if drill.rounds == DRILL.rounds && there == back {
        tokio::time::sleep_until((cut + CUT).into()).await;
    }
    proxies.iter().for_each(Proxy::restore);
    Ok(())
}

/// Cuts the leader off for ten seconds, both ways.
async fn cut_briefly(cluster: &Cluster, jobs: &Jobs, way: Way, found: &mut Found) -> Result<()> {
    jobs.wait_for(50, BEATS_MAX).await?;
    let old = reigns::now(&cluster.nodes)?;
    let proxies = &cluster.nodes[old.node].proxies;
    let cut = Instant::now();
    for proxy in proxies {
        proxy.set(way, way);
    }
    tokio::time::sleep_until((cut + SHORT_CUT).into()).await;
    proxies.iter().for_each(Proxy::restore);
    let mut changes = 0;
    while cut.elapsed() < SHORT_CUT + AFTERMATH && changes == 0 {
        changes = later(cluster, old.term)?;
        tokio::time::sleep(POLL_PAUSE).await;
    }
    found.by_short_cut += changes;
    found.short_cuts += 1;
    Ok(())
}

/// Has the leader's line lose pieces.
async fn lose(cluster: &Cluster, jobs: &Jobs, found: &mut Found) -> Result<()> {
    jobs.wait_for(50, BEATS_MAX).await?;
    let old = reigns::now(&cluster.nodes)?;
    let ways = || cluster.nodes.iter().flat_map(|node| &node.proxies);
    ways().for_each(|proxy| proxy.set(Way::Lossy(LOST_PERCENT), Way::Lossy(LOST_PERCENT)));
    tokio::time::sleep(LOSS).await;
    ways().for_each(Proxy::restore);
    found.by_loss += later(cluster, old.term)?;
    Ok(())
}

/// How many leaderships there were after a term.
fn later(cluster: &Cluster, term: u64) -> Result<u64> {
    Ok(reigns::all(&cluster.nodes)?.iter().filter(|reign| reign.term > term).count() as u64)
}

/// When the leader of a term said that it leads no more.
fn stopped_us(cluster: &Cluster, term: u64) -> Option<i64> {
    let reigns = reigns::all(&cluster.nodes).ok()?;
    reigns.into_iter().find(|reign| reign.term == term)?.until_us
}

#[expect(clippy::cast_precision_loss, reason = "no drill takes longer than 2^52 microseconds")]
fn seconds(us: i64) -> f64 {
    us as f64 / US_PER_S
}
