//! `fsync`: the disk says that it could not keep what was written, once and then again and again.
//!
//! A few lines of C (`faults.c`) stand between the server and its system; they make the calls fail and note when, and when the database is opened
//! anew.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::Drill;
use crate::alone::{Alone, file, library};
use crate::cluster::jobs::{self, Heartbeat, Jobs, Late};
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::play::Play;
use crate::report::{Report, count_of};

const NO_FAULTS: &str = "no-faults";
const NEVER_OPENED: &str = "never-opened";
const ROW_LESS: &str = "row-less";

pub const DRILL: Drill = Drill {
    name: "fsync",
    about: "a disk that says that it could not keep what was written, once and then in one case in twenty",
    round: "one call that fails, and four seconds in which one in twenty does",
    rounds: 20,
    rounds_short: 3,
    in_tests: false,
    bars: "after a call that failed nothing is acknowledged until the database was opened anew; no acknowledged heartbeat is lost, no entry of the \
           journal is there twice, and the chain is whole",
    sabotages: &[
        (NO_FAULTS, "no call fails"),
        (NEVER_OPENED, "it is not noted when the database is opened anew"),
        (ROW_LESS, "one observation in 37 is gone at the end"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 4;
const JOBS: usize = 20;
const JOB_EVERY: Duration = Duration::from_millis(50);
const BEATS: usize = 60;
const BEATS_MAX: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_secs(4);
/// Time between two changes meanwhile.
const CHANGE_EVERY: Duration = Duration::from_millis(500);
/// The file to which the database writes first.
const LOG: &str = "pharos.db-wal";
const SOURCE: &str = include_str!("faults.c");
/// Entries of the journal that say the same at the same moment.
const TWICE: &str =
    "SELECT count(*) FROM (SELECT 1 FROM journal GROUP BY at, kind, payload HAVING count(*) > 1)";

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
        let tokens = jobs::tokens(JOBS, &mut chance);
        let mut alone = Alone::new(drill, &node::yaml(&upstream, TARGETS, &tokens))?;
        let [orders, notes] = ["orders", "notes"].map(|name| alone.at(name));
        let library = library::compile(&alone, "faults", SOURCE)?;
        fs::write(&orders, "")?;
        let set = [("LD_PRELOAD", &library), ("DRILL_FAULTS", &orders), ("DRILL_NOTES", &notes)];
        alone.environment = set.map(|(name, path)| (name.to_owned(), path.display().to_string())).to_vec();
        alone.start().await?;
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        for round in 0..usize::try_from(drill.rounds)? {
            for order in ["once", "5"] {
                fs::write(&orders, if drill.is(NO_FAULTS) { "" } else { order })?;
                let began = std::time::Instant::now();
                while began.elapsed() < AGAIN {
                    upstream.switches().turn(round % TARGETS);
                    tokio::time::sleep(CHANGE_EVERY).await;
                }
            }
            fs::write(&orders, "")?;
            jobs.wait_for(BEATS, BEATS_MAX).await.with_context(|| format!("after round {round}"))?;
        }
        jobs.stop().await;
        alone.stop()?;
        if drill.is(ROW_LESS) {
            file::change(alone.data(), "DELETE FROM samples WHERE scheduled_at % 37 = 0").await?;
        }
        let notes = fs::read_to_string(&notes).context("nothing was noted")?;
        let windows = windows(&notes, !drill.is(NEVER_OPENED))?;
        let log = jobs.log();
        let kept = jobs::held_against(&log, &file::heartbeats(alone.data()).await?, Late::MayCome)?;
        let twice: i64 =
            file::ask(alone.data(), async |file| sqlx::query_scalar(TWICE).fetch_one(file).await).await?;

        let mut report = Report::default();
        let title =
            "heartbeats that were sent and acknowledged between a call that failed and the opening anew";
        report.none("acks_after", title, acknowledged_within(&log, &windows));
        report.none("lost", "acknowledged heartbeats that are lost", kept.lost);
        report.none("doubled", "heartbeats that are there twice", kept.doubled);
        report.none("twice", "entries of the journal that are there twice", twice.unsigned_abs());
        report.none(
            "faults",
            "faults of the journal's chain, in a copy of all that there is",
            crate::killed::faults(&alone)?,
        );
        report.at_least(
            ("failed", "calls that failed", ""),
            count_of(windows.len() as u64),
            f64::from(drill.rounds),
        );
        report.note("acks", "heartbeats that were acknowledged", "", count_of(kept.acknowledged));
        Ok(report)
    })
}

/// From each call that failed for the database's log, on which commits rest, to its next opening, in milliseconds; without an end where
/// there was none. Others are repeated by SQLite before anything rests on them.
fn windows(notes: &str, with_openings: bool) -> Result<Vec<(i64, i64)>> {
    let mut events = Vec::new();
    for line in notes.lines().filter(|line| line.ends_with(LOG)) {
        let mut words = line.split(' ');
        let (what, at) = (words.next(), words.next().context("a note has no moment")?);
        events.push((what == Some("open"), at.parse::<i64>()?));
    }
    let opening = |place: usize| events.iter().skip(place).find(|(opened, _)| *opened && with_openings);
    let failed = events.iter().enumerate().filter(|(_, (opened, _))| !opened);
    Ok(failed.map(|(place, (_, at))| (*at, opening(place).map_or(i64::MAX, |(_, at)| *at))).collect())
}

fn acknowledged_within(log: &[Heartbeat], windows: &[(i64, i64)]) -> u64 {
    let taken = log.iter().filter(|beat| beat.acknowledged == Some(true));
    let is_within = |beat: &&Heartbeat| {
        windows.iter().any(|(from, until)| beat.within.0.0 > *from && beat.within.1.0 < *until)
    };
    taken.filter(is_within).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_a_failed_call_to_the_next_opening_nothing_may_be_acknowledged() {
        let notes = "open 5 a/pharos.db-wal\nfail 10 a/pharos.db-wal\nfail 12 a/pharos.db-wal\nfail 13 a\nopen 20 a/pharos.db-wal\nfail 30 a/pharos.db-wal\n";
        assert_eq!(windows(notes, true).unwrap(), [(10, 20), (12, 20), (30, i64::MAX)]);
        assert_eq!(windows(notes, false).unwrap()[0], (10, i64::MAX));
    }
}
