//! `seeds`: the way to leadership in simulated worlds, one for each seed, and the lease as a model of which every state is gone through.
//!
//! The worlds run the code that nodes run, on clocks of their own; the model shows that what it follows holds in every order of steps.

mod database;
mod faults;
mod judge;
mod message;
mod model;
mod node;
mod wire;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Result, anyhow};
use pharos_store::limits::{LEASE_ACTS, LEASE_TTL};

use crate::Drill;
use crate::play::Play;
use crate::report::{Report, count_of};
use database::Flaws;
use judge::{Found, judge};
use wire::Quirks;
use world::Sabotage;

const FENCE: &str = "fence";
const LOCK: &str = "lock";
const KEY: &str = "key";
const ETERNAL: &str = "eternal";
const MARGIN: &str = "margin";
const NONCE: &str = "nonce";

pub const DRILL: Drill = Drill {
    name: "seeds",
    about: "five nodes that are stopped, cut off and restarted around a database that fails over, in simulated time; and the lease as a model",
    round: "a world of 130 s and its faults",
    rounds: SEEDS,
    rounds_short: 300,
    in_tests: true,
    bars: "one leader at a time, no late write taken, no fence shared, no look twice; writes go on within 18 s of the last fault; at \
           least a million states of the model, none of which breaks a rule",
    sabotages: &[
        (FENCE, "the database takes writes without looking at the fence"),
        (LOCK, "the fence is looked at, and not locked until the commit"),
        (KEY, "the database takes looks that it has already"),
        (ETERNAL, "a lease never ends by itself"),
        (MARGIN, "nodes act for all of the lease, from when they heard of it"),
        (NONCE, "a node has one nonce for all its leaderships"),
    ],
    needs_binary: false,
    run,
};

/// Worlds of a whole run.
const SEEDS: u32 = 10_000;
/// States of a whole run, and of a short one.
const STATES_MIN: (f64, f64) = (1_000_000.0, 100_000.0);
/// How long after the last fault writes may not go on: a lease, and 3 s to find that out.
const RECOVERY_S_MAX: f64 = 18.0;
/// One world in so many is lived twice, to see that its seed tells all of it.
const AGAIN: u32 = 20;
/// Broken rules that are told in full.
const TOLD_MAX: u64 = 5;

fn run(play: &Play) -> Result<Report> {
    let sabotage = Sabotage {
        flaws: Flaws {
            ignores_fences: play.is(FENCE),
            locks_nothing: play.is(LOCK),
            ignores_keys: play.is(KEY),
            keeps_leases: play.is(ETERNAL),
        },
        quirks: Quirks { counts_from_the_answer: play.is(MARGIN), keeps_its_nonce: play.is(NONCE) },
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (found, strayed) = live_all(play, sabotage, threads)?;
    let is_whole = play.rounds >= SEEDS;
    let lease = model::Lease {
        // One that restarts is as good as another.
        nodes: 2,
        tries: if is_whole { 3 } else { 2 },
        messages: 2,
        ignores_fences: play.is(FENCE),
        counts_from_the_answer: play.is(MARGIN),
        keeps_its_nonce: play.is(NONCE),
    };
    let (explored, paths) = model::explore(lease, threads);
    for path in paths {
        eprintln!("drill: seeds: the model: {path}");
    }
    Ok(report(play, &found, strayed, &explored, is_whole))
}

fn report(play: &Play, found: &Found, strayed: u64, explored: &model::Explored, is_whole: bool) -> Report {
    let mut report = Report::default();
    report.note("seeds", "seeds", "", f64::from(play.rounds));
    let title = "moments at which a node acted after another was elected";
    report.none("overlaps", title, found.overlaps);
    let title = "moments at which a node acted longer than its lease lets it";
    report.none("overdue", title, found.overdue);
    report.none("stale", "writes that were taken after a newer leader was elected", found.stale);
    report.none("shared", "fences of two leaderships", found.shared);
    report.none("doubled", "looks that were written twice", found.doubled);
    report.none("at_odds", "moments at which a leader would have written under no fence", found.at_odds);
    report.none("strayed", "worlds that went another way when they were lived again", strayed);
    let title = "from the last fault until writes go on";
    report.at_most(("recovery_s", title, "s"), count_of(found.recovery_ms) / 1_000.0, RECOVERY_S_MAX);
    let margin = found.margin_ms.map_or(f64::NAN, |margin| count_of(margin) / 1_000.0);
    let title = "from the last act of one whose lease ended to the next election, at least";
    report.at_least(("margin_s", title, "s"), margin, LEASE_TTL.as_secs_f64() - LEASE_ACTS.as_secs_f64());
    report.at_least(("refused", "late writes that were refused", ""), count_of(found.refused), 1.0);
    let title = "elections under a term that was handed out before";
    report.at_least(("terms_again", title, ""), count_of(found.terms_again), 1.0);
    report.note("elections", "elections", "", count_of(found.elections));
    let title = "leases that were taken again by who had given them up";
    report.none("taken_again", title, found.taken_again);
    report.note("looks", "looks written", "", count_of(found.looks));
    let states = if is_whole { STATES_MIN.0 } else { STATES_MIN.1 };
    report.at_least(("states", "states of the model", ""), count_of(explored.states as u64), states);
    report.none("broken", "rules that a state of the model breaks", explored.broken.len() as u64);
    let title = "what must happen in the model and never does";
    report.none("never", title, explored.never.len() as u64);
    report
}

/// Lives one world for each seed from that of the drill on, so that one is lived again with `--seed` and one round.
fn live_all(play: &Play, sabotage: Sabotage, threads: usize) -> Result<(Found, u64)> {
    let (next, told) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || -> Result<(Found, u64)> {
        let (mut found, mut strayed) = (Found::default(), 0);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= u64::from(play.rounds) {
                return Ok((found, strayed));
            }
            let seed = play.seed.wrapping_add(number);
            let past = world::live(seed, sabotage)?;
            let one = judge(&past);
            let is_broken = one.violations() > 0 || count_of(one.recovery_ms) > RECOVERY_S_MAX * 1_000.0;
            if is_broken && told.fetch_add(1, Ordering::Relaxed) < TOLD_MAX {
                eprintln!("drill: seeds: seed {seed}: {one:?}");
            }
            if number % u64::from(AGAIN) == 0 {
                strayed += u64::from(judge::digest(&past) != judge::digest(&world::live(seed, sabotage)?));
            }
            found.add(&one);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let (mut found, mut strayed) = (Found::default(), 0);
        for worker in workers {
            let (one, more) = worker.join().map_err(|_| anyhow!("a world panicked"))??;
            found.add(&one);
            strayed += more;
        }
        Ok((found, strayed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64) -> (Found, u64) {
        let past = world::live(seed, Sabotage::default()).unwrap();
        (judge(&past), judge::digest(&past))
    }

    #[test]
    fn a_seed_always_lives_the_same_world_and_another_seed_another() {
        assert_eq!(world(1).1, world(1).1);
        assert_ne!(world(1).1, world(2).1);
    }

    #[test]
    fn a_leader_that_gives_up_during_a_renewal_and_leads_again_keeps_its_fence() {
        for seed in [67, 1_149, 1_789] {
            assert_eq!(world(seed).0.violations(), 0, "seed {seed}");
        }
    }
}
