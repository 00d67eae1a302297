//! `absent`: nobody watches for half an hour and for five hours, across midnight and across the hour at which clocks change.
//!
//! The server is ended and begins again with its clock set on by that long (libfaketime), and jobs are silent until after that. What was not
//! watched must be unknown, and nothing else, in each of the places that tell of it.

mod spans;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pharos_model::{Component, Status};
use pharos_tests::EventStream;

use crate::Drill;
use crate::alone::Alone;
use crate::clock;
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::jumps;
use crate::limits::POLL_PAUSE;
use crate::play::Play;
use crate::report::{Report, count_of};
use spans::{Gap, Stretch};

const LOOKED_AT: &str = "looked-at";
const RIGHT_CLOCK: &str = "right-clock";

pub const DRILL: Drill = Drill {
    name: "absent",
    about: "nobody watches for half an hour and for five hours, across midnight and a change of clocks, with jobs silent meanwhile",
    round: "one such night: the end of summer time and the beginning by turns",
    rounds: 4,
    rounds_short: 1,
    in_tests: true,
    bars: "what was not watched is unknown to the second in the spans, in the API and in the days of the page; none of it is good or bad; coverage \
           falls accordingly",
    sabotages: &[
        (LOOKED_AT, "a minute of each absence is believed to have been watched"),
        (RIGHT_CLOCK, "the clock is not set on"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 2;
const JOBS: usize = 2;
const JOB_EVERY: Duration = Duration::from_millis(200);
/// How long it is watched before each absence and after, at least.
const WATCHED: Duration = Duration::from_secs(3);
const SHOWN_MAX: Duration = Duration::from_secs(20);
/// When each night begins: ten minutes before midnight in Berlin, before clocks go back and before they go ahead.
const NIGHTS: [&str; 2] = ["2025-10-25T21:50:00Z", "2025-03-29T22:50:00Z"];
const AWAY_S: [i64; 2] = [30 * 60, 5 * 3_600];
/// What is exact: who looks every second knows no better.
const OFF_MS_MAX: f64 = 1_000.0;
const MINUTE_MS: i64 = 60_000;
/// More days than a night has.
const DAYS: usize = 3;

/// What all nights brought.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    off_ms: u64,
    coloured_ms: u64,
    differing_ms: u64,
    coverage_off_bp: u64,
    absences: u64,
    unknown_s: u64,
}

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut found = Found::default();
        for round in 0..drill.rounds {
            night(drill, NIGHTS[round as usize % NIGHTS.len()], &mut found).await?;
        }
        let mut report = Report::default();
        let title = "unknown time that does not begin and end where the watching did, at most";
        report.at_most(("off_ms", title, "ms"), count_of(found.off_ms), OFF_MS_MAX);
        report.none(
            "coloured_ms",
            "milliseconds that nobody watched and that are good or bad",
            found.coloured_ms,
        );
        let title =
            "milliseconds by which the API and the days of the page say something else than the spans";
        report.none("differing_ms", title, found.differing_ms);
        let title = "coverage that is not that of the spans, in hundredths of a percent, at most";
        report.at_most(("coverage_off_bp", title, ""), count_of(found.coverage_off_bp), 1.0);
        report.at_least(
            ("absences", "absences of components", ""),
            count_of(found.absences),
            f64::from(drill.rounds * 8),
        );
        report.note("unknown_s", "unknown in all", "s", count_of(found.unknown_s));
        Ok(report)
    })
}

async fn night(drill: &Play, begins: &str, found: &mut Found) -> Result<()> {
    let begins: jiff::Timestamp = begins.parse().context("no such time")?;
    let (upstream, library) = (Upstream::start(TARGETS).await?, jumps::library()?);
    let tokens = jobs::tokens(JOBS, &mut drill.chance(1));
    let yaml = node::yaml(&upstream, TARGETS, &tokens);
    let yaml = yaml.replace("page: { name: Cluster }", "page: { name: Night, time_zone: Europe/Berlin }");
    let mut alone = Alone::new(drill, &yaml)?;
    let token = alone.token(&["read"])?;
    let mut ahead_ms = begins.as_millisecond() - clock::now().0;
    let (mut gaps, mut ended) = (Vec::new(), None);
    for away_s in [0].into_iter().chain(AWAY_S) {
        ahead_ms += away_s * 1_000;
        if drill.is(RIGHT_CLOCK) {
            ahead_ms = 0;
        }
        alone.environment = environment(&library.display().to_string(), ahead_ms);
        let began = clock::now().0 + ahead_ms;
        alone.start().await?;
        // Jobs are heard of later than targets are looked at.
        tokio::time::sleep(WATCHED).await;
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        let reported = clock::now().0 + ahead_ms;
        all_operational(&alone).await?;
        if let Some((target, job)) = ended.take() {
            let until = |at: i64, long: i64| (at, at + long);
            let ready = alone_ready_ms(&upstream, ahead_ms, began);
            gaps.push((
                Gap { from: target, until: (began, ready) },
                Gap { from: job, until: until(reported, 1_000) },
            ));
        }
        tokio::time::sleep(WATCHED).await;
        jobs.stop().await;
        let last_beat = clock::now().0 + ahead_ms;
        if away_s == AWAY_S[1] {
            judge(drill, &alone, &token, &gaps, found)?;
        }
        let last_look = clock::now().0 + ahead_ms;
        alone.stop()?;
        let over = clock::now().0 + ahead_ms;
        ended = Some(((last_look - 1_000, over), (last_beat - 1_000, over)));
    }
    Ok(())
}

/// When the first look after a moment was taken, by the clock of the server.
fn alone_ready_ms(upstream: &Upstream, ahead_ms: i64, began: i64) -> i64 {
    let looks = upstream.looks();
    let first = (0..TARGETS).filter_map(|target| {
        let mut of_target =
            looks.iter().filter(|look| look.target == target).map(|look| look.wall.0 + ahead_ms);
        of_target.find(|at| *at >= began)
    });
    first.max().unwrap_or(began)
}

fn environment(library: &str, ahead_ms: i64) -> Vec<(String, String)> {
    let (sign, ms) = (if ahead_ms < 0 { '-' } else { '+' }, ahead_ms.unsigned_abs());
    let set = [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME", format!("{sign}{}.{:03}", ms / 1_000, ms % 1_000)),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    set.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

async fn all_operational(alone: &Alone) -> Result<()> {
    let until = Instant::now() + SHOWN_MAX;
    loop {
        let components = EventStream::open(alone.address, None)?.next_fact()?.snapshot()?.components;
        if components.len() == TARGETS + JOBS
            && components.iter().all(|one| one.status == Status::Operational)
        {
            return Ok(());
        }
        ensure!(Instant::now() < until, "not everything works: {components:?}");
        tokio::time::sleep(POLL_PAUSE * 10).await;
    }
}

/// Holds what each place tells against when it was watched.
fn judge(drill: &Play, alone: &Alone, token: &str, gaps: &[(Gap, Gap)], found: &mut Found) -> Result<()> {
    let snapshot = EventStream::open(alone.address, None)?.next_fact()?.snapshot()?;
    for component in &snapshot.components {
        let id = component.definition.id.to_string();
        let told = spans::of_page(alone, &id)?;
        let api = spans::of_api(alone, token, &id)?;
        found.differing_ms += spans::differing_ms(&told, &api);
        for (of_target, of_job) in gaps {
            let mut gap = if id.starts_with('t') { *of_target } else { *of_job };
            if drill.is(LOOKED_AT) {
                gap.until = (gap.until.0 - MINUTE_MS, gap.until.1 - MINUTE_MS);
            }
            found.absences += 1;
            let (off_ms, coloured_ms) = spans::hold_against(&told, gap);
            if off_ms > 0 {
                eprintln!("drill: {id}: {gap:?} is off by {off_ms} ms: {told:?}");
            }
            found.off_ms = found.off_ms.max(off_ms);
            found.coloured_ms += coloured_ms;
        }
        days(component, &snapshot, &told, found);
    }
    Ok(())
}

/// Holds the days of the page against the spans.
fn days(component: &Component, snapshot: &pharos_model::Snapshot, told: &[Stretch], found: &mut Found) {
    let at = snapshot.at.0;
    let unknown_ms: i64 = told
        .iter()
        .filter(|stretch| stretch.status == Status::Unknown.as_str())
        .map(|stretch| (stretch.until.unwrap_or(at).min(at) - stretch.from).max(0))
        .sum();
    let tally = component.tally(&snapshot.days, DAYS, snapshot.at);
    let of_days = tally.of(Status::Unknown);
    found.differing_ms += unknown_ms.unsigned_abs().abs_diff(of_days);
    found.unknown_s += of_days / 1_000;
    let covered_bp =
        tally.total_ms().saturating_sub(unknown_ms.unsigned_abs()) * 10_000 / tally.total_ms().max(1);
    let uptime = snapshot.uptime(component, DAYS);
    found.coverage_off_bp = found.coverage_off_bp.max(covered_bp.abs_diff(u64::from(uptime.coverage_bp)));
}
