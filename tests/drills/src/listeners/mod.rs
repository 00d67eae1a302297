//! `listeners`: thousands of open pages at three nodes, of which two are killed one after the other while things change.
//!
//! Every listener comes back as a browser does, from where it stopped, at another node. What it must have heard in all, the journal
//! tells. A node holds 12,000 streams at most, so that the last of three cannot take 20,000 alone: in a whole run the first one is started
//! again, as whoever supervises it would, before the second is killed. In a short run both stay away.

pub mod changes;

use std::time::Duration;

use anyhow::{Context, Result};
use pharos_measure::proc_stat;
use pharos_model::UnixMs;
use pharos_test_servers::Postgres;

use crate::Drill;
use crate::clock;
use crate::cluster::upstream::Upstream;
use crate::cluster::{Cluster, jobs, node, play, reigns};
use crate::crowd::truth::{self, Told};
use crate::crowd::{Crowd, Kind, Orders, Outcome, Resume};
use crate::play::Play;
use crate::report::{Report, count_of};
use changes::Changes;

const ANEW: &str = "anew";
const ONE_BEFORE: &str = "one-before";
const LATE: &str = "late";

pub const DRILL: Drill = Drill {
    name: "listeners",
    about: "open pages at three nodes of which two are killed, each coming back from where it stopped",
    round: "a thousand open pages",
    rounds: 20,
    rounds_short: 2,
    in_tests: true,
    bars: "no page misses a change or hears one twice; 99 of 100 listen again within 10 s; a stream costs a node at most 32 KiB; 99 of 100 changes \
           are there within 1.5 s, and within 5 s around a kill",
    sabotages: &[
        (ANEW, "pages come back without saying where they stopped"),
        (ONE_BEFORE, "pages come back from one place before the one where they stopped"),
        (LATE, "pages come back 12 s later than they would"),
    ],
    needs_binary: true,
    run,
};

/// Pages of a round.
const PAGES: u32 = 1_000;
/// Processes in which they are.
const CROWDS: u32 = 2;
/// The addresses from which they come, 127.0.0.2 to 127.0.0.9: half of them for each process.
const SOURCES: [(u8, u8); 2] = [(2, 4), (6, 4)];
const TARGETS: usize = 40;
/// Targets open no incidents, so that a change is one event.
const BESIDE: &str = "    incidents: { auto: off }\n";
/// Time between two changes.
const CHANGE_EVERY: Duration = Duration::from_millis(200);
/// How long all may take until they listen.
const WHOLE_MAX: Duration = Duration::from_mins(2);
/// How long another may take until it leads.
const LEADS_MAX: Duration = Duration::from_secs(40);
/// How long changes go on before the first kill, and after each.
const QUIET: Duration = Duration::from_secs(6);
const AFTER: Duration = Duration::from_secs(4);
/// How long the last changes are waited for: longer than any may take.
const SETTLING: Duration = Duration::from_secs(5);
/// How much before a kill, and after everybody listens again, is around it, in milliseconds.
const AROUND_MS: u64 = 1_000;
/// Targets that change at the moment of a kill, so that whoever comes back has something to catch up with.
const AT_ONCE: usize = 20;
/// How many of a thousand pages must have had something.
const CAUGHT_UP_MIN: u32 = 100;
const RETURN_S_MAX: f64 = 10.0;
const KIB_MAX: f64 = 32.0;
const QUIET_S_MAX: f64 = 1.5;
const AROUND_S_MAX: f64 = 5.0;
const BYTES_PER_KIB: f64 = 1_024.0;

/// What is measured on the way.
struct Found {
    bytes_a_stream: f64,
    quiet: (UnixMs, UnixMs),
    around: Vec<(UnixMs, UnixMs)>,
    outcome: Outcome,
    told: Vec<Told>,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 200\n");
        let upstream = Upstream::start(TARGETS).await?;
        let tokens = jobs::tokens(0, &mut drill.chance(1_000));
        let file = node::yaml_beside(&upstream, TARGETS, &tokens, (1, BESIDE));
        let mut cluster = Cluster::start_on(drill, &[server.port], upstream, (tokens, &file)).await?;
        let found = listen(drill, &server, &mut cluster).await?;
        Ok(report(drill, &found))
    })
}

async fn listen(drill: &Play, server: &Postgres, cluster: &mut Cluster) -> Result<Found> {
    let pages = PAGES * drill.rounds;
    let before = resident(cluster)?;
    let begun = clock::now();
    let mut crowds = Vec::new();
    for (number, sources) in SOURCES.into_iter().enumerate() {
        let orders = Orders {
            kind: Kind::Listeners(resume(drill)),
            nodes: cluster.addresses(),
            count: pages / CROWDS,
            sources,
            seed: drill.seed.wrapping_add(number as u64),
        };
        crowds.push(Crowd::start(&orders)?);
    }
    whole(&mut crowds, begun).context("at first")?;
    let changes = Changes::start(&cluster.upstream, TARGETS, CHANGE_EVERY);
    tokio::time::sleep(QUIET).await;
    let bytes_a_stream = (resident(cluster)? - before) / f64::from(pages);
    let quiet = (begun.max(UnixMs(changes.since.0 + 1_000)), clock::now());

    let leader = reigns::now(&cluster.nodes)?;
    let follower = (leader.node + 1) % cluster.nodes.len();
    let mut around = Vec::new();
    around.push(kill(cluster, follower, &mut crowds).await.context("a node that follows is killed")?);
    if pages > LAST_TAKES {
        cluster.nodes[follower].revive()?;
    }
    let (killed, _) =
        kill(cluster, leader.node, &mut crowds).await.context("the node that leads is killed")?;
    reigns::after(&cluster.nodes, leader.term, LEADS_MAX).await?;
    tokio::time::sleep(AFTER).await;
    // Nothing changes until another leads.
    around.push((killed, clock::now()));
    changes.stop().await;
    tokio::time::sleep(SETTLING).await;
    let mut outcome = Outcome::default();
    for crowd in crowds {
        outcome.add(crowd.finish()?);
    }
    for (how, count) in &outcome.ends {
        eprintln!("drill: {count} streams, or attempts at one: {how}");
    }
    let told = truth::told(truth::open(server).await?).await?;
    Ok(Found { bytes_a_stream, quiet, around, outcome, told })
}

/// So many pages one node can take, and some to spare.
const LAST_TAKES: u32 = 10_000;

/// Kills a node, and waits until all pages listen again; tells the time around it.
async fn kill(cluster: &mut Cluster, node: usize, crowds: &mut [Crowd]) -> Result<(UnixMs, UnixMs)> {
    let killed = clock::now();
    (0..AT_ONCE).for_each(|target| cluster.upstream.switches().turn(target));
    cluster.nodes[node].kill();
    let back = whole(crowds, killed)?;
    tokio::time::sleep(AFTER).await;
    Ok((UnixMs(killed.0 - AROUND_MS.cast_signed()), back.plus_ms(AROUND_MS)))
}

/// Waits until all pages listen, since this moment or later; tells since when.
fn whole(crowds: &mut [Crowd], since: UnixMs) -> Result<UnixMs> {
    let mut last = since;
    for crowd in crowds {
        last = last.max(crowd.whole_since(since, WHOLE_MAX)?);
    }
    Ok(last)
}

fn resume(drill: &Play) -> Resume {
    match drill.sabotage {
        Some(ANEW) => Resume::Anew,
        Some(ONE_BEFORE) => Resume::OneBefore,
        Some(LATE) => Resume::Late(12),
        _ => Resume::Where,
    }
}

/// Resident memory of all nodes, in bytes.
fn resident(cluster: &Cluster) -> Result<f64> {
    let pids = cluster.nodes.iter().filter_map(node::Node::pid);
    pids.map(proc_stat::resident_bytes).sum()
}

fn report(drill: &Play, found: &Found) -> Report {
    let Found { outcome, .. } = found;
    let mut report = Report::default();
    report.none("missing", "changes that a page did not hear", outcome.missing(&found.told));
    report.none("repeated", "changes that a page heard twice", outcome.repeated);
    report.none("sent_back", "pages that were sent back to an earlier place", outcome.sent_back);
    let title = "pages that were lost listen again, 99 of 100, after";
    report.at_most(("return_p99_s", title, "s"), outcome.return_s(0.99), RETURN_S_MAX);
    let lost = count_of(outcome.returns.len() as u64);
    report.note("returns", "pages that were lost and listen again", "", lost);
    let title = "memory of the nodes for each stream";
    report.at_most(("kib_a_stream", title, "KiB"), found.bytes_a_stream / BYTES_PER_KIB, KIB_MAX);
    let quiet = (found.quiet.0.0, found.quiet.1.0);
    let title = "changes are there, 99 of 100, within";
    report.at_most(("quiet_p99_s", title, "s"), outcome.late_s(0.99, quiet), QUIET_S_MAX);
    let around = |(from, until): &(UnixMs, UnixMs)| outcome.late_s(0.99, (from.0, until.0));
    for (name, killed, time) in [
        ("follower", "a node that follows", found.around.first()),
        ("leader", "the one that leads", found.around.last()),
    ] {
        let figure = format!("around_{name}_p99_s");
        let title = format!("the same around the time at which {killed} is killed");
        report.at_most((&figure, &title, "s"), time.map_or(f64::NAN, around), AROUND_S_MAX);
    }
    report.note(
        "returns_peak",
        "pages that came back within one second, at most",
        "",
        count_of(outcome.returns_peak()),
    );
    let title = "pages that had a change to catch up with when they came back";
    let over = count_of(outcome.returns_over(&found.told));
    report.at_least(("returns_over", title, ""), over, f64::from(CAUGHT_UP_MIN * drill.rounds));
    report.note("resets", "pages that were sent everything anew", "", count_of(outcome.resets));
    report.note("gaps", "changes that do not follow the one before", "", count_of(outcome.gaps));
    report.note("changes", "public entries of the journal", "", count_of(found.told.len() as u64));
    report.note("pages", "pages", "", f64::from(PAGES * drill.rounds));
    report
}
