//! `upgrade`: three nodes are replaced by the next version, one after the other, while jobs report, visitors look and pages are open.
//!
//! Two releases do not exist yet, so the next version is this one with a migration that adds to every table. Real is: another binary, its
//! migration under load, and nodes of both versions on one database, of which those of the version before could not be started again. Not real
//! is what a new release would write: entries of the journal and letters of a kind that the version before does not know.
//!
//! A load balancer stands in front and asks `/readyz`. It passes connections on and repeats no request, so that whatever a client meets
//! counts.

mod front;
mod next;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;

use crate::Drill;
use crate::clock;
use crate::cluster::database::count;
use crate::cluster::http::Answered;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::readers::Readers;
use crate::cluster::reigns::{self, Reign};
use crate::cluster::upstream::Upstream;
use crate::cluster::{Cluster, node, play};
use crate::crowd::truth;
use crate::crowd::{Crowd, Kind, Orders, Resume};
use crate::limits::POLL_PAUSE;
use crate::listeners::changes::Changes;
use crate::play::Play;
use crate::report::{Report, count_of};
use front::Front;

const KILLED: &str = "killed";
const ANEW: &str = "anew";
const FORGOTTEN: &str = "forgotten";

pub const DRILL: Drill = Drill {
    name: "upgrade",
    about: "three nodes replaced by the next version with its migration, one after the other, under load",
    round: "200 open pages",
    rounds: 10,
    rounds_short: 1,
    in_tests: false,
    bars: "no request fails; no open page misses a change or hears one twice; nobody leads for at most 2 s; no acknowledged heartbeat is lost",
    sabotages: &[
        (KILLED, "nodes are killed instead of asked to end"),
        (ANEW, "pages come back without saying where they stopped"),
        (FORGOTTEN, "of what the database has, a tenth is kept from the count"),
    ],
    needs_binary: true,
    run,
};

/// Pages of a round.
const PAGES: u32 = 200;
const SOURCES: (u8, u8) = (2, 8);
const TARGETS: usize = 40;
const JOBS: usize = 30;
const JOB_EVERY: Duration = Duration::from_millis(250);
/// Heartbeats that are taken between two nodes.
const BEATS: usize = 200;
const BEATS_MAX: Duration = Duration::from_secs(40);
/// Targets open no incidents, so that a change is one event.
const BESIDE: &str = "    incidents: { auto: off }\n";
const CHANGE_EVERY: Duration = Duration::from_millis(200);
/// Targets that change at the moment at which a node ends.
const AT_ONCE: usize = 20;
const WHOLE_MAX: Duration = Duration::from_mins(1);
/// How long a node may take to end, to be ready, and until one leads again.
const STEP_MAX: Duration = Duration::from_secs(40);
const SETTLING: Duration = Duration::from_secs(5);
const LEADERLESS_S_MAX: f64 = 2.0;
const US_PER_S: f64 = 1e6;
/// Failures that are told in words.
const TOLD_MAX: usize = 5;
/// How many migrations were made.
const MIGRATIONS: &str = "select count(*) from _sqlx_migrations";

fn run(drill: &Play) -> Result<Report> {
    let next = next::binary().context("the next version")?;
    play(async move {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 200\n");
        let upstream = Upstream::start(TARGETS).await?;
        let tokens = jobs::tokens(JOBS, &mut drill.chance(1_000));
        let file = node::yaml_beside(&upstream, TARGETS, &tokens, (1, BESIDE));
        let mut cluster = Cluster::start_on(drill, &[server.port], upstream, (tokens, &file)).await?;
        let made = count(&server, MIGRATIONS)?;
        let truth = truth::open(&server).await?;
        let front = Front::start(&cluster.addresses())?;
        let changes = Changes::start(&cluster.upstream, TARGETS, CHANGE_EVERY);
        let orders = Orders {
            kind: Kind::Listeners(if drill.is(ANEW) { Resume::Anew } else { Resume::Where }),
            nodes: vec![front.address],
            count: PAGES * drill.rounds,
            sources: SOURCES,
            seed: drill.seed,
        };
        let mut crowd = Crowd::start(&orders)?;
        crowd.whole_since(UnixMs(0), WHOLE_MAX)?;
        let mut jobs = Jobs::start(&cluster.tokens, &[front.address], JOB_EVERY);
        let readers = Readers::start(&[front.address; 3]);
        for place in 0..cluster.nodes.len() {
            beat(&jobs).await.with_context(|| format!("before node {place}"))?;
            let asked = clock::now();
            replace(drill, &mut cluster, place, &next).await.with_context(|| format!("node {place}"))?;
            crowd.whole_since(asked, WHOLE_MAX)?;
        }
        beat(&jobs).await.context("at the end")?;
        ensure!(count(&server, MIGRATIONS)? > made, "the next version has no migration of its own");
        jobs.stop().await;
        changes.stop().await;
        tokio::time::sleep(SETTLING).await;
        let met = readers.met();
        drop(readers);

        let outcome = crowd.finish()?;
        let told = truth::told(truth).await?;
        let log = jobs.log();
        let mut kept = jobs::kept(&log, &server)?;
        if drill.is(FORGOTTEN) {
            kept.lost += kept.acknowledged / 10;
        }
        let reigns = reigns::all(&cluster.nodes)?;
        let refused = log.iter().filter(|beat| beat.acknowledged != Some(true)).count() as u64;
        for words in met.failed.iter().chain(log.iter().filter_map(|beat| beat.met.as_ref())).take(TOLD_MAX) {
            eprintln!("drill: a visitor or a job met: {words}");
        }

        let mut report = Report::default();
        report.none("failed_reads", "pages that visitors did not get", met.failed.len() as u64);
        report.none("failed_beats", "heartbeats that were not acknowledged", refused);
        report.none("missed", "changes that an open page did not hear", outcome.missing(&told));
        report.none("repeated", "changes that an open page heard twice", outcome.repeated);
        let title = "nobody leads for, at most";
        report.at_most(("leaderless_s", title, "s"), leaderless_s(&reigns), LEADERLESS_S_MAX);
        report.none("lost", "acknowledged heartbeats that are not there", kept.lost);
        let title = "open pages that had a change to catch up with when they came back";
        let over = count_of(outcome.returns_over(&told));
        report.at_least(("returns_over", title, ""), over, f64::from(drill.rounds));
        let title = "open pages that came back listen again, 99 of 100, after";
        report.note("return_p99_s", title, "s", outcome.return_s(0.99));
        report.note("resets", "open pages that were sent everything anew", "", count_of(outcome.resets));
        report.note("doubled", "heartbeats that are there twice", "", count_of(kept.doubled));
        report.note("visits", "pages that visitors asked for", "", count_of(met.visits));
        report.note("acknowledged", "acknowledged", "", count_of(kept.acknowledged));
        report.note("terms", "leaderships", "", count_of(reigns.len() as u64));
        Ok(report)
    })
}

/// Waits until heartbeats are taken.
async fn beat(jobs: &Jobs) -> Result<()> {
    let taken = jobs.wait_for(BEATS, BEATS_MAX).await;
    let log = jobs.log();
    let met = log.iter().rev().filter_map(|beat| beat.met.as_deref()).take(TOLD_MAX);
    taken.with_context(|| format!("jobs last met: {}", met.collect::<Vec<_>>().join("; ")))
}

/// Replaces a node by one of the next version, and waits until it is ready and somebody leads.
async fn replace(drill: &Play, cluster: &mut Cluster, place: usize, next: &std::path::Path) -> Result<()> {
    (0..AT_ONCE).for_each(|target| cluster.upstream.switches().turn(target));
    let node = &mut cluster.nodes[place];
    let until = Instant::now() + STEP_MAX;
    if drill.is(KILLED) {
        node.kill();
    } else {
        node.signal("TERM")?;
    }
    while node.is_running() {
        ensure!(Instant::now() < until, "it does not end");
        tokio::time::sleep(POLL_PAUSE).await;
    }
    node.becomes(next.to_path_buf());
    tokio::task::block_in_place(|| node.revive())?;
    while !matches!(node.get("/readyz").await, Answered::With(200, _)) {
        ensure!(Instant::now() < until, "it is not ready");
        tokio::time::sleep(POLL_PAUSE).await;
    }
    while reigns::now(&cluster.nodes).is_err() {
        ensure!(Instant::now() < until, "nobody leads");
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Ok(())
}

/// The longest time between two leaderships, in seconds.
fn leaderless_s(reigns: &[Reign]) -> f64 {
    let between = |pair: &[Reign]| match pair {
        [one, next] => one.until_us.map_or(0, |until| next.from_us - until),
        _ => 0,
    };
    let longest_us = reigns.windows(2).map(between).max().unwrap_or(0).max(0);
    count_of(longest_us.unsigned_abs()) / US_PER_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_without_a_leader_is_told() {
        let reign = |term, from_us, until_us| Reign { node: 0, term, from_us, until_us };
        let reigns =
            [reign(1, 0, Some(1_000_000)), reign(2, 1_500_000, Some(2_000_000)), reign(3, 4_500_000, None)];
        assert!((leaderless_s(&reigns) - 2.5).abs() < 1e-9);
        assert!(leaderless_s(&reigns[..1]).abs() < 1e-9);
    }
}
