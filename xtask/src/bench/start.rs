//! `start`: from exec to the first page on a long history, and the memory that a usual one takes.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::configuration::Configuration;
use super::process::Program;
use super::report::{Budget, Report};
use super::stage::Stage;
use super::{http, limits, proc_stat};

/// Entries after the newest snapshot row: one less than make the server save one, so the most that a start replays.
const UNSAVED: u32 = 999;

/// Measures.
///
/// # Errors
/// When something does not come up.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("start");
    for _ in 0..stage.rounds {
        let most = Budget::AtMost(limits::START_MS_MAX);
        let after_crash = first_answer_ms(stage, UNSAVED)?;
        let title = "exec to first 200, a year of 50 components, after a power cut";
        report.add("first_200_ms", title, "ms", after_crash, most);
        let after_stop = first_answer_ms(stage, 0)?;
        report.note("first_200_after_stop_ms", "the same, after an orderly stop", "ms", after_stop);
        report.note("first_200_empty_ms", "the same, without any history", "ms", empty_ms(stage)?);
        memory(stage, &mut report)?;
    }
    Ok(report)
}

fn first_answer_ms(stage: &Stage, unsaved: u32) -> Result<f64> {
    let data = stage.history(50, 365, unsaved)?;
    exec_to_first_200(stage, 50, &data)
}

fn empty_ms(stage: &Stage) -> Result<f64> {
    exec_to_first_200(stage, 50, &stage.fresh("data"))
}

fn exec_to_first_200(stage: &Stage, components: u32, data: &std::path::Path) -> Result<f64> {
    let targets = stage.targets(components)?;
    let configuration = Configuration {
        targets: &targets.address,
        components,
        checks_each: 1,
        interval: "60s",
        confirmations: 2,
    };
    let arguments = stage.serve_arguments(&configuration.yaml(), data)?;
    let log = stage.fresh("server.log");
    let started = Instant::now();
    let mut program = Program::start(Command::new(stage.pharos()).args(arguments), log)?;
    let address = program.greeting()?;
    let deadline = started + limits::PAGE_WAIT_MAX;
    while Instant::now() < deadline {
        if http::get(&address, "/", &[("accept-encoding", "br")]).is_ok_and(|answer| answer.status == 200) {
            return Ok(started.elapsed().as_secs_f64() * 1e3);
        }
        thread::sleep(limits::POLL_PAUSE_FINE);
    }
    bail!("no page within {} s of the start", limits::PAGE_WAIT_MAX.as_secs())
}

/// 20 checks and 90 days, after the page was asked for and the checks have run for a while.
fn memory(stage: &Stage, report: &mut Report) -> Result<()> {
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
    for path in ["/", "/history", "/components/component-001"] {
        http::get(&server.address, path, &[])?;
    }
    thread::sleep(Duration::from_secs(if stage.is_quick { 3 } else { 25 }));
    let pid = server.program.pid();
    let most = Budget::AtMost(limits::RESIDENT_MEBIBYTES_MAX);
    let resident = proc_stat::resident_bytes(pid)? / 1_048_576.0;
    report.add("resident_mib", "memory with 20 checks a second and 90 days", "MiB", resident, most);
    let peak = proc_stat::resident_bytes_peak(pid)? / 1_048_576.0;
    report.note("resident_peak_mib", "the most it ever was", "MiB", peak);
    Ok(())
}
