//! `primary`: the primary database is killed while jobs report and visitors look, and the standby is promoted.
//!
//! What the jobs were told is the truth: each acknowledged heartbeat must be at the promoted standby where commits wait for it, and where
//! they do not, a loss must be told to operators.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::Drill;
use crate::cluster::database::{Pair, Replication, count};
use crate::cluster::jobs::{self, Heartbeat, Jobs, Kept};
use crate::cluster::readers::{Met, Readers};
use crate::cluster::{Cluster, Size, percentile_ms, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};

const FORGOTTEN: &str = "forgotten";
const DOZING: &str = "dozing";
const SILENT: &str = "silent";
const NOT_WAITED_FOR: &str = "not-waited-for";

pub const DRILL: Drill = Drill {
    name: "primary",
    about: "the primary database killed under load, with a standby that is waited for, one that is not, and one that lags",
    round: "a primary killed in each of four ways",
    rounds: 10,
    rounds_short: 1,
    in_tests: true,
    bars: "writing goes on within 3 s of the promotion; nothing acknowledged is lost where commits wait for the standby; elsewhere a loss \
           is told of; visitors see no error",
    sabotages: &[
        (FORGOTTEN, "of what the database has, a tenth is kept from the count"),
        (DOZING, "the nodes' ways to the new primary are cut for 8 s"),
        (SILENT, "what nodes log is not read"),
        (NOT_WAITED_FOR, "commits are said to wait for a standby that lags, and do not"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 20, jobs: 60 };
/// How often each job reports: all together 500 times a second where nobody has to wait.
const JOB_EVERY: Duration = Duration::from_millis(120);
/// Heartbeats that are taken in a second before the primary is killed, in a whole run.
const RATE_MIN: f64 = 300.0;
/// Heartbeats that are taken before the primary is killed, and after.
const BEATS: usize = 250;
/// How long they may take.
const BEATS_MAX: Duration = Duration::from_secs(40);
/// How long the standby hears nothing before the primary is killed.
const LAG: Duration = Duration::from_millis(300);
/// The longest it hears nothing.
const LAG_MAX: Duration = Duration::from_secs(5);
/// How much longer than the promotion nobody may be able to write.
const OUTAGE_BEYOND_S_MAX: f64 = 3.0;
/// How long `dozing` cuts the ways.
const DOZE: Duration = Duration::from_secs(8);
/// What a node logs when the database lost entries that it has seen.
const TOLD: &str = "no longer has what this node has seen";
/// What it logs when the database lost heartbeats that it acknowledged.
const TOLD_OF_REPORTS: &str = "lost reports of jobs or agents that had been acknowledged";
/// How long a loss may take to be told.
const TOLD_MAX: Duration = Duration::from_secs(10);

/// How the primary is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Commits wait for the standby.
    Waited,
    /// They do not.
    NotWaited,
    /// They do not, and the standby hears nothing while statuses change.
    Lagging,
    /// The same, while nothing but heartbeats is written.
    Quiet,
}

/// What one kill brought.
struct Killed {
    promotion: Duration,
    outage: Duration,
    kept: Kept,
    met: Met,
    lost_entries: u64,
    is_anew: bool,
    is_told: bool,
    restarts: usize,
    rate: f64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut report = Report::default();
        let mut rounds = Vec::new();
        for _ in 0..drill.rounds {
            for way in [Way::Waited, Way::NotWaited, Way::Lagging, Way::Quiet] {
                rounds.push((way, kill(drill, way).await.with_context(|| format!("standby: {way:?}"))?));
            }
        }
        let of = |way: Way| rounds.iter().filter(move |(found, _)| *found == way).map(|(_, killed)| killed);
        let lost = |way: Way| of(way).map(|killed| killed.kept.lost).sum::<u64>();
        let all = || rounds.iter().map(|(_, killed)| killed);

        report.none(
            "lost_waited",
            "acknowledged heartbeats lost where commits wait for the standby",
            lost(Way::Waited),
        );
        let beyond_s = |anew: bool| {
            let of_kind = all().filter(|killed| killed.is_anew == anew);
            percentile_ms(of_kind.map(|killed| killed.outage.saturating_sub(killed.promotion)).collect(), 99)
                / 1_000.0
        };
        let title = "nobody could write, beyond the promotion, 99 of 100";
        report.at_most(("outage_beyond_s", title, "s"), beyond_s(false), OUTAGE_BEYOND_S_MAX);
        let title = "the same where nodes lost entries and began anew";
        report.at_most(("outage_anew_beyond_s", title, "s"), beyond_s(true), OUTAGE_BEYOND_S_MAX);
        for words in all().flat_map(|killed| &killed.met.failed).take(5) {
            eprintln!("drill: a visitor met: {words}");
        }
        let failed = |anew: bool| {
            let of_kind = all().filter(|killed| killed.is_anew == anew);
            of_kind.map(|killed| killed.met.failed.len() as u64).sum::<u64>()
        };
        report.none("failed_reads", "pages that visitors did not get", failed(false));
        let title = "pages that visitors did not get of nodes that lost entries and began anew";
        report.none("failed_reads_anew", title, failed(true));
        let untold = |with_entries: bool| {
            let is_untold = |killed: &&Killed| {
                let lost = killed.kept.lost + killed.lost_entries > 0;
                lost && (killed.lost_entries > 0) == with_entries && !killed.is_told
            };
            all().filter(is_untold).count() as u64
        };
        report.none("untold", "losses of journal entries of which no node told", untold(true));
        let title = "losses of heartbeats alone of which no node told";
        report.none("untold_heartbeats", title, untold(false));
        let doubled = all().map(|killed| killed.kept.doubled).sum();
        report.none("doubled", "heartbeats that are there twice", doubled);
        let entries = all().map(|killed| killed.lost_entries).sum();
        report.at_least(
            ("lost_entries", "entries of the journal that were lost", ""),
            count_of(entries),
            1.0,
        );
        let title = "acknowledged heartbeats lost with a standby that lags";
        report.at_least(("lost_lagging", title, ""), count_of(lost(Way::Lagging)), 1.0);
        report.note(
            "lost_not_waited",
            "lost with a standby that is not waited for",
            "",
            count_of(lost(Way::NotWaited)),
        );
        report.note(
            "acknowledged",
            "acknowledged",
            "",
            count_of(all().map(|killed| killed.kept.acknowledged).sum()),
        );
        let rate = all().map(|killed| killed.rate).fold(f64::INFINITY, f64::min);
        let title = "acknowledged in a second before the kill, at least";
        if drill.rounds < DRILL.rounds {
            report.note("rate", title, "1/s", rate);
        } else {
            report.at_least(("rate", title, "1/s"), rate, RATE_MIN);
        }
        let promotions = all().map(|killed| killed.promotion).collect();
        report.note("promotion_ms", "promotion, 99 of 100", "ms", percentile_ms(promotions, 99));
        let pages = all().flat_map(|killed| killed.met.took.clone()).collect();
        report.note("page_p99_ms", "pages, 99 of 100", "ms", percentile_ms(pages, 99));
        report.note("visits", "visits", "", count_of(all().map(|killed| killed.met.visits).sum()));
        let restarts = all().map(|killed| killed.restarts).sum::<usize>();
        report.note("restarts", "nodes that ended by themselves", "", count_of(restarts as u64));
        Ok(report)
    })
}

async fn kill(drill: &Play, way: Way) -> Result<Killed> {
    let waits = way == Way::Waited && !drill.is(NOT_WAITED_FOR);
    let lags = matches!(way, Way::Lagging | Way::Quiet) || way == Way::Waited && !waits;
    let mut pair = Pair::start(if waits { Replication::Sync } else { Replication::Async });
    let mut cluster = Cluster::start(drill, &pair.ports(), SIZE).await?;
    let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
    jobs.wait_for(SIZE.jobs, BEATS_MAX).await?;
    let readers = Readers::start(&cluster.addresses());
    let began = Instant::now();
    jobs.wait_for(BEATS, BEATS_MAX).await?;
    let rate = count_of(jobs.acknowledged_since(began) as u64) / began.elapsed().as_secs_f64();
    if lags {
        pair.primary.freeze_senders();
        // Each is looked at within a second: some of them before the kill, and that is an entry of the journal.
        (0..SIZE.targets).for_each(|target| cluster.upstream.fail(target, way == Way::Lagging));
        let frozen = Instant::now();
        tokio::time::sleep(LAG).await;
        // On a busy machine it may take longer until there is something to lose.
        while frozen.elapsed() < LAG_MAX
            && (jobs.acknowledged_since(frozen) == 0 || way == Way::Lagging && behind(&pair)? == 0)
        {
            tokio::time::sleep(POLL_PAUSE).await;
        }
    }
    let lost_entries = behind(&pair)?;
    let killed = Instant::now();
    pair.primary.crash();
    pair.standby.promote();
    let promotion = killed.elapsed();
    if drill.is(DOZING) {
        let ways: Vec<_> = cluster.nodes.iter().filter_map(|node| node.proxies.get(1)).collect();
        for way in &ways {
            way.cut();
        }
        tokio::time::sleep(DOZE).await;
        for way in &ways {
            way.restore();
        }
    }
    let mut restarts = 0;
    let until = Instant::now() + BEATS_MAX;
    while jobs.acknowledged_since(killed) < BEATS && Instant::now() < until {
        restarts += cluster.revive();
        tokio::time::sleep(POLL_PAUSE).await;
    }
    jobs.stop().await;
    let log = jobs.log();
    let outage = outage(&log, killed).context("nothing was taken any more after the promotion")?;
    if outage.saturating_sub(promotion).as_secs_f64() > OUTAGE_BEYOND_S_MAX && drill.sabotage.is_none() {
        for node in &cluster.nodes {
            eprintln!("drill: the log of {}:\n{}", node.name, node.log());
        }
    }
    let met = readers.met();
    drop(readers);
    let mut kept = jobs::kept(&log, &pair.standby)?;
    if drill.is(FORGOTTEN) {
        kept.lost += kept.acknowledged / 10;
    }
    let is_anew = cluster.logged(TOLD);
    let words = if lost_entries > 0 { TOLD } else { TOLD_OF_REPORTS };
    let since = Instant::now();
    while kept.lost > 0 && !cluster.logged(words) && since.elapsed() < TOLD_MAX {
        tokio::time::sleep(POLL_PAUSE).await;
    }
    let is_told = cluster.logged(words) && !drill.is(SILENT);
    eprintln!("drill: {way:?}: nobody could write for {outage:?}, the promotion took {promotion:?}");
    Ok(Killed { promotion, outage, kept, met, lost_entries, is_anew, is_told, restarts, rate })
}

/// How many entries of the journal the standby does not have.
fn behind(pair: &Pair) -> Result<u64> {
    let end = "select seq from head";
    Ok(count(&pair.primary, end)?.saturating_sub(count(&pair.standby, end)?))
}

/// How long it took from the kill to the answer to the first heartbeat that was sent after it and taken.
fn outage(log: &[Heartbeat], killed: Instant) -> Option<Duration> {
    let after = log.iter().filter(|beat| beat.acknowledged == Some(true) && beat.sent > killed);
    after.map(|beat| beat.answered.duration_since(killed)).min()
}
