//! Archiving the history, at its own pace: each slice of time once it is over, and anew where something came in late.

use std::collections::BTreeSet;
use std::sync::Arc;

use pharos_bucket::Tag;
use pharos_model::UnixMs;
use pharos_store::{Retention, Store};

use crate::limits::{LATE_LOOK_MS, SLICE_LATE_MS, SLICE_ROWS_MAX, SLICE_SETTLES_MS, SLICES_PER_STEP};
use crate::manifest::{HISTORY, History, Kind, Slice};
use crate::{Archive, ArchiveError, lines};

/// Writes the history of a store.
pub struct HistoryWriter {
    archive: Archive,
    store: Arc<dyn Store>,
    retention: Retention,
    history: History,
    tag: Option<Tag>,
    /// Whether what lies there is of this life of the journal: only it is told from one that was lost.
    is_ours: bool,
    looked_at: Option<UnixMs>,
    /// Slices that are to be written anew.
    stale: BTreeSet<(Kind, UnixMs)>,
}

impl HistoryWriter {
    /// Begins, or goes on where somebody ended. Whether the archive is this journal's is known by then.
    ///
    /// # Errors
    /// When the archive's place fails.
    pub async fn begin(
        archive: Archive,
        store: Arc<dyn Store>,
        retention: Retention,
    ) -> Result<Self, ArchiveError> {
        let origin = store.origin();
        let (history, tag, is_ours) = match archive.history().await? {
            Some((history, tag)) if history.origin == origin => (history, Some(tag), true),
            // What is the same in this life has the same content, and so the same name: it is not kept twice.
            Some((past, tag)) => {
                archive.bury(&past.origin, HISTORY, &past).await?;
                (History::new(origin), Some(tag), false)
            }
            None => (History::new(origin), None, false),
        };
        let stale = BTreeSet::new();
        Ok(Self { archive, store, retention, history, tag, is_ours, looked_at: None, stale })
    }

    /// Up to when raw observations are in the archive.
    pub fn covers(&self) -> Option<UnixMs> {
        self.history.covers
    }

    /// Writes what is due, up to a bound and no further than the journal is in the archive; returns whether there is more.
    ///
    /// # Errors
    /// When somebody else writes there, or the archive's place or the database fails.
    pub async fn step(&mut self, now: UnixMs) -> Result<bool, ArchiveError> {
        // One whose history goes on while its journal does not is of two moments, and cannot be restored.
        let journal = self.archive.manifest().await?.map(|(manifest, _)| manifest);
        let Some(journal) = journal.filter(|journal| journal.origin == self.history.origin) else {
            return Ok(false);
        };
        let now = now.min(journal.covers);
        let settled = now.minus_ms(SLICE_SETTLES_MS);
        self.look_for_late(settled).await?;
        let mut next = self.history.clone();
        self.forget(&mut next, now);
        let mut left = SLICES_PER_STEP;
        for kind in [Kind::Samples, Kind::Minutes, Kind::Hours, Kind::Days] {
            for (from, until) in self.due(kind, settled).await? {
                if left == 0 {
                    break;
                }
                left -= 1;
                let slice = self.slice(kind, from, until).await?;
                next.slices.retain(|known| (known.kind, known.from) != (kind, from));
                next.slices.push(slice);
                self.stale.remove(&(kind, from));
            }
        }
        next.slices.sort_by_key(|slice| (slice.kind, slice.from));
        let until =
            next.slices.iter().filter(|slice| slice.kind == Kind::Samples).map(|slice| slice.until).max();
        next.covers = until.or(next.covers);
        if next != self.history || !self.is_ours {
            let tag = self.archive.put_document(HISTORY, &next, self.tag.as_ref()).await?;
            (self.history, self.tag, self.is_ours) = (next, Some(tag), true);
        }
        Ok(left == 0)
    }

    /// The slices of a kind that are to be written, each with up to where it holds everything.
    async fn due(&self, kind: Kind, settled: UnixMs) -> Result<Vec<(UnixMs, UnixMs)>, ArchiveError> {
        let oldest = self.store.oldest(kind.resolution()).await?;
        let Some(oldest) = oldest else { return Ok(Vec::new()) };
        let end = match kind.resolution() {
            None => settled,
            Some(_) => self.store.rolled_up_until().await?.unwrap_or(oldest).min(settled),
        };
        let mut due = Vec::new();
        let mut from = floor(oldest, kind.slice_ms());
        while from < end {
            let until = UnixMs(from.0 + kind.slice_ms()).min(floor(end, kind.step_ms()));
            let known = self.history.slices.iter().find(|slice| (slice.kind, slice.from) == (kind, from));
            let has_all = known.is_some_and(|slice| slice.until >= until);
            if until > from && (!has_all || self.stale.contains(&(kind, from))) {
                due.push((from, until));
            }
            from = UnixMs(from.0 + kind.slice_ms());
        }
        Ok(due)
    }

    async fn slice(&self, kind: Kind, from: UnixMs, until: UnixMs) -> Result<Slice, ArchiveError> {
        let (text, rows) = match kind.resolution() {
            None => {
                let samples = self.store.samples_between(from, until, SLICE_ROWS_MAX).await?;
                (lines::of_samples(&samples), samples.len())
            }
            Some(resolution) => {
                let rows = self.store.rollups_between(resolution, from, until, SLICE_ROWS_MAX).await?;
                (lines::of_rollups(&rows), rows.len())
            }
        };
        let object = self.archive.put(&format!("history/{}", kind.word()), &from.0.to_string(), text).await?;
        Ok(Slice { object, kind, from, until, rows: rows as u64 })
    }

    /// Agents that were cut off hand in late. A slice that has more than it had is written anew, and with it the rollups in which it counts.
    async fn look_for_late(&mut self, settled: UnixMs) -> Result<(), ArchiveError> {
        if self.looked_at.is_some_and(|at| settled.since_ms(at) < LATE_LOOK_MS) {
            return Ok(());
        }
        self.looked_at = Some(settled);
        let since = settled.minus_ms(SLICE_LATE_MS);
        for slice in &self.history.slices {
            if slice.kind != Kind::Samples || slice.until < since {
                continue;
            }
            if self.store.count_samples(slice.from, slice.until).await? != slice.rows {
                for kind in Kind::ALL {
                    self.stale.insert((kind, floor(slice.from, kind.slice_ms())));
                }
            }
        }
        Ok(())
    }

    /// What is past its time is let go, as in the database.
    fn forget(&self, next: &mut History, now: UnixMs) {
        next.slices.retain(|slice| {
            let kept_ms = match slice.kind {
                Kind::Samples => self.retention.samples_ms,
                Kind::Minutes => self.retention.minutes_ms,
                Kind::Hours => self.retention.hours_ms,
                Kind::Days => return true,
            };
            slice.until > now.minus_ms(kept_ms)
        });
    }
}

/// The beginning of the stretch of this length in which a moment lies.
pub fn floor(at: UnixMs, ms: i64) -> UnixMs {
    UnixMs(at.0.div_euclid(ms).saturating_mul(ms))
}
