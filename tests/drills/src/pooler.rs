//! `pooler`: all nodes reach their database through a pooler that gives each transaction any of two connections, and the pooler is
//! started again and again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_model::Change;
use pharos_test_servers::{Pooler, Postgres};
use pharos_tests::EventStream;

use crate::Drill;
use crate::clock;
use crate::cluster::http::Answered;
use crate::cluster::node::{Node, yaml};
use crate::cluster::proxy::Way;
use crate::cluster::upstream::Upstream;
use crate::cluster::{Cluster, Size, leaders, percentile_ms, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const TWO_DATABASES: &str = "two-databases";
const SLOW_LINE: &str = "slow-line";
const NO_RESTART: &str = "no-restart";

pub const DRILL: Drill = Drill {
    name: "pooler",
    about: "three nodes behind a pooler with two connections, which is started again and again",
    round: "six seconds of changes, with one start of the pooler anew in their middle",
    rounds: 10,
    rounds_short: 2,
    in_tests: false,
    bars: "never more than one leader; 99 of 100 changes are with those who listen at any node within 1.5 s; pages are there all the while",
    sabotages: &[
        (TWO_DATABASES, "one more node has a database of its own, and so leads too"),
        (SLOW_LINE, "each piece takes 900 ms from the pooler to the nodes"),
        (NO_RESTART, "the pooler is not started again"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 8, jobs: 0 };
/// Connections of the pooler to the database.
const POOLED: usize = 2;
const ROUND: Duration = Duration::from_secs(6);
/// Time between two changes of a target.
const CHANGE_EVERY: Duration = Duration::from_millis(400);
/// From the decision to those who listen.
const DELIVERY_MS_MAX: f64 = 1_500.0;
/// How long each piece takes on a slow line.
const SLOW: Duration = Duration::from_millis(900);
/// How long the lag of the last change may be.
const LAST: Duration = Duration::from_secs(2);

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let server = Postgres::with_settings("fsync = off\nmax_connections = 100\n");
        let mut pooler = Pooler::before(&server, POOLED);
        let mut cluster = Cluster::start(drill, &[pooler.port], SIZE).await?;
        if drill.is(TWO_DATABASES) {
            let other = Postgres::primary();
            let file = yaml(&cluster.upstream, SIZE.targets, &[]);
            cluster.nodes.push(Node::start(drill, "other", &[other.port], &file).await?);
            return hold(drill, &mut pooler, &mut cluster, Some(other)).await;
        }
        hold(drill, &mut pooler, &mut cluster, None).await
    })
}

async fn hold(
    drill: &Play,
    pooler: &mut Pooler,
    cluster: &mut Cluster,
    _other: Option<Postgres>,
) -> Result<Report> {
    let until = Instant::now() + ROUND * drill.rounds + LAST;
    let listeners: Vec<_> =
        cluster.nodes.iter().take(3).map(|node| listen(node, until)).collect::<Result<_>>()?;
    if drill.is(SLOW_LINE) {
        let ways = cluster.nodes.iter().flat_map(|node| &node.proxies);
        ways.for_each(|way| way.set(Way::Open, Way::Slow(SLOW)));
    }
    let (mut leaders_most, mut restarts, mut looks, mut failed) = (0, 0_u64, 0_u64, 0_u64);
    let began = Instant::now();
    let (mut changed, mut target) = (began, 0);
    while began.elapsed() < ROUND * drill.rounds {
        let due = ROUND * u32::try_from(restarts)? + ROUND / 2;
        if !drill.is(NO_RESTART) && began.elapsed() > due {
            pooler.restart();
            restarts += 1;
        }
        if changed.elapsed() > CHANGE_EVERY {
            changed = Instant::now();
            cluster.upstream.fail(target, !cluster.upstream.fails(target));
            target = (target + 1) % SIZE.targets;
        }
        let mut leading = 0;
        for node in &cluster.nodes {
            leading += usize::from(leaders::leads(node, &cluster.upstream).await);
            looks += 1;
            failed += u64::from(!matches!(node.get("/").await, Answered::With(200, _)));
        }
        leaders_most = leaders_most.max(leading);
        cluster.revive();
        tokio::time::sleep(POLL_PAUSE).await;
    }
    tokio::time::sleep(LAST).await;
    let mut took = Vec::new();
    for listener in listeners {
        took.extend(listener.join().map_err(|_| anyhow::anyhow!("a listener panicked"))?);
    }
    let mut report = Report::default();
    report.at_most(("leaders", "nodes that led at once", ""), count_of(leaders_most as u64), 1.0);
    let heard = took.len() as u64;
    let title = "from the decision to those who listen, 99 of 100";
    let p99_ms = if took.is_empty() { f64::NAN } else { percentile_ms(took, 99) };
    report.at_most(("delivery_p99_ms", title, "ms"), p99_ms, DELIVERY_MS_MAX);
    report.none("failed_reads", "pages that visitors did not get", failed);
    report.at_least(("restarts", "times that the pooler was started again", ""), count_of(restarts), 1.0);
    report.note("changes", "changes that were heard of, at three nodes", "", count_of(heard));
    let longest = unwatched(&cluster.upstream, began);
    report.note("unwatched_s", "longest time in which nobody looked at a target", "s", longest.as_secs_f64());
    report.note("looks", "times that all were asked whether they lead", "", count_of(looks));
    Ok(report)
}

/// The longest time in which nobody looked at some target.
fn unwatched(upstream: &Upstream, began: Instant) -> Duration {
    let mut last = [began; SIZE.targets];
    let mut longest = Duration::ZERO;
    for look in upstream.looks().iter().filter(|look| look.at > began) {
        if let Some(last) = last.get_mut(look.target) {
            longest = longest.max(look.at.duration_since(*last));
            *last = look.at;
        }
    }
    longest
}

/// Listens to a node for so long; tells how long each change took from its decision.
fn listen(node: &Node, until: Instant) -> Result<std::thread::JoinHandle<Vec<Duration>>> {
    let stream = EventStream::open(node.address, None).context("nobody can listen to a node")?;
    let first = stream.next_fact()?;
    ensure!(first.event == "reset", "the first thing heard is {}", first.event);
    Ok(std::thread::spawn(move || {
        let mut took = Vec::new();
        // Pulses come too, so that it ends in time.
        while Instant::now() < until {
            let Ok(frame) = stream.next_frame() else { break };
            let heard = clock::now();
            let Ok(event) = frame.change() else { continue };
            if matches!(event.change, Change::StatusChanged { .. }) {
                took.push(Duration::from_millis(heard.since_ms(event.at)));
            }
        }
        took
    }))
}
