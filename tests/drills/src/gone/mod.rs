//! `gone`: commits hang because the standby that they wait for is silent, and then nobody reaches a database at all.
//!
//! Visitors, who wait for nothing, are held against those of the quiet time before; what jobs were told is the truth of what must be there
//! afterwards.

mod askers;
mod pulses;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_model::Status;
use pharos_tests::EventStream;

use crate::Drill;
use crate::cluster::database::{Pair, Replication};
use crate::cluster::http::Answered;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::node::Node;
use crate::cluster::proxy::{Proxy, Way};
use crate::cluster::readers::Readers;
use crate::cluster::{Cluster, Size, percentile_ms, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use askers::{Askers, Told};
use pulses::Pulses;

const FORGOTTEN: &str = "forgotten";
const STALLED: &str = "stalled";
const HUSHED: &str = "hushed";
const LATE: &str = "late";

pub const DRILL: Drill = Drill {
    name: "gone",
    about: "commits that hang because a standby is silent, and then no database at all",
    round: "15 s of commits that hang and 30 s without a database",
    rounds: 20,
    rounds_short: 1,
    in_tests: false,
    bars: "pages take at most twice as long as before; each node says within three intervals that it may be out of date; jobs are told to come \
           again, or what they were told is kept; all is caught up within 10 s; no node ends",
    sabotages: &[
        (FORGOTTEN, "of what the database has, a tenth is kept from the count"),
        (STALLED, "the nodes are stopped for 400 ms now and then while the database is away"),
        (HUSHED, "what nodes say of their age is not read"),
        (LATE, "the ways to the databases stay cut 12 s longer than is told"),
    ],
    needs_binary: true,
    run,
};

/// How often targets are looked at, in seconds.
const EVERY_S: u64 = 5;
/// The last jobs are those of the askers.
const SIZE: Size = Size { targets: 20, jobs: 12 };
const ASKERS: usize = 3;
const JOB_EVERY: Duration = Duration::from_millis(250);
const BEATS_MAX: Duration = Duration::from_secs(40);
/// Of which round consist.
const ROUND: Duration = Duration::from_secs(15);
/// The time before, against which pages are held, and for which jobs ask as they do later.
const QUIET: Duration = Duration::from_secs(15);
/// How much longer pages may take.
const TIMES_MAX: f64 = 2.0;
const BANNER_S_MAX: f64 = 15.0;
const CAUGHT_UP_S_MAX: f64 = 10.0;
/// How long catching up is watched.
const CATCHING_UP_MAX: Duration = Duration::from_secs(30);
/// What `stalled` does: how long and how often.
const STALL: Duration = Duration::from_millis(400);
const STALL_EVERY: Duration = Duration::from_secs(2);
/// How much longer `late` cuts the ways.
const LATE_BY: Duration = Duration::from_secs(12);

/// What was found while something was away.
struct Found {
    p99_ms: f64,
    failed: u64,
    banner_s: f64,
    told: Told,
    caught_up_s: f64,
}

/// What is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    /// The standby for which commits wait.
    Standby,
    /// Every database.
    All,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let pair = Pair::start(Replication::Sync);
        let mut cluster = Cluster::start_every(drill, &pair.ports(), SIZE, EVERY_S).await?;
        let addresses = cluster.addresses();
        let (working, asking) = cluster.tokens.split_at(SIZE.jobs - ASKERS);
        let (working, asking) = (working.to_vec(), asking.to_vec());
        let mut jobs = Jobs::start(&working, &addresses, JOB_EVERY);
        jobs.wait_for(working.len(), BEATS_MAX).await?;
        let readers = Readers::start(&addresses);
        let pulses = Pulses::of(&cluster.nodes)?;
        let askers = Askers::start(&asking, &addresses);
        tokio::time::sleep(QUIET).await;
        askers.stop().await;
        let quiet_ms = percentile_ms(readers.met().took, 99);
        let around = Around {
            drill,
            pair: &pair,
            cluster: &cluster,
            readers: &readers,
            pulses: &pulses,
            asking: &asking,
        };
        let hanging = around.away(Away::Standby, ROUND * drill.rounds).await.context("commits that hang")?;
        let nothing = around.away(Away::All, ROUND * (2 * drill.rounds)).await.context("no database")?;
        jobs.wait_for(working.len(), BEATS_MAX).await.context("at the end")?;
        jobs.stop().await;
        let mut kept = jobs::kept(&jobs.log(), &pair.primary)?;
        if drill.is(FORGOTTEN) {
            kept.lost += kept.acknowledged / 10;
        }
        let ended = cluster.nodes.iter_mut().map(|node| u64::from(!node.is_running())).sum();

        let mut report = Report::default();
        for (name, what, found) in
            [("hanging", "while commits hang", &hanging), ("nothing", "without a database", &nothing)]
        {
            let title = format!("pages {what}, 99 of 100, against those before");
            report.at_most((&format!("times_{name}"), &title, "×"), found.p99_ms / quiet_ms, TIMES_MAX);
            let title = format!("pages {what}, 99 of 100");
            report.note(&format!("page_p99_{name}_ms"), &title, "ms", found.p99_ms);
            report.none(
                &format!("failed_reads_{name}"),
                &format!("pages that visitors did not get {what}"),
                found.failed,
            );
            let title = format!("each node says {what} that it may be out of date, after");
            report.at_most((&format!("banner_{name}_s"), &title, "s"), found.banner_s, BANNER_S_MAX);
            let title = format!("jobs that were told something else {what} than to come again");
            report.none(&format!("untold_{name}"), &title, found.told.otherwise);
            let title = format!("all is caught up {what}, after");
            report.at_most(
                (
                    &format!("caught_up_{name}_s"),
                    &title.replace(" while", " after").replace(" without", " after being without"),
                    "s",
                ),
                found.caught_up_s,
                CAUGHT_UP_S_MAX,
            );
            let title = format!("heartbeats to which jobs heard {what} that they should come again");
            report.at_least((&format!("again_{name}"), &title, ""), count_of(found.told.again), 1.0);
            report.note(
                &format!("taken_{name}"),
                &format!("heartbeats that were taken {what}"),
                "",
                count_of(found.told.taken),
            );
        }
        report.none("lost", "acknowledged heartbeats that are not there", kept.lost);
        report.none("ended", "nodes that ended", ended);
        report.note("page_p99_quiet_ms", "pages before, 99 of 100", "ms", quiet_ms);
        report.note("acknowledged", "acknowledged", "", count_of(kept.acknowledged));
        report.note(
            "doubled",
            "heartbeats that are there although jobs were told to come again",
            "",
            count_of(kept.doubled),
        );
        Ok(report)
    })
}

/// What stands around while something is away.
struct Around<'a> {
    drill: &'a Play,
    pair: &'a Pair,
    cluster: &'a Cluster,
    readers: &'a Readers,
    pulses: &'a Pulses,
    asking: &'a [String],
}

impl Around<'_> {
    async fn away(&self, what: Away, long: Duration) -> Result<Found> {
        let before = self.readers.met();
        let askers = Askers::start(self.asking, &self.cluster.addresses());
        let began = Instant::now();
        let ways = || self.cluster.nodes.iter().flat_map(|node| &node.proxies);
        match what {
            Away::Standby => self.pair.primary.freeze_senders(),
            Away::All => ways().for_each(|way| way.set(Way::Held, Way::Held)),
        }
        // What changes meanwhile must be seen afterwards.
        let target = usize::from(what == Away::All);
        self.cluster.upstream.fail(target, true);
        while began.elapsed() < long {
            if self.drill.is(STALLED) {
                self.stall().await?;
            }
            tokio::time::sleep(POLL_PAUSE).await;
        }
        let met = self.readers.met();
        let banner_s = if self.drill.is(HUSHED) { f64::INFINITY } else { self.pulses.all_stale_s(began) };
        let told = askers.stop().await;
        let back = Instant::now();
        if self.drill.is(LATE) {
            tokio::time::sleep(LATE_BY).await;
        }
        match what {
            Away::Standby => self.pair.primary.thaw_senders(),
            Away::All => ways().for_each(Proxy::restore),
        }
        let caught_up_s = caught_up_s(self.cluster, target, back).await;
        let took = met.took.get(before.took.len()..).unwrap_or_default().to_vec();
        let failed: Vec<_> = met.failed.iter().skip(before.failed.len()).collect();
        for words in failed.iter().take(5) {
            eprintln!("drill: {what:?}: a visitor met: {words}");
        }
        eprintln!("drill: {what:?}: {told:?}, stale after {banner_s} s, caught up after {caught_up_s} s");
        Ok(Found {
            p99_ms: percentile_ms(took, 99),
            failed: failed.len() as u64,
            banner_s,
            told,
            caught_up_s,
        })
    }

    async fn stall(&self) -> Result<()> {
        for (signal, pause) in [("STOP", STALL), ("CONT", STALL_EVERY)] {
            for node in &self.cluster.nodes {
                node.signal(signal)?;
            }
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }
}

/// How long it took until every node is well and shows what changed meanwhile.
async fn caught_up_s(cluster: &Cluster, target: usize, back: Instant) -> f64 {
    while back.elapsed() < CATCHING_UP_MAX {
        let mut all = true;
        for node in &cluster.nodes {
            all = all
                && matches!(node.get("/health").await, Answered::With(200, _))
                && shows_failing(node, target).await;
        }
        if all {
            return back.elapsed().as_secs_f64();
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    for node in &cluster.nodes {
        let shows = shows_failing(node, target).await;
        eprintln!(
            "drill: {} is not well: {:?}; shows the change: {shows}",
            node.name,
            node.get("/health").await
        );
        eprintln!("{}", node.log());
    }
    f64::INFINITY
}

async fn shows_failing(node: &Node, target: usize) -> bool {
    let address = node.address;
    let shown =
        tokio::task::spawn_blocking(move || EventStream::open(address, None)?.next_fact()?.snapshot()).await;
    let Ok(Ok(snapshot)) = shown else { return false };
    let wanted = format!("t{target}");
    snapshot.components.iter().any(|component| {
        component.definition.id.as_str() == wanted && component.status == Status::MajorOutage
    })
}
