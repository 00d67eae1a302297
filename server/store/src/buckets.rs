//! Looks counted in stretches of time, and what a chart is told of them. Which database keeps them does not matter here.

use std::collections::BTreeMap;

use pharos_model::{Status, UnixMs};

use crate::{LatencyPoint, Resolution, STAGES, Sample, Sketch, StageSums};

/// The looks of one stretch of time.
#[derive(Default)]
pub struct Bucket {
    /// How many looks there were.
    pub looks: u64,
    /// How many of them showed an outage.
    pub failed: u64,
    /// How long the others took.
    pub sketch: Sketch,
    /// Where their time went.
    pub stages: StageSums,
}

impl Bucket {
    /// Counts a look.
    pub fn look(&mut self, status: Status, latency_us: Option<u32>, stages_us: [Option<u32>; STAGES]) {
        self.looks += 1;
        self.failed += u64::from(status.is_outage());
        if let Some(us) = latency_us {
            self.sketch.add(us);
            self.stages.add(stages_us);
        }
    }

    /// Adds everything that another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.looks += other.looks;
        self.failed += other.failed;
        self.sketch.merge(&other.sketch);
        self.stages.merge(&other.stages);
    }
}

/// Looks by component and the beginning of their bucket.
pub type Buckets = BTreeMap<(String, UnixMs), Bucket>;

/// The minutes in which samples with a component lie.
pub fn minutes_of(samples: &[&Sample]) -> Buckets {
    let mut minutes = Buckets::new();
    for sample in samples {
        let Some(component) = &sample.component else { continue };
        let key = (component.as_str().to_owned(), Resolution::Minute.start(sample.at));
        minutes.entry(key).or_default().look(sample.status, sample.latency_us, sample.stages_us);
    }
    minutes
}

/// Minutes put together to the width of a resolution.
pub fn widened(minutes: &Buckets, resolution: Resolution) -> Buckets {
    let mut wide = Buckets::new();
    for ((component, minute), bucket) in minutes {
        wide.entry((component.clone(), resolution.start(*minute))).or_default().merge(bucket);
    }
    wide
}

/// The points of a chart, each made of `merged` buckets of a resolution, counted from 1970 on.
pub fn points(rows: Vec<(UnixMs, Bucket)>, resolution: Resolution, merged: u32) -> Vec<LatencyPoint> {
    let width_ms =
        i64::try_from(resolution.ms()).unwrap_or(i64::MAX).saturating_mul(i64::from(merged.max(1)));
    let mut points: BTreeMap<UnixMs, Bucket> = BTreeMap::new();
    for (starts_at, bucket) in rows {
        points.entry(UnixMs(starts_at.0.div_euclid(width_ms) * width_ms)).or_default().merge(&bucket);
    }
    points.into_iter().map(|(start, bucket)| point(start, &bucket)).collect()
}

fn point(start: UnixMs, bucket: &Bucket) -> LatencyPoint {
    LatencyPoint {
        start,
        count: bucket.looks,
        failed: bucket.failed,
        p50_us: bucket.sketch.quantile(50),
        p95_us: bucket.sketch.quantile(95),
        p99_us: bucket.sketch.quantile(99),
        stages_us: bucket.stages.means_us(),
    }
}
