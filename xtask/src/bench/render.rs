//! `render`: rendering and compressing the first page anew, of 50 components with a year behind them.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::configuration::Configuration;
use super::http::{self, Metrics};
use super::report::{Budget, Report};
use super::stage::Stage;
use super::{limits, proc_stat};

/// Components that change every second.
const CHANGING: u32 = 2;

/// Measures.
///
/// # Errors
/// When something does not come up, or nothing was rendered.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(50)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 50,
        checks_each: 1,
        interval: "1s",
        confirmations: 1,
    };
    let data = stage.history(50, 365, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let pid = server.program.pid();
    let read = || -> Result<(f64, f64, f64)> {
        let metrics = Metrics::of(&server.address)?;
        let sum = metrics.sum("pharos_render_duration_seconds_sum")?;
        let count = metrics.sum("pharos_render_duration_seconds_count")?;
        Ok((sum, count, proc_stat::cpu_seconds(pid, false)?))
    };
    let window = Duration::from_secs(if stage.is_quick { 4 } else { 10 });
    let mut report = Report::new("render");
    for _ in 0..stage.rounds {
        targets.set(0, CHANGING, 200)?;
        http::wait_for_rest(&server.address)?;
        let quiet_before = read()?;
        thread::sleep(window);
        let quiet_after = read()?;
        targets.alternate(0, CHANGING)?;
        let before = read()?;
        thread::sleep(window);
        let after = read()?;
        let renders = after.1 - before.1;
        ensure!(renders > 0.0, "nothing was rendered while the state changed");
        let took_ms = (after.0 - before.0) * 1e3 / renders;
        let most = Budget::AtMost(limits::RENDER_MS_MAX);
        report.add("render_ms", "rendering and compressing, by the server's own clock", "ms", took_ms, most);
        let extra = (after.2 - before.2) - (quiet_after.2 - quiet_before.2);
        let title = "CPU of a change, everything included, above quiet";
        report.note("cpu_ms_per_change", title, "ms", extra * 1e3 / renders);
        report.note("renders", "renderings in a round", "", renders);
    }
    Ok(report)
}
