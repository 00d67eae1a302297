//! `full`: nothing can be written to the disk that the data lies on for a while, because it is full or read-only, and then it can again, without a
//! restart.
//!
//! The disk that is full is a small one in memory, which only the superuser may make; whatever happens, it is taken away again.

mod disk;
mod trouble;

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
use trouble::{Kind, Trouble};

const STAYS_FULL: &str = "stays-full";
const ROW_LESS: &str = "row-less";
const NOT_FULL: &str = "not-full";
const NOT_LOCKED: &str = "not-locked";

pub const DRILL: Drill = Drill {
    name: "full",
    about: "a disk that is full while heartbeats come in, and while nothing is to be written, and larger again later; and one that is read-only for a while",
    round: "ten seconds for which it stays full, and then read-only",
    rounds: 6,
    rounds_short: 1,
    in_tests: false,
    bars: "no acknowledged heartbeat is lost; pages and streams go on, /health says 503 and /readyz 200; heartbeats are taken again within 5 s of space, \
           or of being let write",
    sabotages: &[
        (STAYS_FULL, "the disk is full for 8 s longer than the drill believes"),
        (ROW_LESS, "one observation in 37 is gone at the end"),
        (NOT_FULL, "the disk does not become full"),
        (NOT_LOCKED, "the disk does not become read-only"),
    ],
    needs_binary: true,
    run,
};

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

/// What happened while nothing could be written.
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
        let full = busy(drill, Kind::Full).await?;
        let quiet_s = quiet(drill).await?;
        let locked = busy(drill, Kind::Locked).await?;
        let mut report = Report::default();
        tell(&mut report, &full, ("", "full"));
        let title = "from the full disk until /health says 503 where nobody wants anything written";
        report.at_most(("told_quiet_s", title, "s"), quiet_s, TOLD_QUIET_S_MAX);
        tell(&mut report, &locked, ("locked_", "read-only"));
        let acks = full.kept.acknowledged + locked.kept.acknowledged;
        report.note("acks", "heartbeats that were acknowledged", "", count_of(acks));
        Ok(report)
    })
}

/// Tells what was found of a disk, under names that begin with a prefix.
fn tell(report: &mut Report, found: &Found, (prefix, disk): (&str, &str)) {
    let mut none = |name: &str, title: &str, count: u64| {
        report.none(&format!("{prefix}{name}"), &format!("{disk} disk: {title}"), count);
    };
    none("lost", "acknowledged heartbeats that are lost", found.kept.lost);
    none("doubled", "heartbeats that are there twice", found.kept.doubled);
    none("failed", "pages that visitors did not get", found.failed);
    none("unready", "times that a load balancer was told not to send visitors", found.unready);
    let mut at_most = |name: &str, title: &str, value: f64, most: f64| {
        report.at_most((&format!("{prefix}{name}"), &format!("{disk} disk: {title}"), "s"), value, most);
    };
    at_most("silence_s", "longest silence of an open page", found.silence_s, SILENCE_S_MAX);
    at_most("told_s", "until /health says 503", found.told_s, TOLD_S_MAX);
    let title = "from its end until a heartbeat is taken and /health says 200";
    at_most("back_s", title, found.back_s, BACK_S_MAX);
}

async fn busy(drill: &Play, kind: Kind) -> Result<Found> {
    let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
    let tokens = jobs::tokens(JOBS, &mut chance);
    let mut alone = Alone::new(drill, &node::yaml(&upstream, TARGETS, &tokens))?;
    let mut trouble = Trouble::prepare(kind, &mut alone)?;
    alone.start().await?;
    let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
    jobs.wait_for(BEATS, BEATS_MAX).await?;
    let (readers, stream) = (Readers::start(&[alone.address]), EventStream::open(alone.address, None)?);
    let listening = std::thread::spawn(move || longest_silence(&stream));
    let stays_away = if kind == Kind::Full { NOT_FULL } else { NOT_LOCKED };
    if !drill.is(stays_away) {
        trouble.begin()?;
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
    trouble.end()?;
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
    let mut trouble = Trouble::prepare(Kind::Full, &mut alone)?;
    alone.start().await?;
    while !alone.get("/health").await.is_good() {
        tokio::time::sleep(POLL_PAUSE).await;
    }
    trouble.begin()?;
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
