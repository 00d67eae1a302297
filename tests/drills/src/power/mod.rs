//! `power`: the power fails at any moment, and of what the disk was not asked to keep any part is missing.
//!
//! A few lines of C (`recorder.c`) take down what the server does to its files. From that the files are made as a cut leaves them
//! (`disk.rs`), again and again, and the binary must make the best of them (`judge.rs`, `restored.rs`).

mod disk;
mod early;
mod judge;
mod restored;
mod tape;
mod taped;

use anyhow::Result;
use pharos_engine::simulator::Random;

use crate::Drill;
use crate::alone::file;
use crate::cluster::jobs::Heartbeat;
use crate::cluster::play;
use crate::play::Play;
use crate::report::{Report, count_of};
use disk::{Disk, Image, SECTOR, lay_out};
use tape::{Call, Record};
use taped::Taped;

const UNSYNCED: &str = "unsynced";
const UNASKED: &str = "unasked";
const TORN: &str = "torn";
const HASTY: &str = "hasty";

pub const DRILL: Drill = Drill {
    name: "power",
    about: "a power cut at moments around each time that the disk is asked to keep something, of a server, a copy and a restore",
    round: "one cut of the server; to five of them comes one of a restore",
    rounds: 500,
    rounds_short: 40,
    in_tests: false,
    bars: "nothing that was acknowledged or told is lost, nothing is there twice, and everything opens and passes its checks; the disk was asked \
           before each acknowledgement, and before anything was told; a copy or restore that is done stays, and a restore that is not is refused and begun anew",
    sabotages: &[
        (UNSYNCED, "the disk had not heard the last time that it was asked to keep the log of the database"),
        (UNASKED, "it is not taken down when the disk is asked to keep the log of the database"),
        (TORN, "one sector of the database is empty that was kept"),
        (HASTY, "a copy and a restore say that they are done before they ask the disk to keep anything"),
    ],
    needs_binary: true,
    run,
};

/// The file to which the database writes first.
const LOG: &str = "pharos.db-wal";
/// One cut of a restore to so many of the server.
const RESTORE_EVERY: u32 = 5;

fn run(drill: &Play) -> Result<Report> {
    play(async {
        let mut taped = Taped::server(drill).await?;
        if drill.is(UNASKED) {
            taped.records.retain(|record| !record.keeps(LOG));
        }
        let (mut chance, mut found) = (drill.chance(2), judge::Found::default());
        let data = taped.alone.data().to_owned();
        taped.alone.keeps_in(taped.alone.at("image").join("data"));
        let cuts = places(&taped.records, usize::try_from(drill.rounds)?, &mut chance);
        for place in &cuts {
            let image = cut(drill, &taped.records[..*place], &mut chance);
            lay_out(&image, &taped.alone.at("image"))?;
            let until_ms = taped.records.get(*place).map_or(i64::MAX, |record| record.began_ms);
            let after = judge::server(&taped.alone, until_ms, &taped.beats, &taped.told).await?;
            if after.malformed + after.untold + after.kept.lost + after.kept.doubled > 0 {
                eprintln!("drill: after a cut at {place} of {}: {after:?}", taped.records.len());
                let around = place.saturating_sub(40)..(place + 10).min(taped.records.len());
                for record in &taped.records[around] {
                    eprintln!("drill: {record}");
                }
                eprintln!("drill: an open page heard {:?}", &taped.told[..taped.told.len().min(40)]);
            }
            found.kept.lost += after.kept.lost;
            found.kept.doubled += after.kept.doubled;
            found.kept.acknowledged += after.kept.acknowledged;
            found.untold += after.untold;
            found.malformed += after.malformed;
        }
        let early = early::told(&taped.alone.at("image"), &taped.records, &taped.told).await?;
        taped.alone.keeps_in(data);
        let restores = usize::try_from(drill.rounds.div_ceil(RESTORE_EVERY))?;
        let after = restored::hold(drill, &mut taped, restores).await?;

        let mut report = Report::default();
        report.none("lost", "acknowledged heartbeats that are lost", found.kept.lost);
        report.none("untold", "entries that an open page was told of and that are lost", found.untold);
        let title = "entries that an open page was told of before the disk was asked to keep them";
        report.none("early", title, early);
        report.none("doubled", "heartbeats that are there twice", found.kept.doubled);
        report.none("malformed", "cuts after which it does not open or pass its checks", found.malformed);
        let unasked = unasked(&taped.beats, &taped.records);
        let title = "heartbeats that were acknowledged although the disk was not asked to keep the log since they were sent";
        report.none("unasked", title, unasked);
        let title = "copies and restores that were done and are not whole after a cut";
        report.none("restores_lost", title, after.lost);
        report.none("halves", "restores that were cut short and are taken for whole", after.halves);
        report.none("stuck", "restores that were cut short and cannot be begun anew", after.stuck);
        report.at_least(("cuts", "cuts", ""), count_of(cuts.len() as u64), f64::from(drill.rounds));
        report.note("restores", "cuts of a copy or a restore", "", count_of(after.cuts));
        let acks = taped.beats.iter().filter(|beat| beat.acknowledged == Some(true)).count() as u64;
        report.note("acks", "heartbeats that were acknowledged", "", count_of(acks));
        let syncs = taped.records.iter().filter(|record| record.keeps(LOG)).count() as u64;
        report.note("syncs", "times that the disk was asked to keep the log", "", count_of(syncs));
        report.note(
            "held",
            "acknowledgements that were held against what a cut left",
            "",
            count_of(found.kept.acknowledged),
        );
        Ok(report)
    })
}

/// So many places on a tape before which the power fails, by chance: just before and just after the disk is asked to keep something, and
/// between. What is asked for seldom, such as to keep the database itself, has a share of its own.
fn places(records: &[Record], count: usize, chance: &mut Random) -> Vec<usize> {
    let syncs = || records.iter().enumerate().filter(|(_, record)| matches!(record.call, Call::Sync(_)));
    let of =
        |is_log: bool| syncs().filter(move |(_, record)| record.keeps(LOG) == is_log).map(|(place, _)| place);
    let (often, seldom): (Vec<usize>, Vec<usize>) = (of(true).collect(), of(false).collect());
    let draw = |_| {
        let some =
            if often.is_empty() || (!seldom.is_empty() && chance.chance(350_000)) { &seldom } else { &often };
        match chance.index(4) {
            0 | 1 if !some.is_empty() => *chance.pick(some),
            2 | 3 if !some.is_empty() => *chance.pick(some) + 1,
            _ => chance.index(records.len()),
        }
    };
    (0..count).map(draw).collect()
}

/// What a cut after these calls leaves, with what the drill was told to falsify.
fn cut(drill: &Play, records: &[Record], chance: &mut Random) -> Image {
    let unheard = records.iter().rposition(|record| drill.is(UNSYNCED) && record.keeps(LOG));
    let heard = records.iter().enumerate().filter(|(place, _)| Some(*place) != unheard);
    let mut image = Disk::after(heard.map(|(_, record)| record)).cut(chance);
    if let Some(Some(content)) = image.get_mut(&format!("data/{}", file::DATABASE)).filter(|_| drill.is(TORN))
    {
        let sectors = content.len() / SECTOR;
        // Of any page but the first.
        if sectors > 16 {
            let at = (8 + chance.index(sectors - 9)) * SECTOR;
            content[at..at + SECTOR].fill(0);
        }
    }
    image
}

/// How many heartbeats were acknowledged without that the disk was asked to keep the log between their sending and that.
fn unasked(beats: &[Heartbeat], records: &[Record]) -> u64 {
    let kept: Vec<(i64, i64)> = records
        .iter()
        .filter(|record| record.keeps(LOG))
        .filter_map(|record| match record.call {
            Call::Sync(until_ms) => Some((record.began_ms, until_ms)),
            _ => None,
        })
        .collect();
    let is_kept = |beat: &&Heartbeat| {
        // They come one after the other.
        let first = kept.partition_point(|(began, _)| *began < beat.within.0.0);
        kept.get(first).is_some_and(|(_, until)| *until <= beat.within.1.0)
    };
    let acknowledged = beats.iter().filter(|beat| beat.acknowledged == Some(true));
    acknowledged.filter(|beat| !is_kept(beat)).count() as u64
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use pharos_model::UnixMs;

    use super::*;

    fn record(began_ms: i64, path: &str, call: Call) -> Record {
        Record { began_ms, path: path.into(), call }
    }

    fn beat(from: i64, until: i64) -> Heartbeat {
        let now = Instant::now();
        let within = (UnixMs(from), UnixMs(until));
        Heartbeat { job: 0, within, sent: now, answered: now, acknowledged: Some(true), met: None }
    }

    #[test]
    fn an_acknowledgement_needs_that_the_log_was_kept_since_it_was_sent() {
        let records = [
            record(10, "data/pharos.db-wal", Call::Sync(12)),
            record(13, "data/pharos.db", Call::Sync(14)),
            record(20, "data/pharos.db-wal", Call::Sync(25)),
        ];
        let beats = [beat(9, 12), beat(11, 19), beat(19, 24), beat(19, 25), beat(26, 30)];
        assert_eq!(unasked(&beats, &records), 3);
    }

    #[test]
    fn the_power_fails_before_and_after_each_kind_of_asking_and_between() {
        let write = || record(0, "data/a", Call::Write(0, vec![1]));
        let mut records: Vec<Record> = (0..50).map(|_| write()).collect();
        records[10] = record(0, "data/pharos.db-wal", Call::Sync(0));
        records[40] = record(0, "data/pharos.db", Call::Sync(0));
        let drawn = places(&records, 400, &mut Random::new(1, 1));
        for place in [10, 11, 40, 41] {
            assert!(drawn.contains(&place), "never {place}");
        }
        let elsewhere = drawn.iter().filter(|place| ![10, 11, 40, 41].contains(place)).count();
        assert!(drawn.iter().all(|place| *place <= records.len()) && elsewhere > 0);
    }
}
