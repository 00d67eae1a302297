//! `damage`: archives that are broken in every way are refused with a reason, good ones are not, and single bits of the database are turned.
//!
//! Archives are read by the binary alone, as whoever restores one does.

mod archives;
mod flips;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::Drill;
use crate::alone::{Alone, past};
use crate::cluster::jobs::{self, Jobs};
use crate::cluster::upstream::Upstream;
use crate::cluster::{node, play};
use crate::play::Play;
use crate::report::{Report, count_of};
pub use archives::copy_folder;
use archives::{Archives, Breaking};

const LEFT_WHOLE: &str = "left-whole";
const SPOILT: &str = "spoilt";
const HIDDEN: &str = "hidden";

pub const DRILL: Drill = Drill {
    name: "damage",
    about: "broken and good archives read by the binary, and single bits of the database turned",
    round: "one broken archive, one good one and two bits",
    rounds: 100,
    rounds_short: 12,
    in_tests: true,
    bars: "every broken archive is refused with a reason, to be verified and to be restored; every good one is verified and restored; every bit that turns is found, and none makes anything wrong be shown",
    sabotages: &[
        (LEFT_WHOLE, "one archive in five that should be broken is whole"),
        (SPOILT, "a bit is turned in one good archive in five"),
        (HIDDEN, "the sums of pages are made to fit the bits that were turned in them"),
    ],
    needs_binary: true,
    run,
};

const TARGETS: usize = 3;
const JOBS: usize = 4;
const JOB_EVERY: Duration = Duration::from_millis(50);
const BEATS: usize = 40;
const BEATS_MAX: Duration = Duration::from_secs(30);
/// How long changes are given to come into the journal.
const CHANGING: Duration = Duration::from_secs(3);
/// Observations of each target in the hours before: three hours.
const PAST: u32 = 1_080;
/// One archive in so many is what a sabotage is about.
const SABOTAGED: u32 = 5;
/// What is turned beside each pair of archives.
const FLIPS: u32 = 2;

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
        let tokens = jobs::tokens(JOBS, &mut chance);
        // An incident would change by itself while it is looked for changes.
        let beside = "    incidents: { auto: off }\n";
        let mut alone = Alone::new(drill, &node::yaml_beside(&upstream, TARGETS, &tokens, (1, beside)))?;
        let token = alone.token(&["read"])?;
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        alone.start().await?;
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        change(&upstream).await;
        alone.stop()?;
        past::make_up(&alone, PAST).await?;
        alone.start().await?;
        let first = archives::copy(&alone, "archive", None)?;
        let sealed = archives::copy(&alone, "sealed", Some(archives::RECIPIENT))?;
        jobs.wait_for(BEATS, BEATS_MAX).await?;
        change(&upstream).await;
        let raw = alone.at("raw");
        copy_folder(alone.data(), &raw)?;
        let second = archives::copy(&alone, "archive", None)?;
        jobs.stop().await;
        alone.stop()?;
        let archives = Archives { plain: [first, second], sealed, raw };

        let (mut verified, mut restored, mut in_spite, mut good) = (0_u64, 0_u64, 0_u64, 0_u64);
        for round in 0..drill.rounds {
            let kind = Breaking::of(round);
            let mut broken = archives.broken(&alone, kind, &mut chance)?;
            if drill.is(LEFT_WHOLE) && round % SABOTAGED == 0 {
                broken = archives.good(&alone, round, &mut chance)?;
            }
            let said = archives::read(&alone, "verify", &broken)?;
            verified += u64::from(said.refused());
            if !said.refused() {
                eprintln!("drill: {kind:?} of {}: verify said: {said:?}", broken.part);
            }
            let said = archives::read(&alone, "restore", &broken)?;
            // It is made of the journal, so that nothing is lost with a snapshot.
            let needless = said.done && broken.part.starts_with("snapshots/");
            if needless && archives::is_whole(&alone, &broken).await? {
                in_spite += 1;
            } else if said.refused() {
                restored += 1;
            } else {
                eprintln!("drill: {kind:?} of {}: restore said: {said:?}", broken.part);
            }
            let whole = archives.good(&alone, round, &mut chance)?;
            if drill.is(SPOILT) && round % SABOTAGED == 0 {
                archives::turn_bit(&whole.place.join("manifest.json"), &mut chance)?;
            }
            let mut is_good = true;
            for command in ["verify", "restore"] {
                let said = archives::read(&alone, command, &whole)?;
                if !said.done {
                    eprintln!("drill: a good archive: {command} said: {}", said.complaint);
                }
                is_good &= said.done;
            }
            good += u64::from(is_good);
        }
        let without_history = archives.without_history(&alone)?;
        let turning = (drill.rounds * FLIPS, TARGETS, drill.is(HIDDEN));
        let flipped = flips::turn(&mut alone, &token, turning, &mut chance).await?;
        ensure!(flipped.turned > 0, "no bit was turned");

        let (mut report, rounds) = (Report::default(), f64::from(drill.rounds));
        let title = "broken archives that were refused with a reason when verified";
        report.at_least(("refused_verify", title, ""), count_of(verified), rounds);
        let title = "the same when restored, or only a snapshot was broken and all was restored without it";
        report.at_least(("refused_restore", title, ""), count_of(restored + in_spite), rounds);
        report.at_least(
            ("accepted", "good archives that were verified and restored", ""),
            count_of(good),
            rounds,
        );
        let title = "archives whose history.json is missing that were taken for good";
        report.at_most(("without_history", title, ""), count_of(without_history), 0.0);
        let title = "bits turned in the database after which something wrong was shown and nothing said";
        report.at_most(("flips_wrong", title, ""), count_of(flipped.wrong), 0.0);
        let title = "bits turned that were found by reading all of the file";
        report.at_least(("flips_found", title, ""), count_of(flipped.found), count_of(flipped.turned));
        let title = "bits turned that were met: at the start, or when something was shown";
        report.note("flips_met", title, "", count_of(flipped.met));
        report.note("in_spite", "restored whole without a broken snapshot", "", count_of(in_spite));
        report.note("flips", "bits turned in the database", "", count_of(flipped.turned));
        Ok(report)
    })
}

/// Every target fails for a while, and works again.
async fn change(upstream: &Upstream) {
    for fails in [true, false] {
        (0..TARGETS).for_each(|target| upstream.fail(target, fails));
        tokio::time::sleep(CHANGING).await;
    }
}

/// The folder of a file.
fn folder_of(file: &std::path::Path) -> Result<&std::path::Path> {
    file.parent().context("a file is in no folder")
}
