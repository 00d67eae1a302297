//! `archive`: how long what a busy server commits waits until it is in an archive in a folder.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::configuration::Configuration;
use super::http::{self, Metrics};
use super::limits;
use super::report::{Budget, Report};
use super::stage::Stage;

/// Components with a check every second.
const COMPONENTS: u32 = 100;
/// Those of which every look is a change.
const CHANGING: u32 = 50;
/// The server's own count of waits, up to each of these seconds.
const BUCKETS: [&str; 7] = ["0.05", "0.1", "0.2", "0.4", "0.8", "1.6", "3.2"];

/// Measures.
///
/// # Errors
/// When something does not come up, or nothing was archived.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("archive");
    for _ in 0..stage.rounds {
        one(stage, &mut report)?;
    }
    Ok(report)
}

fn one(stage: &Stage, report: &mut Report) -> Result<()> {
    let targets = stage.targets(COMPONENTS)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: COMPONENTS,
        checks_each: 1,
        interval: "1s",
        confirmations: 1,
    };
    let place = stage.fresh("archive");
    let yaml = format!("archive: {{ to: {} }}\n{}", place.display(), configuration.yaml());
    let server = stage.serve(&yaml, None)?;
    http::wait_for_rest(&server.address)?;
    targets.alternate(0, CHANGING)?;
    let before = Waits::of(&server.address)?;
    thread::sleep(Duration::from_secs(if stage.is_quick { 5 } else { 30 }));
    let after = Waits::of(&server.address)?;
    let rounds = after.count - before.count;
    let entries = after.seq - before.seq;
    ensure!(rounds > 0.0 && entries > 0.0, "nothing was archived");
    let most = Budget::AtMost(limits::ARCHIVE_LAG_S_MAX);
    let title = "the oldest of what is archived together has waited, 99 of 100 times, at most";
    report.add("lag_p99_s", title, "s", after.within(&before, 0.99), most);
    report.note("lag_median_s", "the same, every other time", "s", after.within(&before, 0.5));
    report.note("entries", "entries archived in a round", "", entries);
    Ok(())
}

/// What the server says of its waits.
struct Waits {
    count: f64,
    seq: f64,
    up_to: Vec<f64>,
}

impl Waits {
    fn of(address: &str) -> Result<Self> {
        let metrics = Metrics::of(address)?;
        let up_to =
            |seconds: &&str| metrics.sum(&format!("pharos_archive_lag_seconds_bucket{{le=\"{seconds}\"}}"));
        Ok(Self {
            count: metrics.sum("pharos_archive_lag_seconds_count")?,
            seq: metrics.sum("pharos_archive_seq")?,
            up_to: BUCKETS.iter().map(up_to).collect::<Result<_>>()?,
        })
    }

    /// Within how many seconds such a share of the waits since then was over: the bound of a bucket, so rather too many.
    fn within(&self, before: &Self, share: f64) -> f64 {
        let wanted = (self.count - before.count) * share;
        let waits = self.up_to.iter().zip(&before.up_to).map(|(after, before)| after - before);
        let found = BUCKETS.iter().zip(waits).find(|(_, waits)| *waits >= wanted);
        found.and_then(|(seconds, _)| seconds.parse().ok()).unwrap_or(f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_waits_is_told_by_the_bucket_that_holds_it() {
        let none = Waits { count: 10.0, seq: 0.0, up_to: vec![10.0; 7] };
        let some =
            Waits { count: 110.0, seq: 0.0, up_to: vec![10.0, 60.0, 100.0, 109.0, 109.0, 110.0, 110.0] };
        let within = [0.5, 0.99, 1.0].map(|share| some.within(&none, share).to_string());
        assert_eq!(within, ["0.1", "0.4", "1.6"]);
    }
}
