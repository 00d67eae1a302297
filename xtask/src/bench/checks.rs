//! `checks`: 1,000 HTTP checks every second, each over a new connection: their CPU, and whether they keep to their time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::configuration::Configuration;
use super::http::{self, Metrics};
use super::report::{Budget, Report};
use super::stage::{Stage, Targets};
use super::{limits, proc_stat};

/// Probes that came back, by outcome.
const PROBES: &str = "pharos_probes_total";
const CHECKS: u32 = 1_000;
const COMPONENTS: u32 = 100;

/// Measures.
///
/// # Errors
/// When something does not come up, or some checks never start.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("checks");
    for _ in 0..stage.rounds {
        one(stage, &mut report)?;
    }
    Ok(report)
}

fn one(stage: &Stage, report: &mut Report) -> Result<()> {
    let targets = stage.targets(CHECKS)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: COMPONENTS,
        checks_each: CHECKS / COMPONENTS,
        interval: "1s",
        confirmations: 2,
    };
    let server = stage.serve(&configuration.yaml(), None)?;
    let spread_ms = wait_for_all(&targets)?;
    http::wait_for_rest(&server.address)?;
    let pid = server.program.pid();
    // The gauge of delays counts from one look at the figures to the next: there must be none in between.
    let before = Metrics::of(&server.address)?;
    let (used, started) = (proc_stat::cpu_seconds(pid, false)?, Instant::now());
    thread::sleep(Duration::from_secs(if stage.is_quick { 5 } else { 20 }));
    let after = Metrics::of(&server.address)?;
    let (used, seconds) = (proc_stat::cpu_seconds(pid, false)? - used, started.elapsed().as_secs_f64());
    let probes = after.sum(PROBES)? - before.sum(PROBES)?;
    let late_ms = after.sum("pharos_probe_start_delay_max_ms")?;
    let bad = after.sum(PROBES)? - after.sum(&format!("{PROBES}{{outcome=\"operational\"}}"))?;
    ensure!(probes > 0.0, "no probe came back");
    ensure!(bad < 1.0, "{bad} probes did not find their target well");

    let most = Budget::AtMost(limits::CHECKS_CPU_SECONDS_MAX);
    report.add(
        "cpu_seconds_per_1000",
        "CPU for 1,000 checks, everything included",
        "s",
        used * 1e3 / probes,
        most,
    );
    let late = Budget::WorstAtMost(limits::CHECKS_LATE_MS_MAX);
    report.add("late_max_ms", "latest start behind its time", "ms", late_ms, late);
    report.add("first_starts_ms", "from the first to the last check's first probe", "ms", spread_ms, late);
    let least = Budget::AtLeast(limits::CHECKS_PER_SECOND_MIN);
    report.add("checks_per_second", "checks a second", "1/s", probes / seconds, least);
    report.note("resident_mib", "memory of the server", "MiB", proc_stat::resident_bytes(pid)? / 1_048_576.0);
    Ok(())
}

/// Waits until every target was asked once, and returns over how many milliseconds that spread.
fn wait_for_all(targets: &Targets) -> Result<f64> {
    let deadline = Instant::now() + limits::PAGE_WAIT_MAX;
    while Instant::now() < deadline {
        let firsts: Option<Vec<u64>> = targets.firsts_us()?.into_iter().collect();
        if let Some(firsts) = firsts {
            let (first, last) = (firsts.iter().min().copied(), firsts.iter().max().copied());
            let spread_us = last.unwrap_or(0).saturating_sub(first.unwrap_or(0));
            return Ok(Duration::from_micros(spread_us).as_secs_f64() * 1e3);
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    bail!("some of {CHECKS} checks never started")
}
