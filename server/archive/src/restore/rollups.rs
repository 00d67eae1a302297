//! Rollups up to one moment: those of each width as far as the archive has them, and what is left of the wider ones made from the
//! narrower, so that nothing is counted twice and nothing is left out.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, UnixMs};
use pharos_store::{Resolution, Restorer, RollupRow};

use super::wanted;
use crate::history::floor;
use crate::manifest::{History, Kind, Slice};
use crate::{Archive, ArchiveError, lines};

/// Wider rollups that are being made.
type Made = BTreeMap<(ComponentId, UnixMs), RollupRow>;

/// Up to where rollups are taken.
pub struct Rollups {
    /// Everything before is rolled up; what comes after is made from raw observations by whoever opens the store. Nothing where the
    /// archive has no rollups.
    until: Option<UnixMs>,
    /// Hours from here on are made from minutes.
    hours_from: UnixMs,
    /// Days from here on are made from hours.
    days_from: UnixMs,
}

impl Rollups {
    /// Of a history, but nothing that was seen from `limit` on.
    pub fn of(history: &History, limit: UnixMs) -> Self {
        let end = |kind| {
            let slices = history.slices.iter().filter(|slice| slice.kind == kind);
            slices.map(|slice| slice.until).max()
        };
        let begin = |kind| {
            let slices = history.slices.iter().filter(|slice| slice.kind == kind);
            slices.map(|slice| slice.from).min()
        };
        let last = [Kind::Minutes, Kind::Hours, Kind::Days].into_iter().filter_map(end).max();
        let until = last.map(|last| last.min(floor(limit, width(Resolution::Minute))));
        let bound = until.unwrap_or(UnixMs(i64::MIN));
        let from = |kind, narrower, resolution| {
            let first = begin(narrower).map_or(bound, |from| floor(from, width(resolution)));
            end(kind).unwrap_or(first).min(floor(bound, width(resolution)))
        };
        Self {
            until,
            hours_from: from(Kind::Hours, Kind::Minutes, Resolution::Hour),
            days_from: from(Kind::Days, Kind::Hours, Resolution::Day),
        }
    }

    /// Puts them in; returns up to where everything is rolled up.
    pub async fn fill(
        &self,
        archive: &Archive,
        sealed: bool,
        history: &History,
        restorer: &Restorer,
    ) -> Result<Option<UnixMs>, ArchiveError> {
        let Some(until) = self.until else { return Ok(None) };
        let (mut hours, mut days) = (Made::new(), Made::new());
        for kind in [Kind::Days, Kind::Hours, Kind::Minutes] {
            let Some(resolution) = kind.resolution() else { continue };
            let bound = match kind {
                Kind::Days => self.days_from,
                Kind::Hours => self.hours_from,
                _ => until,
            };
            for slice in wanted(history, kind, bound) {
                let mut rows = read(archive, sealed, slice, resolution).await?;
                rows.retain(|row| row.starts_at < bound);
                for row in &rows {
                    if kind == Kind::Minutes && row.starts_at >= self.hours_from {
                        add(&mut hours, row, Resolution::Hour);
                    }
                    if kind == Kind::Hours && row.starts_at >= self.days_from {
                        add(&mut days, row, Resolution::Day);
                    }
                }
                restorer.rollups(rows).await?;
            }
        }
        for row in hours.values().filter(|row| row.starts_at >= self.days_from) {
            add(&mut days, row, Resolution::Day);
        }
        restorer.rollups(hours.into_values().collect()).await?;
        restorer.rollups(days.into_values().collect()).await?;
        Ok(Some(until))
    }
}

fn width(resolution: Resolution) -> i64 {
    i64::try_from(resolution.ms()).unwrap_or(i64::MAX)
}

async fn read(
    archive: &Archive,
    sealed: bool,
    slice: &Slice,
    resolution: Resolution,
) -> Result<Vec<RollupRow>, ArchiveError> {
    let content = archive.content(&slice.object, sealed).await?;
    lines::to_rollups(&content, resolution).map_err(|why| archive.damaged(&slice.object.key, why))
}

fn add(made: &mut Made, row: &RollupRow, resolution: Resolution) {
    let starts_at = resolution.start(row.starts_at);
    let wide = made.entry((row.component.clone(), starts_at)).or_insert_with(|| RollupRow {
        component: row.component.clone(),
        resolution,
        starts_at,
        looks: 0,
        failed: 0,
        sketch: pharos_store::Sketch::default(),
        stages: pharos_store::StageSums::default(),
    });
    wide.looks += row.looks;
    wide.failed += row.failed;
    wide.sketch.merge(&row.sketch);
    wide.stages.merge(&row.stages);
}
