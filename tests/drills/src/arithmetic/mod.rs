//! `arithmetic`: uptime, days and redundancy against a reference that counts second by second and world by world.

mod lens;
mod members;
mod reference;
mod thousand;
mod timeline;
mod trees;

use anyhow::Result;

use crate::Drill;
use crate::play::Play;
use crate::report::Report;
use crate::report::count_of;

pub const DRILL: Drill = Drill {
    name: "arithmetic",
    about: "days, uptime and redundancy against a count of seconds and of possible worlds",
    round: "a timeline; a tree of redundant components for every ten of them",
    rounds: 200_000,
    rounds_short: 2_000,
    in_tests: true,
    bars: "no mismatch, unknown never becomes up; 1,000 components change within 100 ms",
    sabotages: lens::SABOTAGES,
    needs_binary: false,
    run,
};

/// Milliseconds in which 1,000 components may change.
const CHANGE_MS_MAX: f64 = 100.0;
/// Timelines for each tree of redundant components.
const TIMELINES_PER_TREE: u32 = 10;
/// Mismatches of each part that are told in words.
const TOLD_MAX: u64 = 1;

/// What was compared, and what was not the same.
#[derive(Debug, Default)]
pub struct Found {
    /// Comparisons made.
    pub compared: u64,
    /// Those that did not agree.
    pub mismatches: u64,
}

impl Found {
    /// Notes a comparison; `what` tells of one that failed.
    pub fn note(&mut self, agrees: bool, what: impl FnOnce() -> String) {
        self.compared += 1;
        if agrees {
            return;
        }
        self.mismatches += 1;
        if self.mismatches <= TOLD_MAX {
            eprintln!("drill: a mismatch: {}", what());
        }
    }
}

fn run(play: &Play) -> Result<Report> {
    compare(play, members::MEMBERS_MAX)
}

fn compare(play: &Play, members_max: usize) -> Result<Report> {
    let lens = lens::Lens::of(play);
    let mut report = Report::default();

    let mut times = Found::default();
    let mut random = play.chance(1);
    for number in 0..play.rounds {
        let timeline = timeline::Timeline::draw(&mut random, number);
        reference::compare(&timeline, &lens, &mut random, &mut times);
    }
    report.none("timeline_mismatches", "timelines: mismatches", times.mismatches);
    report.note("timeline_comparisons", "timelines: comparisons", "", count_of(times.compared));

    let mut flat = members::Flat::default();
    members::compare_all(members_max, &lens, &mut play.chance(2), &mut flat);
    report.none("state_mismatches", "states of up to five members: mismatches", flat.found.mismatches);
    report.none("unknown_became_up", "states in which not knowing became working", flat.became_up);
    report.note("states", "states of up to five members", "", count_of(flat.found.compared));

    let mut nested = Found::default();
    let mut random = play.chance(3);
    for _ in 0..play.rounds.div_ceil(TIMELINES_PER_TREE) {
        trees::compare(&lens, &mut random, &mut nested)?;
    }
    report.none("nested_mismatches", "components nested three deep: mismatches", nested.mismatches);
    report.note("nested", "components nested three deep", "", count_of(nested.compared));

    let took_ms = thousand::change_ms(play.is(lens::SLUGGISH))?;
    let title = "1,000 components change, in the core: the median of five";
    report.at_most(("change_ms", title, "ms"), took_ms, CHANGE_MS_MAX);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sabotage: Option<&'static str>) -> Report {
        compare(&Play::of_seed(7, 300, sabotage), 3).unwrap()
    }

    #[test]
    fn the_code_agrees_with_the_reference() {
        let report = found(None);
        assert!(report.passes(), "{}", report.missed());
    }

    #[test]
    fn every_sabotage_is_noticed() {
        for (sabotage, _) in DRILL.sabotages {
            assert!(!found(Some(sabotage)).passes(), "{sabotage}");
        }
    }
}
