//! `stampede`: visitors at a steady rate over 64 connections while the state changes every second.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Server, Stage, figure};
use super::{http, limits, wrk};

/// Requests a second: each of the connections asks every 20 ms.
const RATE: &str = "3200";

/// Measures.
///
/// # Errors
/// When something does not come up, an answer fails, or nothing changed.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(20)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 20,
        checks_each: 1,
        interval: "1s",
        confirmations: 1,
    };
    let data = stage.history(20, 90, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let mut report = Report::new("stampede");
    for _ in 0..stage.rounds {
        targets.set(0, 20, 200)?;
        http::wait_for_rest(&server.address)?;
        let quiet = visit(stage, &server)?;
        // Two components, each a change with every probe.
        targets.alternate(0, 2)?;
        let changing = visit(stage, &server)?;
        ensure!(figure(&changing, "/changes")? >= 1.0, "nothing changed while the visitors came");
        let p99 = figure(&changing, "/after_changes/p99_ms")?;
        let most = Budget::AtMost(limits::STAMPEDE_P99_MS_MAX);
        report.add("after_change_p99_ms", "99th percentile within 0.5 s of a change", "ms", p99, most);
        report.note(
            "after_change_max_ms",
            "slowest within 0.5 s of a change",
            "ms",
            figure(&changing, "/after_changes/max_ms")?,
        );
        report.note("changes", "changes in a round", "", figure(&changing, "/changes")?);
        report.note("quiet_p99_ms", "99th percentile without changes", "ms", figure(&quiet, "/all/p99_ms")?);
        report.note("quiet_max_ms", "slowest without changes", "ms", figure(&quiet, "/all/max_ms")?);
        let url = format!("http://{}/", server.address);
        let flood = wrk::run(&stage.fresh("wrk"), &url, &[("Accept-Encoding", "gzip")], seconds(stage))?;
        report.note("flood_p99_ms", "99th percentile of a flood (wrk) across changes", "ms", flood.p99_ms);
        report.note("flood_requests_per_second", "its requests a second", "1/s", flood.requests_per_second);
    }
    Ok(report)
}

fn seconds(stage: &Stage) -> u32 {
    if stage.is_quick { 3 } else { 8 }
}

fn visit(stage: &Stage, server: &Server) -> Result<Value> {
    let seconds = seconds(stage).to_string();
    let mut visitors = stage.load(&[
        "visitors",
        "--address",
        &server.address,
        "--connections",
        wrk::CONNECTIONS,
        "--rate",
        RATE,
        "--seconds",
        &seconds,
    ])?;
    let said: Value = serde_json::from_str(&visitors.line(limits::LINE_WAIT_MAX)?)?;
    ensure!(figure(&said, "/errors")? == 0.0, "some visitors were not answered well: {said}");
    Ok(said)
}
