//! `samples`: observations stored in batches with full synchronisation, and what that does to visitors meanwhile.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::configuration::Configuration;
use super::process::Program;
use super::report::{Budget, Report};
use super::stage::{Server, Stage, figure};
use super::{http, limits};

/// Measures.
///
/// # Errors
/// When something does not come up, or the store cannot be written.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(20)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 20,
        checks_each: 1,
        interval: "1s",
        confirmations: 2,
    };
    let data = stage.history(20, 90, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let mut report = Report::new("samples");
    for _ in 0..stage.rounds {
        let alone = said(&mut start(stage)?)?;
        let rows = figure(&alone, "/rows_per_second")?;
        let least = Budget::AtLeast(limits::SAMPLES_PER_SECOND_MIN);
        report.add("rows_per_second", "observations stored in a second", "1/s", rows, least);
        for (path, name, title) in [
            ("/commit/p50_ms", "commit_p50_ms", "one batch of 100, committed: median"),
            ("/commit/p99_ms", "commit_p99_ms", "one batch of 100, committed: 99th percentile"),
        ] {
            report.note(name, title, "ms", figure(&alone, path)?);
        }
        report.note(
            "quiet_page_p99_ms",
            "page without it, 99th percentile",
            "ms",
            page_p99_ms(stage, &server)?,
        );
        let mut beside = start(stage)?;
        report.note("page_p99_ms", "page meanwhile, 99th percentile", "ms", page_p99_ms(stage, &server)?);
        let rows = figure(&said(&mut beside)?, "/rows_per_second")?;
        report.note("rows_per_second_beside", "observations stored meanwhile", "1/s", rows);
    }
    Ok(report)
}

/// Begins to store.
fn start(stage: &Stage) -> Result<Program> {
    let folder = stage.fresh("store").to_string_lossy().into_owned();
    stage.load(&["samples", "--data", &folder, "--seconds", if stage.is_quick { "2" } else { "6" }])
}

/// Waits until a load program says what it measured.
fn said(program: &mut Program) -> Result<Value> {
    Ok(serde_json::from_str(&program.line(limits::LINE_WAIT_MAX)?)?)
}

fn page_p99_ms(stage: &Stage, server: &Server) -> Result<f64> {
    let seconds = if stage.is_quick { "1" } else { "5" };
    let mut visitors =
        stage.load(&["visitors", "--address", &server.address, "--rate", "1600", "--seconds", seconds])?;
    let said = said(&mut visitors)?;
    ensure!(figure(&said, "/errors")? == 0.0, "some visitors were not answered well: {said}");
    figure(&said, "/all/p99_ms")
}
