//! `visit`: what one visit costs the visitor, on a slow phone and a slow network, first and again, and without scripts.

use anyhow::Result;
use serde_json::Value;

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Stage, figure};
use super::{browser, http, limits};

/// Measures.
///
/// # Errors
/// When something does not come up, or the browser fails.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(20)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 20,
        checks_each: 1,
        interval: "60s",
        confirmations: 2,
    };
    let data = stage.history(20, 90, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let url = format!("http://{}/", server.address);
    let rounds = stage.rounds.to_string();
    let said = browser::run("visit", &[("url", &url), ("rounds", &rounds), ("text", "Component 020")])?;
    let mut report = Report::new("visit");
    let paint = Budget::AtMost(limits::VISIT_PAINT_MS_MAX);
    let blocking = Budget::AtMost(limits::VISIT_BLOCKING_MS_MAX);
    for round in said["throttled"]["cold"].as_array().into_iter().flatten() {
        report.add(
            "first_paint_ms",
            "throttled first visit: first contentful paint",
            "ms",
            figure(round, "/fcp")?,
            paint,
        );
        report.add(
            "blocking_ms",
            "throttled first visit: main thread blocked",
            "ms",
            figure(round, "/tbt")?,
            blocking,
        );
        note(&mut report, "throttled_first", "throttled first visit", round, &["lcp", "script"])?;
    }
    for (mode, title) in
        [("plain", "visit"), ("throttled", "throttled visit"), ("nojs", "visit without scripts")]
    {
        for (when, prefix) in [("cold", "first"), ("warm", "second")] {
            for round in said[mode][when].as_array().into_iter().flatten() {
                let name = format!("{mode}_{when}");
                note(&mut report, &name, &format!("{prefix} {title}"), round, &["requests", "bytes", "fcp"])?;
            }
        }
    }
    Ok(report)
}

fn note(report: &mut Report, name: &str, title: &str, round: &Value, what: &[&str]) -> Result<()> {
    for key in what {
        let (words, unit) = match *key {
            "lcp" => ("largest contentful paint", "ms"),
            "fcp" => ("first contentful paint", "ms"),
            "script" => ("script", "ms"),
            "bytes" => ("bytes over the wire", "B"),
            _ => ("requests", ""),
        };
        let suffix = if unit.is_empty() { String::new() } else { format!("_{}", unit.to_ascii_lowercase()) };
        report.note(
            &format!("{name}_{key}{suffix}"),
            &format!("{title}: {words}"),
            unit,
            figure(round, &format!("/{key}"))?,
        );
    }
    Ok(())
}
