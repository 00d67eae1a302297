//! `clock`: the clock of the wall of one node, the one that leads, jumps ahead, back, and to and fro, while the clock that measures time goes on;
//! then that of the database.
//!
//! The targets note who looked by the machine's own clock, which does not jump.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pharos_test_servers::Postgres;
use pharos_test_servers::postgres::faketime;
use pharos_tests::EventStream;

use crate::Drill;
use crate::clock;
use crate::cluster::database::count;
use crate::cluster::jobs::Jobs;
use crate::cluster::upstream::Look;
use crate::cluster::{Cluster, Size, play, reigns, witness};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use crate::workspace;

const BOTH_CLOCKS: &str = "both-clocks";
const SEEN_TWICE: &str = "seen-twice";
const FAILING: &str = "failing";

pub const DRILL: Drill = Drill {
    name: "clock",
    about: "the clock of the node that leads jumps by an hour and by a day, and to and fro for two minutes; then that of the database",
    round: "an hour ahead and back, an hour back and ahead, a day ahead and back, and two minutes to and fro; all but the last of the \
            database, too",
    rounds: 2,
    rounds_short: 1,
    in_tests: false,
    bars: "the leader stays; of each check one look is missed or taken too many in a jump at most; nothing is unknown but what the clock passed \
           over and two intervals; what works has worked all the time",
    sabotages: &[
        (BOTH_CLOCKS, "the clock that measures time jumps too"),
        (SEEN_TWICE, "one look in twenty is noted thrice by its target"),
        (FAILING, "one target fails all the while"),
    ],
    needs_binary: true,
    run,
};

const SIZE: Size = Size { targets: 20, jobs: 6 };
/// How often targets are looked at, in seconds.
const EVERY_S: u64 = 2;
const JOB_EVERY: Duration = Duration::from_millis(500);
const BEATS_MAX: Duration = Duration::from_secs(40);
const LEADS_MAX: Duration = Duration::from_secs(30);
/// How long it is watched after each jump.
const WATCHED: Duration = Duration::from_secs(6);
/// How long the nodes have until each has its share, after all of them began anew.
const SETTLED: Duration = Duration::from_secs(20);
/// Where a clock stands, in seconds from the right time, one after the other.
const JUMPS_S: [i64; 7] = [3_600, 0, -3_600, 0, 86_400, 0, STROBE_S];
/// How far that of the node goes to and fro, once a second, with as many jumps as there are seconds.
const STROBE_S: i64 = 300;
const STROBE_EVERY: Duration = Duration::from_secs(1);
const STROBES: i64 = 120;
/// What a jump may cost each check.
const LOOKS_MAX: f64 = 1.0;
/// By how much the journal may be dated ahead of the clock: two intervals.
const DATED_AHEAD_S_MAX: f64 = 4.0;
/// Days of the uptime that visitors are told.
const DAYS: usize = 90;
/// All of the time, in hundredths of a percent.
const ALWAYS_BP: u32 = 10_000;

/// What one setting of the clock brought.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    missed: f64,
    doubled: f64,
}

/// What all jumps brought.
#[derive(Clone, Copy, Debug, Default)]
struct Jumped {
    worst: Found,
    jumps: u32,
    /// How much later the clock ever showed than it was at the beginning.
    ahead_ms: u64,
}

fn run(drill: &Play) -> Result<Report> {
    let library = library()?;
    play(async move {
        let server = Postgres::with_clock("fsync = off\nmax_connections = 200\n", &library);
        let mut cluster = Cluster::start_every(drill, &[server.port], SIZE, EVERY_S).await?;
        witness::install(&server);
        let files = with_clocks(drill, &mut cluster, &library).await?;
        let mut jobs = Jobs::start(&cluster.tokens, &cluster.addresses(), JOB_EVERY);
        jobs.wait_for(SIZE.jobs, BEATS_MAX).await?;
        if drill.is(FAILING) {
            cluster.upstream.fail(0, true);
        }
        tokio::time::sleep(SETTLED).await;
        let before = reigns::now(&cluster.nodes)?;
        let began = clock::now();
        let file = files.get(before.node).context("the leader has no clock")?;
        let of_node =
            jump(drill, &cluster, &JUMPS_S, |setting| Ok(fs::write(file, format!("{setting:+}\n"))?)).await?;
        let of_database = &JUMPS_S[..JUMPS_S.len() - 1];
        let of_database =
            jump(drill, &cluster, of_database, |setting| Ok(server.set_clock(setting)?)).await?;
        let jumps = of_node.jumps + of_database.jumps;
        let (missed, doubled) = (
            of_node.worst.missed.max(of_database.worst.missed),
            of_node.worst.doubled.max(of_database.worst.doubled),
        );
        // What is recorded has the time of the node.
        let ahead_ms = of_node.ahead_ms;
        let goes_on = jobs.wait_for(SIZE.jobs, BEATS_MAX).await.is_ok();
        jobs.stop().await;
        let all = reigns::all(&cluster.nodes)?;
        let changes = all.iter().filter(|reign| reign.term > before.term).count() as u64;
        let unknown_ms = count(
            &server,
            &format!(
                "select coalesce(max(sum), 0) from (select sum(ends_at - starts_at) from spans where component like 't%' \
                 and status = 'unknown' and ends_at > {} group by component) of_one",
                began.0
            ),
        )?;
        let longest_ms = count(
            &server,
            &format!(
                "select coalesce(max(ends_at - starts_at), 0) from spans where component like 't%' and status = 'unknown' \
                 and ends_at > {}",
                began.0
            ),
        )?;
        let dated = count(&server, "select at from head")?;
        let intervals =
            count_of(unknown_ms.saturating_sub(ahead_ms)) / count_of(EVERY_S * 1_000) / f64::from(jumps);
        let rows = witness::rows(&server, &cluster.nodes)?;
        let wrong = wrong_uptimes(&cluster)?;

        let mut report = Report::default();
        report.none("changes", "changes of the leader", changes);
        report.none("stuck", "times that no heartbeat was taken at the end", u64::from(!goes_on));
        let overlap_us = u64::try_from(reigns::overlap_us(&all)).unwrap_or(0);
        report.none("overlap_us", "two led at once by their own clocks, microseconds", overlap_us);
        let title = "looks missed by a check, for each jump, at most";
        report.at_most(("missed", title, ""), missed, LOOKS_MAX);
        let title = "looks of a check beyond one in each interval, for each jump, at most";
        report.at_most(("doubled", title, ""), doubled, LOOKS_MAX);
        let title = "intervals of which nothing is known beyond what the clock passed over, for each jump";
        report.at_most(("unknown_intervals", title, ""), intervals, 2.0);
        let longest = count_of(longest_ms.saturating_sub(ahead_ms)) / count_of(EVERY_S * 1_000);
        let title =
            "the most intervals in a row of which nothing is known, beyond what the clock passed over";
        report.at_most(("unknown_longest", title, ""), longest, 2.0);
        report.none("wrong_uptimes", "uptimes that are not all of the time", wrong);
        report.none(
            "falls",
            "entries whose term is lower than that of the row before",
            witness::falls(&rows),
        );
        report.at_least(("jumps", "jumps", ""), f64::from(jumps), 132.0);
        report.note("unknown_s", "unknown in all, of one target", "s", count_of(unknown_ms) / 1_000.0);
        report.note("ahead_s", "what the clock passed over", "s", count_of(ahead_ms) / 1_000.0);
        let ahead = count_of(dated.saturating_sub(u64::try_from(clock::now().0)?)) / 1_000.0;
        let title = "the journal is dated ahead when the clock is right again, by";
        report.at_most(("dated_ahead_s", title, "s"), ahead, DATED_AHEAD_S_MAX);
        Ok(report)
    })
}

/// Lets a clock jump about, as `set` does by so many seconds from the right time.
async fn jump(
    drill: &Play,
    cluster: &Cluster,
    jumps_s: &[i64],
    set: impl Fn(i64) -> Result<()>,
) -> Result<Jumped> {
    let began = Instant::now();
    let mut found = Jumped::default();
    for setting_s in std::iter::repeat_n(jumps_s, usize::try_from(drill.rounds)?).flatten().copied() {
        let jumped = Instant::now();
        let settings = if setting_s == STROBE_S { strobe() } else { vec![setting_s] };
        let times = u32::try_from(settings.len())?;
        for setting in settings {
            set(setting)?;
            // Only what no clock ever showed is passed over.
            let shows = i64::try_from(began.elapsed().as_millis())? + setting * 1_000;
            found.ahead_ms = found.ahead_ms.max(u64::try_from(shows).unwrap_or(0));
            if times > 1 {
                tokio::time::sleep(STROBE_EVERY).await;
            }
        }
        tokio::time::sleep(WATCHED).await;
        found.jumps += times;
        let cost = looks(drill, &cluster.upstream.looks(), jumped, times);
        eprintln!("drill: the clock was set by {setting_s:+} s: {cost:?}");
        found.worst.missed = found.worst.missed.max(cost.missed);
        found.worst.doubled = found.worst.doubled.max(cost.doubled);
    }
    Ok(found)
}

fn strobe() -> Vec<i64> {
    (0..STROBES).map(|time| if time % 2 == 0 { STROBE_S } else { -STROBE_S }).chain([0]).collect()
}

/// Starts every node again with a clock that a file sets, one after the other, so that one always leads.
async fn with_clocks(drill: &Play, cluster: &mut Cluster, library: &Path) -> Result<Vec<PathBuf>> {
    let leader = reigns::now(&cluster.nodes)?;
    let mut order: Vec<usize> = (0..cluster.nodes.len()).collect();
    order.sort_by_key(|place| *place == leader.node);
    let folder = workspace::target_dir().join("drill");
    let files: Vec<PathBuf> = order
        .iter()
        .enumerate()
        .map(|(place, _)| folder.join(format!("clock-{}-{place}", std::process::id())))
        .collect();
    for place in order {
        fs::write(&files[place], "+0\n")?;
        let environment = faketime(library, &files[place], !drill.is(BOTH_CLOCKS));
        let node = &mut cluster.nodes[place];
        if place == leader.node {
            node.signal("TERM")?;
            reigns::after(&cluster.nodes, leader.term, LEADS_MAX).await?;
        }
        let node = &mut cluster.nodes[place];
        let until = Instant::now() + LEADS_MAX;
        while place == leader.node && node.is_running() && Instant::now() < until {
            tokio::time::sleep(POLL_PAUSE).await;
        }
        node.revive_with(environment)?;
    }
    Ok(files)
}

/// What tells a program another time; `cargo xtask setup` installs it.
///
/// # Errors
/// When it is not there.
pub fn library() -> Result<PathBuf> {
    let places = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|place| place.path());
    let mut found =
        places.map(|place| place.join("faketime/libfaketimeMT.so.1")).filter(|path| path.is_file());
    found.next().context("there is no libfaketime: `cargo xtask setup` installs it, as the package faketime")
}

/// Looks that a check missed and those beyond one in each interval, after a moment, for each of so many jumps.
fn looks(drill: &Play, looks: &[Look], jumped: Instant, jumps: u32) -> Found {
    let (mut missed, mut doubled) = (0, 0_u64);
    for target in 0..SIZE.targets {
        let of_target = looks.iter().filter(|look| look.target == target).enumerate();
        let times = |place: usize| if drill.is(SEEN_TWICE) && place.is_multiple_of(20) { 3 } else { 1 };
        let at: Vec<Instant> = of_target.flat_map(|(place, look)| vec![look.at; times(place)]).collect();
        let after: Vec<_> = at.windows(2).filter(|pair| pair[1] > jumped).collect();
        let (Some(first), Some(last)) = (after.first(), after.last()) else { continue };
        let gaps = after.iter().map(|pair| pair[1].duration_since(pair[0]));
        missed = missed.max(gaps.map(|gap| (gap.as_secs() / EVERY_S).saturating_sub(1)).sum());
        // Rounded to whole intervals: a slot may be kept a little late.
        let intervals = (last[1].duration_since(first[0]).as_secs() + EVERY_S / 2) / EVERY_S;
        doubled = doubled.max((after.len() as u64).saturating_sub(intervals));
    }
    Found { missed: count_of(missed) / f64::from(jumps), doubled: count_of(doubled) / f64::from(jumps) }
}

/// Uptimes of targets that some node tells and that are not all of the time.
fn wrong_uptimes(cluster: &Cluster) -> Result<u64> {
    let mut wrong = 0;
    for node in &cluster.nodes {
        let snapshot = EventStream::open(node.address, None)?.next_fact()?.snapshot()?;
        for component in
            snapshot.components.iter().filter(|component| component.definition.id.as_str().starts_with('t'))
        {
            let uptime = snapshot.uptime(component, DAYS).uptime_bp;
            wrong += u64::from(uptime.is_some_and(|uptime| uptime != ALWAYS_BP));
        }
    }
    Ok(wrong)
}
