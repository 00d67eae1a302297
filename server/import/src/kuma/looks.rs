//! The looks of a database: heartbeats piece by piece, and figures where those were thrown away.

use std::collections::BTreeMap;

use async_trait::async_trait;
use pharos_model::{Status, UnixMs};

use super::database::{Beat, Database, Stat};
use super::history::at_ms;
use super::page::Carried;
use super::time::Clock;
use super::watch::{MAINTENANCE, UP};
use crate::limits::LOOKS_AT_ONCE;
use crate::{Bucket, ImportError, Look, Looked, Looks, Width};

/// What is told of a monitor.
pub(super) struct Told {
    /// The component.
    pub carried: Carried,
    /// From when on heartbeats are told one by one, in milliseconds since 1970.
    pub single_from: i64,
    /// What is told before.
    pub buckets: Vec<(Stat, Width)>,
}

/// The looks of a database.
pub(super) struct Looking {
    database: Database,
    /// The monitors that are to be told yet; the last one is being told.
    told: Vec<(i64, Told)>,
    clock: Clock,
    /// The last heartbeat that was read of the one that is being told.
    after: (String, i64),
    /// When the last look was that was told of it.
    told_ms: Option<i64>,
}

impl Looking {
    /// Those of the monitors in `told`.
    pub fn new(database: Database, told: BTreeMap<i64, Told>) -> Self {
        let told = told.into_iter().rev().collect();
        Self { database, told, clock: Clock::default(), after: (String::new(), i64::MIN), told_ms: None }
    }

    /// The next of the monitor that is being told; none when that is told.
    async fn of_one(&mut self, id: i64) -> Result<Option<Vec<Looked>>, ImportError> {
        let Some((_, told)) = self.told.last_mut() else { return Ok(None) };
        if !told.buckets.is_empty() {
            let count = told.buckets.len().min(LOOKS_AT_ONCE);
            let some: Vec<_> = told.buckets.drain(..count).collect();
            return Ok(Some(some.into_iter().map(|of| bucket(&told.carried, of)).collect()));
        }
        let beats = self.database.beats_of(id, (&self.after.0, self.after.1)).await?;
        let Some(last) = beats.last() else { return Ok(None) };
        self.after = (last.time.clone(), last.id);
        let looks: Result<Vec<Option<Looked>>, ImportError> =
            beats.into_iter().map(|beat| self.look(beat)).collect();
        Ok(Some(looks?.into_iter().flatten().collect()))
    }

    fn look(&mut self, beat: Beat) -> Result<Option<Looked>, ImportError> {
        let Some((_, told)) = self.told.last().filter(|_| beat.status != MAINTENANCE) else {
            return Ok(None);
        };
        let at = at_ms(&mut self.clock, &beat, &self.database.name)?;
        // Two in the same moment are one.
        if at < told.single_from || self.told_ms.is_some_and(|last| at <= last) {
            return Ok(None);
        }
        self.told_ms = Some(at);
        let is_good = beat.status == UP;
        Ok(Some(Looked::Once(Look {
            component: told.carried.component.clone(),
            check: told.carried.check.clone(),
            at: UnixMs(at),
            status: if is_good { Status::Operational } else { Status::MajorOutage },
            latency_us: beat.ping.filter(|_| is_good).and_then(microseconds),
            reason: beat.message.filter(|message| !is_good && !message.trim().is_empty()),
        })))
    }
}

fn bucket(carried: &Carried, (stat, width): (Stat, Width)) -> Looked {
    Looked::Often(Bucket {
        component: carried.component.clone(),
        width,
        starts_at: UnixMs(stat.starts_ms),
        looks: u64::from(stat.up) + u64::from(stat.down),
        failed: u64::from(stat.down),
        mean_us: Some(stat.mean_ms).filter(|_| stat.up > 0).and_then(microseconds),
    })
}

/// Milliseconds as whole microseconds, where they can be a latency.
fn microseconds(ms: f64) -> Option<u32> {
    let us = std::time::Duration::try_from_secs_f64(ms / 1_000.0).ok()?.as_micros();
    u32::try_from(us).ok().filter(|us| *us > 0)
}

#[async_trait]
impl Looks for Looking {
    async fn next(&mut self) -> Result<Vec<Looked>, ImportError> {
        while let Some(id) = self.told.last().map(|(id, _)| *id) {
            match self.of_one(id).await? {
                // A piece may be of heartbeats that are not told, all of it.
                Some(looks) if looks.is_empty() => {}
                Some(looks) => return Ok(looks),
                None => {
                    self.told.pop();
                    self.after = (String::new(), i64::MIN);
                    self.told_ms = None;
                }
            }
        }
        Ok(Vec::new())
    }
}
