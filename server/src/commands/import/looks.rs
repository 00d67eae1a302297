//! Looks of an import: the newest as raw observations, all of them as the figures of minutes, hours and days.

use anyhow::{Context, ensure};
use pharos_engine::CheckId;
use pharos_import::{Bucket, Look, Looked, Looks, Width};
use pharos_model::{ComponentId, UnixMs};
use pharos_store::{Resolution, Restorer, Retention, RollupRow, STAGES, Sample, Sketch, StageSums};

use crate::limits::IMPORT_ROWS_AT_ONCE;

/// Of how many looks of a bucket the mean is counted, at most: more would change nothing that is shown.
const COUNTED_MAX: u64 = 10_000;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 300;

/// What was put in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Put {
    /// Looks that were told of.
    pub looks: u64,
    /// Raw observations that were put in.
    pub samples: u64,
    /// Figures that were put in.
    pub rollups: u64,
    /// Up to where everything is in figures.
    pub rolled_up_until: Option<UnixMs>,
}

/// Puts them all in.
///
/// # Errors
/// When the source or the database fails, or the source does not keep the order.
pub async fn put(mut looks: Box<dyn Looks>, restorer: &Restorer, covers: UnixMs) -> anyhow::Result<Put> {
    let mut figures = Figures::new(covers);
    let mut put = Put::default();
    let samples_from = covers.minus_ms(Retention::default().samples_ms);
    loop {
        let some = looks.next().await.context("the observations cannot be read")?;
        if some.is_empty() {
            break;
        }
        let mut samples = Vec::new();
        for looked in some {
            put.looks += figures.take(&looked)?;
            if let Looked::Once(look) = looked
                && look.at >= samples_from
            {
                samples.push(sample(look));
            }
        }
        put.samples += samples.len() as u64;
        restorer.samples(samples).await?;
        if figures.made.len() >= IMPORT_ROWS_AT_ONCE {
            put.rollups += figures.made.len() as u64;
            restorer.rollups(std::mem::take(&mut figures.made)).await?;
        }
    }
    figures.finish();
    put.rollups += figures.made.len() as u64;
    put.rolled_up_until = figures.newest.map(|newest| Resolution::Minute.start(newest).plus_ms(60_000));
    restorer.rollups(figures.made).await?;
    Ok(put)
}

fn sample(look: Look) -> Sample {
    Sample {
        check: CheckId(format!("{}/{}", look.component, look.check)),
        component: Some(look.component),
        scheduled_at: look.at,
        at: look.at,
        status: look.status,
        latency_us: look.latency_us,
        stages_us: [None; STAGES],
        reason: look.reason.map(|reason| reason.chars().take(REASON_CHARS_MAX).collect()),
    }
}

/// Figures of one component that are being made, and those that are.
struct Figures {
    covers: UnixMs,
    component: Option<ComponentId>,
    done: std::collections::BTreeSet<ComponentId>,
    /// One for each width, in their order.
    open: [Option<RollupRow>; 3],
    at: UnixMs,
    newest: Option<UnixMs>,
    made: Vec<RollupRow>,
}

/// What a look or many add to the figures.
struct Added {
    from: Resolution,
    at: UnixMs,
    looks: u64,
    failed: u64,
    latency: Option<(u32, u64)>,
}

impl Figures {
    fn new(covers: UnixMs) -> Self {
        Self {
            covers,
            component: None,
            done: std::collections::BTreeSet::new(),
            open: [None, None, None],
            at: UnixMs(i64::MIN),
            newest: None,
            made: Vec::new(),
        }
    }

    /// Takes what was seen; how many looks that were.
    fn take(&mut self, looked: &Looked) -> anyhow::Result<u64> {
        let (component, added) = match looked {
            Looked::Once(look) => (&look.component, of_look(look)),
            Looked::Often(bucket) => (&bucket.component, of_bucket(bucket)),
        };
        if self.component.as_ref() != Some(component) {
            self.close();
            self.done.extend(self.component.take());
            ensure!(!self.done.contains(component), "observations of {component} come in pieces");
            self.component = Some(component.clone());
            self.at = UnixMs(i64::MIN);
        }
        ensure!(added.at >= self.at, "observations of {component} are not in the order of time");
        self.at = added.at;
        self.newest = self.newest.max(Some(added.at));
        for (index, resolution) in Resolution::ALL.into_iter().enumerate() {
            let starts_at = resolution.start(added.at);
            let is_other = self.open[index].as_ref().is_some_and(|row| row.starts_at != starts_at);
            if is_other || resolution < added.from {
                self.close_one(index);
            }
            if resolution >= added.from {
                let row = self.open[index].get_or_insert_with(|| RollupRow {
                    component: component.clone(),
                    resolution,
                    starts_at,
                    looks: 0,
                    failed: 0,
                    sketch: Sketch::default(),
                    stages: StageSums::default(),
                });
                row.looks += added.looks;
                row.failed += added.failed;
                if let Some((us, times)) = added.latency {
                    (0..times).for_each(|_| row.sketch.add(us));
                }
            }
        }
        Ok(added.looks)
    }

    fn close(&mut self) {
        (0..self.open.len()).for_each(|index| self.close_one(index));
    }

    /// A figure is whole; it is kept where figures of its width are still kept.
    fn close_one(&mut self, index: usize) {
        let retention = Retention::default();
        let Some(row) = self.open[index].take() else { return };
        let kept_ms = match row.resolution {
            Resolution::Minute => retention.minutes_ms,
            Resolution::Hour => retention.hours_ms,
            Resolution::Day => u64::MAX >> 2,
        };
        if row.starts_at >= self.covers.minus_ms(kept_ms) {
            self.made.push(row);
        }
    }

    fn finish(&mut self) {
        self.close();
    }
}

fn of_look(look: &Look) -> Added {
    Added {
        from: Resolution::Minute,
        at: look.at,
        looks: 1,
        failed: u64::from(look.status.is_outage()),
        latency: look.latency_us.map(|us| (us, 1)),
    }
}

fn of_bucket(bucket: &Bucket) -> Added {
    let from = match bucket.width {
        Width::Minute => Resolution::Minute,
        Width::Hour => Resolution::Hour,
        Width::Day => Resolution::Day,
    };
    let good = bucket.looks.saturating_sub(bucket.failed).min(COUNTED_MAX);
    Added {
        from,
        at: bucket.starts_at,
        looks: bucket.looks,
        failed: bucket.failed.min(bucket.looks),
        latency: bucket.mean_us.map(|us| (us, good)),
    }
}

#[cfg(test)]
mod tests {
    use pharos_model::Status;

    use super::*;

    fn look(component: &str, at: i64, latency_us: u32) -> Looked {
        Looked::Once(Look {
            component: ComponentId::new(component).unwrap(),
            check: "http".to_owned(),
            at: UnixMs(at),
            status: Status::Operational,
            latency_us: Some(latency_us),
            reason: None,
        })
    }

    fn bucket(component: &str, width: Width, at: i64) -> Looked {
        Looked::Often(Bucket {
            component: ComponentId::new(component).unwrap(),
            width,
            starts_at: UnixMs(at),
            looks: 60,
            failed: 6,
            mean_us: Some(5_000),
        })
    }

    fn made(looked: &[Looked], covers: i64) -> anyhow::Result<Vec<String>> {
        let mut figures = Figures::new(UnixMs(covers));
        for looked in looked {
            figures.take(looked)?;
        }
        figures.finish();
        let told = |row: &RollupRow| {
            format!(
                "{} {:?} {} {}/{}",
                row.component,
                row.resolution,
                row.starts_at.0 / 60_000,
                row.looks,
                row.failed
            )
        };
        let mut told: Vec<String> = figures.made.iter().map(told).collect();
        told.sort();
        Ok(told)
    }

    #[test]
    fn looks_are_counted_in_every_width() {
        let looks = [look("a", 0, 1), look("a", 59_999, 1), look("a", 60_000, 1), look("b", 0, 1)];
        assert_eq!(
            made(&looks, 60_000).unwrap(),
            [
                "a Day 0 3/0",
                "a Hour 0 3/0",
                "a Minute 0 2/0",
                "a Minute 1 1/0",
                "b Day 0 1/0",
                "b Hour 0 1/0",
                "b Minute 0 1/0",
            ]
        );
    }

    #[test]
    fn a_wide_bucket_makes_no_narrower_figures() {
        let looks = [bucket("a", Width::Hour, 0), look("a", 3_600_000, 1)];
        assert_eq!(
            made(&looks, 3_600_000).unwrap(),
            ["a Day 0 61/6", "a Hour 0 60/6", "a Hour 60 1/0", "a Minute 60 1/0"]
        );
    }

    #[test]
    fn figures_that_nobody_keeps_any_more_are_not_made() {
        let year_ms = 366 * 86_400_000_i64;
        assert_eq!(made(&[look("a", 0, 1)], year_ms).unwrap(), ["a Day 0 1/0", "a Hour 0 1/0"]);
    }

    #[test]
    fn a_source_that_does_not_keep_the_order_is_refused() {
        assert!(made(&[look("a", 60_000, 1), look("a", 0, 1)], 60_000).is_err());
        assert!(made(&[look("a", 0, 1), look("b", 0, 1), look("a", 1, 1)], 60_000).is_err());
    }
}
