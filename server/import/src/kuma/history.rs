//! The history of the monitors that are carried: how they were, and their heartbeats from when on they are all there.

use std::collections::BTreeMap;

use pharos_model::UnixMs;

use super::database::{Beat, Database};
use super::evidence::{Evidence, HOUR_MS};
use super::looks::{Looking, Told};
use super::page::Carried;
use super::time::Clock;
use super::watch::{MAINTENANCE, Watch};
use crate::limits::{KUMA_STATS_MAX, TURNS_MAX};
use crate::{Haul, ImportError, Spot, Turn};

/// A monitor while its heartbeats are read.
struct Read {
    carried: Carried,
    watch: Watch,
    /// Looks by the hour, as hours since 1970.
    counts: Vec<(i64, u32)>,
}

/// Reads the history of `carried` into `haul`, and gives back what is carried, and the database to the looks in it.
///
/// # Errors
/// When a heartbeat is not what it should be, there are too many changes, or the database cannot be read.
pub(super) async fn read(
    mut database: Database,
    carried: BTreeMap<i64, Carried>,
    haul: &mut Haul,
) -> Result<BTreeMap<i64, Carried>, ImportError> {
    let mut hours = database.stats("stat_hourly", HOUR_MS / 1_000, KUMA_STATS_MAX).await?;
    let mut days = database.stats("stat_daily", 86_400, KUMA_STATS_MAX).await?;
    let mut monitors: BTreeMap<i64, Read> = BTreeMap::new();
    for (id, carried) in carried {
        let evidence = Evidence {
            hours: hours.remove(&id).unwrap_or_default(),
            days: days.remove(&id).unwrap_or_default(),
        };
        let watch = Watch::new(carried.interval_ms, carried.silence_ms, evidence);
        monitors.insert(id, Read { carried, watch, counts: Vec::new() });
    }
    let covers = turns(&mut database, &mut monitors, haul).await?;
    haul.covers = covers.map(UnixMs);
    let mut told = BTreeMap::new();
    for (id, read) in &mut monitors {
        leave(*id, read, &database.name, haul);
        let single_from = read.watch.evidence.single_from(&read.counts);
        let buckets = read.watch.evidence.told_before(single_from);
        let singles = read.counts.iter().filter(|(hour, _)| hour * HOUR_MS >= single_from);
        haul.looks_count += singles.map(|(_, count)| u64::from(*count)).sum::<u64>();
        haul.looks_count +=
            buckets.iter().map(|(stat, _)| u64::from(stat.up) + u64::from(stat.down)).sum::<u64>();
        told.insert(*id, Told { carried: read.carried.clone(), single_from, buckets });
    }
    if haul.looks_count > 0 {
        haul.looks = Some(Box::new(Looking::new(database, told)));
    }
    Ok(monitors.into_iter().map(|(id, read)| (id, read.carried)).collect())
}

/// How the monitors were; and up to when the heartbeats tell.
async fn turns(
    database: &mut Database,
    monitors: &mut BTreeMap<i64, Read>,
    haul: &mut Haul,
) -> Result<Option<i64>, ImportError> {
    let (mut clock, mut turned) = (Clock::default(), Vec::new());
    let (mut after, mut covers) = (i64::MIN, None);
    loop {
        let beats = database.beats(after).await?;
        let Some(last) = beats.last() else { break };
        after = last.id;
        for beat in &beats {
            let Some(read) = monitors.get_mut(&beat.monitor) else { continue };
            let at = at_ms(&mut clock, beat, &database.name)?;
            if !read.watch.take(at, beat.status, &mut turned) {
                return Err(unknown_word(beat, &database.name));
            }
            covers = covers.max(Some(at));
            count(&mut read.counts, at, beat.status);
            keep(&mut turned, &read.carried, haul, &database.name)?;
        }
    }
    // Figures may tell of times of which no heartbeat is left.
    let ends = monitors.values().filter_map(|read| read.watch.evidence.hours.last());
    let covers = covers.or(ends.map(|hour| hour.starts_ms + HOUR_MS).max());
    for read in monitors.values_mut().filter(|_| covers.is_some()) {
        read.watch.end(covers.unwrap_or_default(), &mut turned);
        keep(&mut turned, &read.carried, haul, &database.name)?;
    }
    Ok(covers)
}

fn keep(
    turned: &mut Vec<(i64, pharos_model::Status)>,
    carried: &Carried,
    haul: &mut Haul,
    name: &str,
) -> Result<(), ImportError> {
    for (from, status) in turned.drain(..) {
        if haul.turns.len() >= TURNS_MAX {
            let what = format!("its monitors changed more than {TURNS_MAX} times");
            return Err(ImportError::new(
                Spot::of(name),
                what,
                "remove heartbeats of long ago in Uptime Kuma",
            ));
        }
        haul.turns.push(Turn { from: UnixMs(from), component: carried.component.clone(), status });
    }
    Ok(())
}

fn count(counts: &mut Vec<(i64, u32)>, at_ms: i64, status: i64) {
    if status == MAINTENANCE {
        return;
    }
    let hour = at_ms.div_euclid(HOUR_MS);
    match counts.last_mut() {
        Some(last) if last.0 >= hour => last.1 += 1,
        _ => counts.push((hour, 1)),
    }
}

/// When a heartbeat was, in milliseconds since 1970.
pub(super) fn at_ms(clock: &mut Clock, beat: &Beat, name: &str) -> Result<i64, ImportError> {
    clock.read(&beat.time).ok_or_else(|| {
        let shown: String = beat.time.chars().take(40).collect();
        wrong(beat, "time", format!("\"{shown}\" is no moment"), name)
    })
}

fn unknown_word(beat: &Beat, name: &str) -> ImportError {
    wrong(beat, "status", format!("{} is none of 0, 1, 2 and 3", beat.status), name)
}

fn wrong(beat: &Beat, column: &str, what: String, name: &str) -> ImportError {
    let spot = Spot { path: format!("heartbeat[{}].{column}", beat.id), ..Spot::of(name) };
    ImportError::new(spot, what, "save the database anew while Uptime Kuma is stopped, and try again")
}

/// Says what of a monitor's history is less than it was.
fn leave(id: i64, read: &Read, name: &str, haul: &mut Haul) {
    let spot = || Spot { path: format!("heartbeat[monitor_id={id}]"), ..Spot::of(name) };
    let component = &read.carried.component;
    if read.watch.out_of_order > 0 {
        let what = format!("{} heartbeats of `{component}`", read.watch.out_of_order);
        haul.leave(
            spot(),
            what,
            "they are older than the one before, after the clock was set back; they count as looks alone",
        );
    }
    if read.watch.is_approximate {
        let what = format!("when `{component}` was out, before its first heartbeat");
        let why = "only figures by the hour and by the day are left; each outage stands at the beginning of its hour or day";
        haul.leave(spot(), what, why);
    }
}
