//! `publish`: what it costs to publish the static copy after a change, of 20 components with 90 days behind them.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::configuration::Configuration;
use super::http::{self, Metrics};
use super::report::{Budget, Report};
use super::stage::{Server, Stage};
use super::{limits, proc_stat};

/// Parts for which the cost is told.
const PARTS: f64 = 500.0;
/// Nothing is written for so long: an edition is over.
const REST: Duration = Duration::from_secs(4);

/// Measures.
///
/// # Errors
/// When something does not come up, or nothing is published.
pub fn run(stage: &Stage) -> Result<Report> {
    let targets = stage.targets(20)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 20,
        checks_each: 1,
        interval: "1s",
        confirmations: 1,
    };
    let place = stage.fresh("copy");
    let yaml = format!("copy: {{ to: {} }}\n{}", place.display(), configuration.yaml());
    let data = stage.history(20, 90, 0)?;
    let server = stage.serve(&yaml, Some(&data))?;
    let whole = rest(&server)?;
    let mut report = Report::new("publish");
    for round in 0..stage.rounds {
        let before = rest(&server)?;
        targets.set(0, 1, if round % 2 == 0 { 503 } else { 200 })?;
        changed(&server, &before)?;
        let after = rest(&server)?;
        let (parts, cpu) = (after.parts - before.parts, after.cpu - before.cpu);
        let most = Budget::AtMost(limits::PUBLISH_500_CPU_S_MAX);
        let title = "CPU for 500 parts that changed, what the server does beside it included";
        report.add("cpu_s_per_500", title, "s", cpu * PARTS / parts, most);
        report.note("parts", "parts that a change of one component writes", "", parts);
        report.note("cpu_s", "CPU of the change, everything included", "s", cpu);
    }
    report.note("parts_whole", "parts of the whole copy", "", whole.parts);
    report.note("cpu_s_whole", "CPU for the whole copy, with the start", "s", whole.cpu);
    Ok(report)
}

/// What was written so far, and what it cost.
struct Done {
    parts: f64,
    cpu: f64,
}

fn done(server: &Server) -> Result<Done> {
    let parts = Metrics::of(&server.address)?.sum("pharos_copy_parts_written_total")?;
    Ok(Done { parts, cpu: proc_stat::cpu_seconds(server.program.pid(), false)? })
}

/// Waits until something more was written.
fn changed(server: &Server, before: &Done) -> Result<()> {
    let deadline = Instant::now() + limits::PAGE_WAIT_MAX;
    while done(server)?.parts <= before.parts {
        ensure!(Instant::now() < deadline, "a change was not published");
        thread::sleep(limits::POLL_PAUSE);
    }
    Ok(())
}

/// Waits until nothing more is written, and says what was when the last of it was.
fn rest(server: &Server) -> Result<Done> {
    http::wait_for_rest(&server.address)?;
    let deadline = Instant::now() + limits::FILL_WAIT_MAX;
    let (mut last, mut since) = (done(server)?, Instant::now());
    loop {
        ensure!(Instant::now() < deadline, "the copy is never published to its end");
        thread::sleep(limits::POLL_PAUSE);
        let now = done(server)?;
        if now.parts > last.parts || now.parts < 1.0 {
            (last, since) = (now, Instant::now());
        } else if since.elapsed() >= REST {
            return Ok(last);
        }
    }
}
