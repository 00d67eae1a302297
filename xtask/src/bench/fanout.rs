//! `fanout`: one change to thousands of open event streams: how late, whether all of it, and at what cost.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Server, Stage, Targets, figure};
use super::{http, limits, proc_stat};

/// One size of crowd.
struct Crowd {
    streams: u32,
    /// Components that change every second. At 10,000 streams one change a second is all that two shared cores can
    /// deliver without one queueing behind another.
    changing: u32,
    p99_ms_max: f64,
}

const CROWDS: [Crowd; 2] = [
    Crowd { streams: 1_000, changing: 5, p99_ms_max: limits::FANOUT_1000_P99_MS_MAX },
    Crowd { streams: 10_000, changing: 1, p99_ms_max: limits::FANOUT_10000_P99_MS_MAX },
];

/// For the last streams' buffers to settle before memory is read.
const SETTLE: Duration = Duration::from_secs(2);
/// For the last change to arrive everywhere before the streams are asked what they heard.
const LAST_ARRIVAL: Duration = Duration::from_secs(3);

/// Measures.
///
/// # Errors
/// When something does not come up, a stream cannot be opened, or nothing changed.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("fanout");
    for _ in 0..stage.rounds {
        for crowd in &CROWDS {
            one(stage, crowd, &mut report)?;
        }
    }
    Ok(report)
}

fn one(stage: &Stage, crowd: &Crowd, report: &mut Report) -> Result<()> {
    let targets = stage.targets(5)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 5,
        checks_each: 1,
        interval: "1s",
        confirmations: 1,
    };
    let server = stage.serve(&configuration.yaml(), None)?;
    http::wait_for_rest(&server.address)?;
    let pid = server.program.pid();
    let alone = proc_stat::resident_bytes(pid)?;
    let count = crowd.streams.to_string();
    let mut streams = stage.load(&["streams", "--address", &server.address, "--count", &count])?;
    let opened: Value = serde_json::from_str(&streams.line(limits::LINE_WAIT_MAX)?)?;
    ensure!(figure(&opened, "/failed")? == 0.0, "some streams could not be opened: {opened}");
    thread::sleep(SETTLE);
    let idle_each = (proc_stat::resident_bytes(pid)? - alone) / f64::from(crowd.streams);
    let used = cpu_over_changes(stage, crowd, &server, &targets)?;
    let busy_each = (proc_stat::resident_bytes(pid)? - alone) / f64::from(crowd.streams);
    streams.enough();
    let heard: Value = serde_json::from_str(&streams.line(limits::LINE_WAIT_MAX)?)?;
    ensure!(figure(&heard, "/events")? >= 1.0, "nothing changed while the streams were open");
    say(report, crowd, &heard)?;
    let name = |what: &str| format!("streams_{}_{what}", crowd.streams);
    let title = |what: &str| format!("{} streams: {what}", crowd.streams);
    let most = Budget::AtMost(limits::STREAM_KILOBYTES_MAX);
    report.add(&name("idle_kb_each"), &title("memory of an idle one"), "kB", idle_each / 1e3, most);
    report.note(&name("after_kb_each"), &title("memory of one after the changes"), "kB", busy_each / 1e3);
    let per_frame = used * 1e6 / figure(&heard, "/frames")?;
    report.note(&name("cpu_us_per_frame"), &title("CPU for a frame delivered"), "µs", per_frame);
    report.note(&name("open_seconds"), &title("time to open all"), "s", figure(&opened, "/seconds")?);
    Ok(())
}

/// Lets the targets change for a while, and returns the CPU seconds that the server used until all was quiet again.
fn cpu_over_changes(stage: &Stage, crowd: &Crowd, server: &Server, targets: &Targets) -> Result<f64> {
    let pid = server.program.pid();
    let before = proc_stat::cpu_seconds(pid, false)?;
    targets.alternate(0, crowd.changing)?;
    thread::sleep(Duration::from_secs(if stage.is_quick { 5 } else { 15 }));
    targets.set(0, crowd.changing, 200)?;
    thread::sleep(LAST_ARRIVAL);
    Ok(proc_stat::cpu_seconds(pid, false)? - before)
}

fn say(report: &mut Report, crowd: &Crowd, heard: &Value) -> Result<()> {
    let name = |what: &str| format!("streams_{}_{what}", crowd.streams);
    let title = |what: &str| format!("{} streams: {what}", crowd.streams);
    let p99 = figure(heard, "/from_decision/p99_ms")?;
    report.add(
        &name("p99_ms"),
        &title("decision to receipt, 99th percentile"),
        "ms",
        p99,
        Budget::AtMost(crowd.p99_ms_max),
    );
    for (path, what, unit) in [
        ("/from_decision/p50_ms", "decision to receipt, median", "ms"),
        ("/from_decision/max_ms", "decision to receipt, slowest", "ms"),
        ("/from_first/p99_ms", "first to last stream, 99th percentile", "ms"),
        ("/events", "changes in a round", ""),
    ] {
        let short = path.trim_start_matches('/').replace('/', "_");
        report.note(&name(&short), &title(what), unit, figure(heard, path)?);
    }
    for (path, what) in [
        ("/lost", "deliveries lost"),
        ("/twice", "deliveries twice"),
        ("/out_of_order", "deliveries out of order"),
        ("/gaps", "changes that nobody heard"),
        ("/resets", "streams that lagged"),
        ("/broken", "streams that broke"),
    ] {
        let short = path.trim_start_matches('/');
        report.add(&name(short), &title(what), "", figure(heard, path)?, Budget::WorstAtMost(0.0));
    }
    Ok(())
}
