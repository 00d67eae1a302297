//! `kill`: one node on a file of SQLite, killed again and again in a burst of heartbeats.
//!
//! Each job sends one heartbeat after the other and notes what it was told, so that what the file keeps belongs to exactly one of them.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::Drill;
use crate::alone::{Alone, file};
use crate::cluster::jobs::{self, Jobs, Late};
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, percentile_ms, play};
use crate::play::Play;
use crate::report::{Report, count_of};

const LOG_LOST: &str = "log-lost";
const TWICE: &str = "twice";
const CHANGED_ENTRY: &str = "changed-entry";

pub const DRILL: Drill = Drill {
    name: "kill",
    about: "one node on SQLite killed in a burst of heartbeats, at a moment that is drawn",
    round: "one kill 5 to 300 ms after heartbeats are taken again",
    rounds: 300,
    rounds_short: 15,
    in_tests: true,
    bars: "no acknowledged heartbeat is lost and none is there twice; the journal's chain is whole; 99 of 100 starts serve the page within 2 s",
    sabotages: &[
        (LOG_LOST, "the file to which the database writes first is lost with each kill"),
        (TWICE, "one observation in a hundred is there once more at the end"),
        (CHANGED_ENTRY, "an entry of the journal is changed at the end"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 4;
const JOBS: usize = 50;
/// With so many jobs 500 heartbeats a second.
const JOB_EVERY: Duration = Duration::from_millis(100);
/// Heartbeats that are taken before each kill.
const BURST: usize = 50;
const BURST_MAX: Duration = Duration::from_secs(30);
/// How long after that the kill comes, in milliseconds.
const KILL_AFTER_MS: (u64, u64) = (5, 300);
const READY_MS_MAX: f64 = 2_000.0;

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
        let tokens = jobs::tokens(JOBS, &mut chance);
        let mut alone = Alone::new(drill, &node::yaml(&upstream, TARGETS, &tokens))?;
        alone.start().await?;
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        let (mut ready, mut up) = (Vec::new(), Duration::ZERO);
        for round in 0..usize::try_from(drill.rounds)? {
            let began = std::time::Instant::now();
            jobs.wait_for(BURST, BURST_MAX).await?;
            // So that the journal is written too.
            upstream.switches().turn(round % TARGETS);
            let (least, most) = KILL_AFTER_MS;
            tokio::time::sleep(Duration::from_millis(chance.between(least, most))).await;
            alone.kill();
            up += began.elapsed();
            if drill.is(LOG_LOST) {
                fs::remove_file(alone.data().join("pharos.db-wal")).context("there is no log to lose")?;
            }
            ready.push(alone.start().await.with_context(|| format!("after kill {round}"))?);
        }
        jobs.wait_for(BURST, BURST_MAX).await?;
        jobs.stop().await;
        alone.stop()?;
        if drill.is(TWICE) {
            let copied = file::change(alone.data(), COPIES).await?;
            ensure!(copied > 0, "no observation was copied");
        }
        if drill.is(CHANGED_ENTRY) {
            let changed = file::change(alone.data(), CHANGE).await?;
            ensure!(changed == 1, "no entry was changed");
        }
        // While it was down nobody took any, so that these cannot be there.
        let taken: Vec<_> = jobs.log().into_iter().filter(|beat| beat.acknowledged != Some(false)).collect();
        let kept = jobs::held_against(&taken, &file::heartbeats(alone.data()).await?, Late::Never)?;
        let faults = faults(&alone)?;

        let mut report = Report::default();
        report.none("lost", "acknowledged heartbeats that are lost", kept.lost);
        report.none("doubled", "heartbeats that are there twice", kept.doubled);
        report.none("faults", "faults of the journal's chain, in a copy of all that there is", faults);
        let p99 = percentile_ms(ready.clone(), 99);
        report.at_most(
            ("ready_p99_ms", "from a start until the page is served, 99 of 100", "ms"),
            p99,
            READY_MS_MAX,
        );
        report.at_least(("kills", "kills", ""), count_of(ready.len() as u64), f64::from(drill.rounds));
        report.note("acks", "heartbeats that were acknowledged", "", count_of(kept.acknowledged));
        let rate = count_of(kept.acknowledged) / up.as_secs_f64();
        report.note("rate", "acknowledged in a second while the node ran", "1/s", rate);
        Ok(report)
    })
}

/// Jobs report every hundred milliseconds, so that what divides a hundred would choose among them.
const COPIES: &str = "INSERT INTO samples SELECT check_id, scheduled_at + 1, at + 1, status, latency_us, dns_us, connect_us, tls_us, \
                      first_byte_us, body_us, reason FROM samples WHERE at % 97 = 0 ON CONFLICT DO NOTHING";
const CHANGE: &str = "UPDATE journal SET at = at + 1 WHERE seq = (SELECT max(seq) / 2 FROM journal)";

/// Whether a copy of all that there is cannot be made, or is not good.
///
/// # Errors
/// When the binary cannot be run.
pub fn faults(alone: &Alone) -> Result<u64> {
    let (data, copy) = (alone.data().display().to_string(), alone.at("copy").display().to_string());
    let copied = alone.run(&["backup", "--to", &copy, "--data", &data])?;
    if !copied.done {
        eprintln!("drill: no copy could be made: {}", copied.complaint.trim_end());
        return Ok(1);
    }
    let verified = alone.run(&["verify", "--from", &copy])?;
    if !verified.done {
        eprintln!("drill: the copy is not good: {}", verified.complaint.trim_end());
    }
    Ok(u64::from(!verified.done))
}
