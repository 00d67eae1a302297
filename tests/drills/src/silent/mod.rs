//! `silent`: streams that are never read, and others that come and go at once, at one node beside thousands that listen.
//!
//! The page is large, so that what a stream begins with fills all that two systems take in for one who does not read. Whether the node
//! has let go of a stream its system tells, because whoever does not read hears nothing of its end.

mod page;
mod sockets;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pharos_measure::proc_stat;
use pharos_model::UnixMs;

use crate::Drill;
use crate::clock;
use crate::cluster::play;
use crate::cluster::upstream::Upstream;
use crate::crowd::{Crowd, HEARD, Kind, Orders, Outcome, Resume};
use crate::listeners::changes::Changes;
use crate::play::Play;
use crate::report::{Report, count_of};
use crate::server::Server;
use sockets::Held;

const READING: &str = "reading";
const STALLED: &str = "stalled";
const HOARDED: &str = "hoarded";

pub const DRILL: Drill = Drill {
    name: "silent",
    about: "streams that are never read, and others that come and go at once, beside those that listen",
    round: "500 streams that listen, 125 that are never read, and 50 a second that come and go",
    rounds: 4,
    rounds_short: 1,
    in_tests: true,
    bars: "a stream that is never read costs the node at most 64 KiB, and is let go of within 30 s; those that listen lose nothing, and 99 of \
           100 changes take at most twice as long as before; in short form, where other things are at work, 100 ms are no fault",
    sabotages: &[
        (READING, "those that are said not to read do"),
        (STALLED, "the node is stopped for a second now and then while they are there"),
        (HOARDED, "what each of them begins with is added to the memory of the node"),
    ],
    needs_binary: true,
    run,
};

/// What a round has of each kind.
const LISTENING: u32 = 500;
const SILENT: u32 = 125;
const RESTLESS_A_SECOND: u32 = 50;
/// From where each kind comes: the last numbers of 127.0.0.N, the first and how many.
const FROM_LISTENING: (u8, u8) = (2, 8);
const FROM_SILENT: (u8, u8) = (20, 1);
const FROM_RESTLESS: (u8, u8) = (30, 8);
const TARGETS: usize = 240;
/// Time between two changes.
const CHANGE_EVERY: Duration = Duration::from_millis(200);
const WHOLE_MAX: Duration = Duration::from_mins(1);
/// The time before.
const QUIET: Duration = Duration::from_secs(8);
/// How long they are there before the others come, so that their memory can be told.
const ALONE: Duration = Duration::from_secs(4);
/// How long the node may take to let go of all of them before it is given up.
const LET_GO_MAX: Duration = Duration::from_secs(45);
/// Time between two looks at the node.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What `stalled` does.
const STALL: Duration = Duration::from_secs(1);
const STALL_EVERY: Duration = Duration::from_secs(2);
/// About what a stream of so large a page begins with, for `hoarded`.
const BEGINNING_BYTES: f64 = 128.0 * 1_024.0;
const KIB_MAX: f64 = 64.0;
const LET_GO_S_MAX: f64 = 30.0;
const TIMES_MAX: f64 = 2.0;
/// What may be in short form, beside which the machine is busy with other things.
const FLOOR_S: f64 = 0.1;
const BYTES_PER_KIB: f64 = 1_024.0;

/// What is measured on the way.
struct Found {
    quiet: (UnixMs, UnixMs),
    beside: (UnixMs, UnixMs),
    bytes_before: f64,
    bytes_with: f64,
    held: Held,
    good: Outcome,
    restless: Outcome,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let upstream = Upstream::start(TARGETS).await?;
        let server = Server::start(drill, &page::yaml(&upstream, TARGETS))?;
        let found = meet(drill, &upstream, &server).await?;
        report(drill, &found)
    })
}

async fn meet(drill: &Play, upstream: &Upstream, server: &Server) -> Result<Found> {
    let orders = |kind, count, sources| Orders {
        kind,
        nodes: vec![server.address],
        count: count * drill.rounds,
        sources,
        seed: drill.seed,
    };
    let listening = Kind::Listeners(Resume::Where);
    let mut good = Crowd::start(&orders(listening, LISTENING, FROM_LISTENING))?;
    let since = good.whole_since(UnixMs(0), WHOLE_MAX)?;
    let changes = Changes::start(upstream, TARGETS, CHANGE_EVERY);
    let bytes_before = most(server, QUIET).await?;
    let quiet = (since.plus_ms(1_000), clock::now());

    let kind = if drill.is(READING) { listening } else { Kind::Silent };
    let mut silent = Crowd::start(&orders(kind, SILENT, FROM_SILENT))?;
    let mut held = Held::default();
    let alone = Instant::now();
    let mut bytes_with: f64 = 0.0;
    while alone.elapsed() < ALONE {
        held.look(server.address.port(), FROM_SILENT.0)?;
        bytes_with = bytes_with.max(most(server, LOOK_EVERY).await?);
    }
    silent.whole_since(UnixMs(0), WHOLE_MAX)?;
    let kind = Kind::Restless(RESTLESS_A_SECOND * drill.rounds);
    let restless = Crowd::start(&orders(kind, RESTLESS_A_SECOND, FROM_RESTLESS))?;
    let (mut stalled, begun) = (Instant::now(), Instant::now());
    while begun.elapsed() < LET_GO_MAX && held.look(server.address.port(), FROM_SILENT.0)? > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
        if drill.is(STALLED) && stalled.elapsed() > STALL_EVERY {
            server.signal("STOP")?;
            tokio::time::sleep(STALL).await;
            server.signal("CONT")?;
            stalled = Instant::now();
        }
    }
    let beside = (quiet.1, clock::now());
    let restless = restless.finish()?;
    changes.stop().await;
    drop(silent);
    Ok(Found { quiet, beside, bytes_before, bytes_with, held, good: good.finish()?, restless })
}

/// The most memory that the node has within this time, in bytes.
async fn most(server: &Server, within: Duration) -> Result<f64> {
    let (begun, mut most) = (Instant::now(), 0.0_f64);
    loop {
        most = most.max(proc_stat::resident_bytes(server.pid())?);
        if begun.elapsed() >= within {
            return Ok(most);
        }
        tokio::time::sleep(LOOK_EVERY.min(within)).await;
    }
}

fn report(drill: &Play, found: &Found) -> Result<Report> {
    let silent = SILENT * drill.rounds;
    let seen = u32::try_from(found.held.seen())?;
    ensure!(seen == silent, "of {silent} streams that are not read the system tells of {seen}");
    let hoarded = if drill.is(HOARDED) { BEGINNING_BYTES } else { 0.0 };
    let bytes = (found.bytes_with - found.bytes_before).max(0.0) / f64::from(silent) + hoarded;

    let mut report = Report::default();
    let title = "memory of the node for a stream that is never read";
    report.at_most(("kib_a_silent_stream", title, "KiB"), bytes / BYTES_PER_KIB, KIB_MAX);
    let title = "the last of them is let go of after";
    report.at_most(("let_go_s", title, "s"), found.held.longest_s(), LET_GO_S_MAX);
    let ended = found.good.returns.len() as u64 + found.good.resets + found.good.gaps;
    report.none(
        "disturbed",
        "streams that listen and were ended, sent everything anew, or missed something",
        ended,
    );
    let late_s = |(from, until): (UnixMs, UnixMs)| found.good.late_s(0.99, (from.0, until.0));
    let (quiet_s, beside_s) = (late_s(found.quiet), late_s(found.beside));
    let title = "changes are there beside them, 99 of 100, within";
    let floor_s = if drill.rounds < DRILL.rounds { FLOOR_S } else { 0.0 };
    report.at_most(("beside_p99_s", title, "s"), beside_s, (quiet_s * TIMES_MAX).max(floor_s));
    report.note("quiet_p99_s", "the same before", "s", quiet_s);
    report.note("times", "how many times as long that is", "", beside_s / quiet_s);
    let heard = found.restless.ends.get(HEARD).copied().unwrap_or(0);
    let all: u64 = found.restless.ends.values().sum();
    report.none("turned_away", "streams that came and went without hearing the beginning", all - heard);
    let title = "streams that came and went";
    report.at_least(("restless", title, ""), count_of(heard), f64::from(RESTLESS_A_SECOND * drill.rounds));
    report.note("silent", "streams that are never read", "", f64::from(silent));
    Ok(report)
}
