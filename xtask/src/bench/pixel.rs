//! `pixel`: from the probe that confirms a change to the changed text in an open page.

use anyhow::{Result, ensure};

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Stage, figure};
use super::{browser, http, limits};

/// Consecutive observations that confirm a change: what a configuration has that does not say.
const CONFIRMATIONS: u32 = 2;

/// Measures.
///
/// # Errors
/// When something does not come up, or the page does not change.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(20)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 20,
        checks_each: 1,
        interval: "1s",
        confirmations: CONFIRMATIONS,
    };
    let data = stage.history(20, 90, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let changes = if stage.is_quick { "6" } else { "50" };
    let said = browser::run(
        "pixel",
        &[
            ("url", &format!("http://{}/", server.address)),
            ("targets", &format!("http://{}", targets.address)),
            ("component", "Component 001"),
            ("confirmations", &CONFIRMATIONS.to_string()),
            ("changes", changes),
        ],
    )?;
    ensure!(figure(&said, "/changes")? >= 1.0, "the page never changed");
    let mut report = Report::new("pixel");
    let median = Budget::AtMost(limits::PIXEL_MEDIAN_MS_MAX);
    report.add("text_p50_ms", "probe to changed text, median", "ms", figure(&said, "/text/p50")?, median);
    let worst = Budget::AtMost(limits::PIXEL_WORST_MS_MAX);
    report.add("text_max_ms", "probe to changed text, worst", "ms", figure(&said, "/text/max")?, worst);
    report.note(
        "painted_p50_ms",
        "probe to the next frame after it, median",
        "ms",
        figure(&said, "/painted/p50")?,
    );
    report.note(
        "painted_max_ms",
        "probe to the next frame after it, worst",
        "ms",
        figure(&said, "/painted/max")?,
    );
    report.note("changes", "changes", "", figure(&said, "/changes")?);
    report.add("reloads", "reloads of the page", "", figure(&said, "/reloads")?, Budget::AtMost(0.0));
    Ok(report)
}
