//! `leader`: the node that leads is killed outright while jobs report and statuses change, and then another is asked to end.
//!
//! One leader at a time is told thrice: by the terms along the journal, by a witness in the database that notes whose connection each
//! row came on and who held the lease, and by what each node logs by the clock that all processes of a machine share.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;

use crate::Drill;
use crate::clock;
use crate::cluster::database::{DATABASE, count};
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::slots::Slots;
use crate::cluster::{Cluster, Size, play, reigns, witness};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const ENDED_LEASE: &str = "ended-lease";
const LONG_LEASE: &str = "long-lease";
const PAINTED: &str = "painted";
const SEEN_TWICE: &str = "seen-twice";

pub const DRILL: Drill = Drill {
    name: "leader",
    about: "the leader of three nodes killed in a burst of writes, and the next one asked to end",
    round: "a leader killed and a leader asked to end",
    rounds: 3,
    rounds_short: 1,
    in_tests: true,
    bars: "one leader at a time; no look is taken twice for a slot; time in which nobody led is unknown; another leads within 18 s of a kill \
           and 1 s of a request to end, and misses 2 slots of a check and none; no acknowledged heartbeat is lost",
    sabotages: &[
        (ENDED_LEASE, "the lease is ended in the database while its holder leads"),
        (LONG_LEASE, "the lease of the one that was killed lasts 20 s from then on"),
        (PAINTED, "spans of which nothing is known are read as if all worked"),
        (SEEN_TWICE, "one look in a hundred is noted twice by its target"),
    ],
    needs_binary: true,
    run,
};

/// How large the drill is, and how often targets are looked at.
struct Form {
    size: Size,
    every_s: u64,
}

const WHOLE: Form = Form { size: Size { targets: 200, jobs: 60 }, every_s: 10 };
const SHORT: Form = Form { size: Size { targets: 40, jobs: 30 }, every_s: 2 };
/// How often each job reports.
const JOB_EVERY: Duration = Duration::from_millis(250);
/// How long heartbeats may take.
const BEATS_MAX: Duration = Duration::from_secs(40);
/// Targets that change in the burst.
const CHANGING: usize = 20;
/// How long another may take until it leads before it is given up.
const LEADS_MAX: Duration = Duration::from_secs(40);
const KILLED_S_MAX: f64 = 18.0;
const ENDED_S_MAX: f64 = 1.0;
const MISSED_BY_KILL_MAX: f64 = 2.0;
const US_PER_S: f64 = 1e6;

/// An end of a leader, and what followed.
struct Change {
    /// From the end until another led.
    within: (UnixMs, UnixMs),
    takeover_s: f64,
}

#[derive(Default)]
struct Found {
    kills: Vec<Change>,
    ends: Vec<Change>,
    uncovered_ms: u64,
}

fn run(drill: &Play) -> Result<Report> {
    let form = if drill.rounds < DRILL.rounds { SHORT } else { WHOLE };
    play(async move {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 200\n");
        let mut cluster = Cluster::start_every(drill, &[server.port], form.size, form.every_s).await?;
        witness::install(&server);
        let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
        let mut found = Found::default();
        for _ in 0..drill.rounds {
            kill(drill, (&server, &mut cluster, &jobs), &mut found).await.context("a kill")?;
            settle(&form, &jobs).await?;
            end(&mut cluster, &mut found).await.context("a request to end")?;
            settle(&form, &jobs).await?;
        }
        jobs.stop().await;
        report(drill, &form, (&server, &cluster, &jobs), &found)
    })
}

/// Lets every target be looked at.
async fn settle(form: &Form, jobs: &Jobs) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(form.every_s + 3);
    jobs.wait_for(form.size.jobs, BEATS_MAX).await?;
    tokio::time::sleep_until(until.into()).await;
    Ok(())
}

/// Kills the leader in a burst, and starts it again when another leads.
async fn kill(
    drill: &Play,
    (server, cluster, jobs): (&Postgres, &mut Cluster, &Jobs),
    found: &mut Found,
) -> Result<()> {
    jobs.wait_for(100, BEATS_MAX).await?;
    let reign = reigns::now(&cluster.nodes)?;
    if drill.is(ENDED_LEASE) {
        let end = format!("update leases set expires_at = '-infinity' where term = {}", reign.term);
        // Its holder may renew it before another has taken it.
        while reigns::now(&cluster.nodes)?.term == reign.term {
            server.sql(DATABASE, &end);
            tokio::time::sleep(POLL_PAUSE * 10).await;
        }
        // It finds out when it renews.
        while reigns::all(&cluster.nodes)?.iter().filter(|reign| reign.until_us.is_none()).count() > 1 {
            tokio::time::sleep(POLL_PAUSE).await;
        }
    }
    let reign = reigns::now(&cluster.nodes)?;
    // What fails and works again is written by the one that leads.
    (0..CHANGING).for_each(|target| cluster.upstream.fail(target, !cluster.upstream.fails(target)));
    jobs.wait_for(50, BEATS_MAX).await?;
    let leader = &mut cluster.nodes[reign.node];
    let killed = clock::now();
    leader.kill();
    if drill.is(LONG_LEASE) {
        server.sql(DATABASE, "update leases set expires_at = clock_timestamp() + interval '20 s'");
    }
    let next = reigns::after(&cluster.nodes, reign.term, LEADS_MAX).await?;
    let change = change(killed, &next);
    found.kills.push(change);
    cluster.nodes[reign.node].revive()?;
    // The hole is known to be one as soon as somebody looked again.
    jobs.wait_for(50, BEATS_MAX).await?;
    let within = (killed, UnixMs(next.from_us / 1_000));
    found.uncovered_ms = found.uncovered_ms.max(uncovered_ms(drill, server, within)?);
    Ok(())
}

/// Asks the leader to end, and starts it again.
async fn end(cluster: &mut Cluster, found: &mut Found) -> Result<()> {
    let reign = reigns::now(&cluster.nodes)?;
    let asked = clock::now();
    cluster.nodes[reign.node].signal("TERM")?;
    let next = reigns::after(&cluster.nodes, reign.term, LEADS_MAX).await?;
    found.ends.push(change(asked, &next));
    let until = Instant::now() + LEADS_MAX;
    while cluster.nodes[reign.node].is_running() && Instant::now() < until {
        tokio::time::sleep(POLL_PAUSE).await;
    }
    cluster.nodes[reign.node].revive()
}

fn change(since: UnixMs, next: &reigns::Reign) -> Change {
    #[expect(clippy::cast_precision_loss, reason = "no drill takes longer than 2^52 microseconds")]
    let takeover_s = (next.from_us - since.0 * 1_000) as f64 / US_PER_S;
    Change { within: (since, UnixMs(next.from_us / 1_000)), takeover_s }
}

/// The longest time within which nothing says of some target that nothing is known.
fn uncovered_ms(drill: &Play, server: &Postgres, (from, until): (UnixMs, UnixMs)) -> Result<u64> {
    let status = if drill.is(PAINTED) { "none" } else { "unknown" };
    let (from, until) = (from.0, until.0);
    count(
        server,
        &format!(
            "select max({until} - {from} - coalesce((select sum(greatest(0, least(coalesce(s.ends_at, {until}), {until}) \
             - greatest(s.starts_at, {from}))) from spans s where s.component = c.component and s.status = '{status}'), 0)) \
             from (select distinct component from spans where component like 't%') c"
        ),
    )
}

fn report(
    drill: &Play,
    form: &Form,
    (server, cluster, jobs): (&Postgres, &Cluster, &Jobs),
    found: &Found,
) -> Result<Report> {
    let rows = witness::rows(server, &cluster.nodes)?;
    let reigns = reigns::all(&cluster.nodes)?;
    let slots = Slots::read(server, form.every_s)?;
    let mut looks = cluster.upstream.looks();
    if drill.is(SEEN_TWICE) {
        looks = looks
            .into_iter()
            .enumerate()
            .flat_map(|(place, look)| vec![look; 1 + usize::from(place % 100 == 0)])
            .collect();
    }
    let longest = |changes: &[Change]| changes.iter().map(|change| change.takeover_s).fold(0.0, f64::max);
    let missed = |changes: &[Change]| {
        count_of(changes.iter().map(|change| slots.missed(change.within)).max().unwrap_or(0))
    };
    let kept = jobs::kept(&jobs.log(), server)?;

    let mut report = Report::default();
    let overlap_us = u64::try_from(reigns::overlap_us(&reigns)).unwrap_or(0);
    report.none("overlap_us", "two led at once by their own clocks, microseconds", overlap_us);
    report.none("falls", "entries whose term is lower than that of the row before", witness::falls(&rows));
    let title = "rows written by another than the holder of the lease";
    report.none("strangers", title, witness::strangers(&rows, &cluster.nodes));
    report.none("doubled_looks", "looks beyond one for each slot", slots.doubled(&looks));
    let title = "longest part of the time without a leader that is not unknown, ms";
    report.none("uncovered_ms", title, found.uncovered_ms);
    let title = "another leads after a kill within";
    report.at_most(("takeover_kill_s", title, "s"), longest(&found.kills), KILLED_S_MAX);
    let title = "another leads after a request to end within";
    report.at_most(("takeover_term_s", title, "s"), longest(&found.ends), ENDED_S_MAX);
    let title = "slots of 10 s missed by a check, by a kill";
    report.at_most(("missed_kill", title, ""), missed(&found.kills), MISSED_BY_KILL_MAX);
    let title = "slots of 10 s missed by a check, by a request to end";
    report.at_most(("missed_term", title, ""), missed(&found.ends), 0.0);
    report.none("lost", "acknowledged heartbeats that are not there", kept.lost);
    report.none("doubled", "heartbeats that are there twice", kept.doubled);
    report.note("acknowledged", "acknowledged", "", count_of(kept.acknowledged));
    report.note("terms", "leaderships", "", count_of(reigns.len() as u64));
    report.note("rows", "rows that the witness noted", "", count_of(rows.len() as u64));
    report.note("looks", "looks", "", count_of(looks.len() as u64));
    Ok(report)
}
