//! `full`: the disk that the data lies on is full for a while, and larger again without a restart.
//!
//! The disk is a small one in memory, which only the superuser may make; whatever happens, it is taken away again.

mod disk;

use std::time::{Duration, Instant};

use anyhow::Result;
use pharos_tests::EventStream;

use crate::Drill;
use crate::alone::{Alone, file};
use crate::cluster::http::{Answered, ask};
use crate::cluster::jobs::{self, Jobs, Late};
use crate::cluster::readers::Readers;
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use disk::Disk;

const STAYS_FULL: &str = "stays-full";
const ROW_LESS: &str = "row-less";
const NOT_FULL: &str = "not-full";

pub const DRILL: Drill = Drill {
    name: "full",
    about: "a disk that is full while heartbeats come in, and while nothing is to be written, and larger again later",
    round: "ten seconds for which it stays full",
    rounds: 6,
    rounds_short: 1,
    in_tests: false,
    bars: "no acknowledged heartbeat is lost; pages and streams go on, /health says 503 and /readyz 200; heartbeats are taken again within 5 s of space",
    sabotages: &[
        (STAYS_FULL, "the disk is full for 8 s longer than the drill believes"),
        (ROW_LESS, "one observation in 37 is gone at the end"),
        (NOT_FULL, "the disk does not become full"),
    ],
    needs_binary: true,
    run,
};

const DISK_MB: u32 = 16;
const TARGETS: usize = 4;
const JOBS: usize = 20;
const JOB_EVERY: Duration = Duration::from_millis(100);
const BEATS: usize = 100;
const BEATS_MAX: Duration = Duration::from_secs(30);
const ROUND: Duration = Duration::from_secs(10);
const LONGER: Duration = Duration::from_secs(8);
/// Within this health must tell of it while heartbeats come in.
const TOLD_S_MAX: f64 = 5.0;
/// The same where nobody wants anything written: who watches notes that every 5 s.
const TOLD_QUIET_S_MAX: f64 = 15.0;
/// How long it is waited for.
const TOLD_MAX: Duration = Duration::from_secs(25);
const BACK_S_MAX: f64 = 5.0;
const BACK_MAX: Duration = Duration::from_secs(30);
/// An open page hears something at least so often, in seconds: pulses come every 5 s.
const SILENCE_S_MAX: f64 = 7.0;

/// What happened while the disk was full.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    told_s: f64,
    back_s: f64,
    unready: u64,
    failed: u64,
    silence_s: f64,
    kept: jobs::Kept,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let busy = busy(drill).await?;
        let quiet_s = quiet(drill).await?;
        let mut report = Report::default();
        report.none("lost", "acknowledged heartbeats that are lost", busy.kept.lost);
        report.none("doubled", "heartbeats that are there twice", busy.kept.doubled);
        report.none("failed", "pages that visitors did not get", busy.failed);
        report.none("unready", "times that a load balancer was told not to send visitors", busy.unready);
        let title = "longest silence of an open page";
        report.at_most(("silence_s", title, "s"), busy.silence_s, SILENCE_S_MAX);
        let title = "from the full disk until /health says 503";
        report.at_most(("told_s", title, "s"), busy.told_s, TOLD_S_MAX);
        let title = "the same where nobody wants anything written";
        report.at_most(("told_quiet_s", title, "s"), quiet_s, TOLD_QUIET_S_MAX);
        let title = "from space until a heartbeat is taken and /health says 200";
        report.at_most(("back_s", title, "s"), busy.back_s, BACK_S_MAX);
        report.note("acks", "heartbeats that were acknowledged", "", count_of(busy.kept.acknowledged));
        Ok(report)
    })
}

async fn busy(drill: &Play) -> Result<Found> {
    let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
    let tokens = jobs::tokens(JOBS, &mut chance);
    let mut alone = Alone::new(drill, &node::yaml(&upstream, TARGETS, &tokens))?;
    let mut disk = Disk::mount(alone.at("disk"), DISK_MB)?;
    alone.keeps_in(disk.path().join("data"));
    alone.start().await?;
    let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
    jobs.wait_for(BEATS, BEATS_MAX).await?;
    let (readers, stream) = (Readers::start(&[alone.address]), EventStream::open(alone.address, None)?);
    let listening = std::thread::spawn(move || longest_silence(&stream));
    if !drill.is(NOT_FULL) {
        disk.fill()?;
    }
    let full = Instant::now();
    let mut found = Found { told_s: told_s(&alone, full).await, ..Found::default() };
    while full.elapsed() < ROUND * drill.rounds {
        // What changes is decided when it can be written.
        upstream.switches().turn(0);
        let ready = ask(alone.address, "GET", "/readyz", TOLD_MAX).await;
        found.unready += u64::from(!ready.is_good());
        tokio::time::sleep(POLL_PAUSE * 10).await;
    }
    found.failed = readers.met().failed.len() as u64;
    if let Some(words) = readers.met().failed.first() {
        eprintln!("drill: a visitor met: {words}");
    }
    let space = Instant::now();
    if drill.is(STAYS_FULL) {
        tokio::time::sleep(LONGER).await;
    }
    disk.enlarge(DISK_MB * 4)?;
    found.back_s = back_s(&alone, &jobs, space).await;
    jobs.wait_for(BEATS, BEATS_MAX).await?;
    jobs.stop().await;
    drop(readers);
    alone.stop()?;
    // The stream ends with the node.
    found.silence_s = listening.join().unwrap_or(f64::INFINITY);
    if drill.is(ROW_LESS) {
        file::change(alone.data(), "DELETE FROM samples WHERE scheduled_at % 37 = 0").await?;
    }
    // One that was given up waits in the node until there is space.
    found.kept = jobs::held_against(&jobs.log(), &file::heartbeats(alone.data()).await?, Late::MayCome)?;
    Ok(found)
}

/// How long it takes until health tells of a full disk where no heartbeats come in and nothing changes.
async fn quiet(drill: &Play) -> Result<f64> {
    let mut alone = Alone::new(
        drill,
        "page: { name: Quiet }\ncomponents:\n  - id: one\n    name: One\n    checks: []\n",
    )?;
    let mut disk = Disk::mount(alone.at("disk"), DISK_MB)?;
    alone.keeps_in(disk.path().join("data"));
    alone.start().await?;
    while !alone.get("/health").await.is_good() {
        tokio::time::sleep(POLL_PAUSE).await;
    }
    disk.fill()?;
    let told_s = told_s(&alone, Instant::now()).await;
    alone.kill();
    Ok(told_s)
}

/// How long after a moment health says 503; infinite where it does not.
async fn told_s(alone: &Alone, since: Instant) -> f64 {
    while since.elapsed() < TOLD_MAX {
        if matches!(alone.get("/health").await, Answered::With(503, body) if body.contains("\"database\":\"DOWN\""))
        {
            return since.elapsed().as_secs_f64();
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    f64::INFINITY
}

/// How long after a moment heartbeats are taken and health says 200; infinite where that does not happen.
async fn back_s(alone: &Alone, jobs: &Jobs, since: Instant) -> f64 {
    while since.elapsed() < BACK_MAX {
        if jobs.acknowledged_since(since) > 0 && alone.get("/health").await.is_good() {
            return since.elapsed().as_secs_f64();
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    eprintln!("drill: it does not take heartbeats again. Its log:\n{}", alone.log());
    f64::INFINITY
}

/// The longest time in seconds in which a stream said nothing, until it ends.
fn longest_silence(stream: &EventStream) -> f64 {
    let (mut longest, mut last) = (0.0_f64, Instant::now());
    while stream.next_frame().is_ok() {
        longest = longest.max(last.elapsed().as_secs_f64());
        last = Instant::now();
    }
    longest
}
