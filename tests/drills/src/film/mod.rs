//! `film`: pairs and quorums fail over at known times while the real binary looks on, and its record is held against the script.
//!
//! The script's own precision: state and clock are read under one lock, so a change is known to the millisecond, and each
//! answer is known to lie before or after it. A look lasts from its start to its answer, and half of the members take up to
//! 300 ms over theirs and say what is true at its end. So a moment must lie after the start of the last look that did not show
//! it, and not after the end of the first that did; nothing is allowed for but the 2 ms of two clocks in whole milliseconds. The
//! width is told in intervals as the members saw them kept, on a busy machine too, without the time that these two looks took;
//! half of one is allowed for what looks take beyond their own time on a busy machine. A look that was passed over would add a
//! whole one.

mod cast;
mod script;
mod upstream;
mod verdict;
mod watcher;

use std::thread;

use anyhow::{Result, ensure};
use pharos_engine::simulator::Random;

use crate::Drill;
use crate::play::Play;
use crate::report::Report;
use crate::report::count_of;
use crate::server::Server;
use script::{Cast, Played, Stage, Truth};
use upstream::{State, Upstream};
use verdict::Verdict;
use watcher::{Heard, Watcher};

const LATE_TRUTH: &str = "late-truth";
const HIDE_CONFLICT: &str = "hide-conflict";
const WRONG_LAG: &str = "wrong-lag";
const BLURRED_RECORDS: &str = "blurred-records";

pub const DRILL: Drill = Drill {
    name: "film",
    about: "the record of failovers of the real binary against a script that knows when they were",
    round: "a failover",
    rounds: 50,
    rounds_short: 6,
    in_tests: true,
    bars: "every failover is recorded, t0, t2 and the recovery time lie in what was recorded, which is at most two intervals \
           wide (a half more on a busy machine); the lag is the last one told; no conflict is missed or invented",
    sabotages: &[
        (LATE_TRUTH, "the truth is shifted by three intervals"),
        (HIDE_CONFLICT, "the second claim is kept from the server"),
        (WRONG_LAG, "members tell another lag than they note"),
        (BLURRED_RECORDS, "records are read as if the last look before a failure had been one earlier"),
    ],
    needs_binary: true,
    run,
};

/// Time between two looks, in milliseconds.
const INTERVAL_MS: u64 = 1_000;
/// Intervals that the range of a recovery time may be wide: two, and a twentieth of one for slots that are kept late.
const WIDTH_MAX: f64 = 2.05;
/// The same in short form, which is held on machines that are busy with other tests.
const WIDTH_BUSY_MAX: f64 = 2.5;
/// From so many losses of members on it is the long form.
const LONG_FROM: usize = 50;
/// What `wrong-lag` adds to a lag, in milliseconds.
const LAG_LIE_MS: u64 = 3;

fn run(play: &Play) -> Result<Report> {
    let casts = cast::casts(play.rounds)?;
    let takes: Vec<_> = casts.iter().flat_map(|cast| &cast.members).map(|(_, _, takes)| *takes).collect();
    let upstream = Upstream::start(&takes, if play.is(WRONG_LAG) { LAG_LIE_MS } else { 0 })?;
    for cast in casts.iter().filter(|cast| cast::is_pair(cast)) {
        upstream.set(&[(cast.members[0].1, State::Primary)]);
    }
    let server = Server::start(play, &cast::yaml(&casts, upstream.address))?;
    let watcher = Watcher::listen(server.address)?;
    let stage = Stage { upstream: &upstream, watcher: &watcher, hides_conflict: play.is(HIDE_CONFLICT) };
    let played = play_all(play, &stage, &casts);
    let mut heard = watcher.heard().clone();
    drop(server);
    if play.is(BLURRED_RECORDS) {
        for known in heard.failovers.values_mut() {
            known.failed.after = known.failed.after.minus_ms(INTERVAL_MS);
        }
    }
    if let Some(broken) = &heard.broken {
        anyhow::bail!("the event stream broke: {broken}");
    }
    for stuck in &played.stuck {
        eprintln!("drill: {stuck}");
    }
    let shift_ms = if play.is(LATE_TRUTH) { 3 * INTERVAL_MS } else { 0 };
    report(&played, &heard, &upstream, shift_ms)
}

/// Plays all scripts, each on a thread and with chance of its own.
fn play_all(play: &Play, stage: &Stage<'_>, casts: &[Cast]) -> Played {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..)
            .zip(casts)
            .map(|(purpose, cast)| {
                let mut random: Random = play.chance(purpose);
                scope.spawn(move || {
                    if cast::is_pair(cast) {
                        stage.play_pair(cast, &mut random)
                    } else {
                        stage.play_quorum(cast, &mut random)
                    }
                })
            })
            .collect();
        let mut all = Played::default();
        for played in threads.into_iter().map(thread::ScopedJoinHandle::join) {
            let gone = || Played { stuck: vec!["a script panicked".to_owned()], ..Played::default() };
            let played = played.unwrap_or_else(|_| gone());
            all.truths.extend(played.truths);
            all.conflicts.extend(played.conflicts);
            all.stuck.extend(played.stuck);
        }
        all
    })
}

fn report(played: &Played, heard: &Heard, upstream: &Upstream, shift_ms: u64) -> Result<Report> {
    let Played { truths, conflicts, stuck } = played;
    ensure!(!truths.is_empty() && !conflicts.is_empty(), "nothing happened: {}", stuck.join("; "));
    let (mut unrecorded, mut outside, mut wrong_lags) = (0_u64, 0_u64, 0_u64);
    let (mut widest, mut longest_ms) = (0_f64, 0_u64);
    let width_max = if truths.len() >= LONG_FROM { WIDTH_MAX } else { WIDTH_BUSY_MAX };
    for (index, truth) in truths.iter().enumerate() {
        let is_same = |other: &&Truth| {
            (&other.component, &other.from, &other.to) == (&truth.component, &truth.from, &truth.to)
        };
        let earlier = truths[..index].iter().filter(is_same).count();
        let Some(known) = verdict::record_of(truth, earlier, heard) else {
            eprintln!("drill: there is no record of {truth:?}");
            unrecorded += 1;
            continue;
        };
        let shifted = Truth { t2: truth.t2.plus_ms(shift_ms), ..truth.clone() };
        let (from, to) = truth.looked_at;
        let kept_ms = upstream.interval_around(from, truth.t0) + upstream.interval_around(to, truth.t2);
        longest_ms = longest_ms.max(kept_ms);
        let told = truth.lags.map(|place| upstream.told(place)).unwrap_or_default();
        let Verdict { holds, width, right_lag } = verdict::judge(&shifted, known, &told, kept_ms);
        if !holds || !right_lag || width > width_max {
            eprintln!("drill: {truth:?} is recorded as {known:?}, {width:.2} intervals wide");
        }
        outside += u64::from(!holds);
        wrong_lags += u64::from(!right_lag);
        widest = widest.max(width);
    }
    let missed = conflicts.iter().filter(|conflict| !verdict::is_told(conflict, heard)).count();
    let invented = verdict::invented(conflicts, heard);
    if missed + invented > 0 {
        eprintln!("drill: there were {conflicts:?}, and told were {:?}", heard.conflicts);
    }

    let mut report = Report::default();
    report.none("stuck", "scripts that waited in vain", stuck.len() as u64);
    report.none("unrecorded", "losses that are not recorded", unrecorded);
    report.none("outside", "records that do not hold the truth", outside);
    let title = "widest recovery time, in intervals and without the looks themselves";
    report.at_most(("width_intervals", title, ""), widest, width_max);
    report.none("wrong_lags", "lags that are not the last one told", wrong_lags);
    report.none("conflicts_missed", "conflicts missed", missed as u64);
    report.none("conflicts_invented", "conflicts invented", invented as u64);
    let title = "longest two intervals that were kept around what happened";
    report.note("two_intervals_ms", title, "ms", count_of(longest_ms));
    report.note("losses", "losses of a member", "", count_of(truths.len() as u64));
    report.note("conflicts", "conflicts", "", count_of(conflicts.len() as u64));
    Ok(report)
}
