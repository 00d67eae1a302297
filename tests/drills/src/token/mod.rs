//! `token`: a leader whose election the standby never heard of, the standby promoted, another leader elected there under the same term.
//! What the first one still wants to write must not get onto the new timeline, and it must step down.
//!
//! Each round is held between two stores, where every kind of write is tried; and once it is held with real nodes, where what visitors
//! are shown tells that the one that has lost stepped down.

mod nodes;
mod stores;

use anyhow::Result;

use crate::Drill;
use crate::cluster::play;
use crate::play::Play;
use crate::report::{Report, count_of};

const SAME_NONCE: &str = "same-nonce";
const LATE_NEWS: &str = "late-news";
const STUBBORN: &str = "stubborn";

pub const DRILL: Drill = Drill {
    name: "token",
    about: "two leaders under one term, on either side of a promotion that the first did not hear of",
    round: "a promotion between two stores",
    rounds: 10,
    rounds_short: 1,
    in_tests: true,
    bars: "no row of the first leader on the new timeline, no fence that both name; it steps down within 11 s of its return, as a store and as \
           a real node",
    sabotages: &[
        (SAME_NONCE, "both leaders draw the same nonce, so that the term alone tells them apart"),
        (LATE_NEWS, "the first leader's way to the new primary is held for 13 s"),
        (STUBBORN, "the real node that has lost knows of no other primary"),
    ],
    needs_binary: true,
    run,
};

/// How long one who has lost may go on.
const STEP_DOWN_S_MAX: f64 = 11.0;

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut sums = stores::Found::default();
        for round in 0..drill.rounds {
            sums.add(&stores::round(drill, round).await?);
        }
        let node = nodes::hold(drill).await?;
        let mut report = Report::default();
        report.none("rows", "rows of the first leader on the new timeline", sums.rows);
        report.none("accepted", "writes of it that were answered well after its return", sums.accepted);
        report.none("shared", "fences that both leaders name", sums.shared);
        let title = "the first leader, a store, steps down after";
        report.at_most(("step_down_s", title, "s"), sums.step_down_s, STEP_DOWN_S_MAX);
        let title = "writes of it that were refused";
        report.at_least(("refused", title, ""), count_of(sums.refused), 1.0);
        let title = "rounds in which both had the same term";
        report.at_least(("same_term", title, ""), count_of(sums.same_term), f64::from(drill.rounds));
        let title =
            "the first leader, a real node, shows what the other writes once its primary is gone, after";
        report.at_most(("node_step_down_s", title, "s"), node.gone_s, STEP_DOWN_S_MAX);
        let title = "it renews its lease on the old primary last after";
        report.at_most(("node_step_down_beside_s", title, "s"), node.beside_s, STEP_DOWN_S_MAX);
        Ok(report)
    })
}
