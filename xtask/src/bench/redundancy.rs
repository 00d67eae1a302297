//! `redundancy`: how fast a change among many redundant components reaches the snapshot, and how fast a large health document is
//! read and mapped.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::limits;
use super::report::{Budget, Report};
use super::stage::{Stage, figure};

/// Measures.
///
/// # Errors
/// When something does not come up.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("redundancy");
    for _ in 0..stage.rounds {
        let mut program =
            stage.load(&["redundancy", "--times", if stage.is_quick { "10" } else { "100" }])?;
        let said: Value = serde_json::from_str(&program.line(limits::LINE_WAIT_MAX)?)?;
        ensure!(figure(&said, "/components")? >= 5_000.0, "too few components: {said}");
        let most = |ms| Budget::AtMost(ms);
        report.add(
            "change_p99_ms",
            "a change among 5,000 components nested three deep, in the snapshot: 99th percentile",
            "ms",
            figure(&said, "/change/p99_ms")?,
            most(limits::CHANGE_MS_MAX),
        );
        report.note("change_p50_ms", "the same: median", "ms", figure(&said, "/change/p50_ms")?);
        report.add(
            "document_p99_ms",
            "a health document of 1,000 values, read and mapped: 99th percentile",
            "ms",
            figure(&said, "/document/p99_ms")?,
            most(limits::DOCUMENT_MS_MAX),
        );
        report.note("document_p50_ms", "the same: median", "ms", figure(&said, "/document/p50_ms")?);
    }
    Ok(report)
}
