//! `mixed`: 2,000 checks of eleven kinds every ten seconds, each over a new connection: the share of a core that they take.

use std::fmt::{self, Write};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::http::{self, Metrics};
use super::report::{Budget, Report};
use super::stage::Stage;
use super::{limits, proc_stat};

/// Probes that came back, by outcome.
const PROBES: &str = "pharos_probes_total";
const COMPONENTS: usize = 100;
/// Of twenty checks of a component, how many are of which kind.
const KINDS: [(&str, usize); 11] = [
    ("http", 5),
    ("health", 3),
    ("tcp", 3),
    ("dns", 2),
    ("tls", 1),
    ("redis", 1),
    ("smtp", 1),
    ("ssh", 1),
    ("websocket", 1),
    ("grpc", 1),
    ("icmp", 1),
];
/// Checks in all.
#[cfg(test)]
const CHECKS: usize = 2_000;
/// The bit of the capability to open raw sockets, with which a host may be asked for an echo.
const CAP_NET_RAW: u32 = 13;

/// Measures.
///
/// # Errors
/// When something does not come up, or some checks do not find their target well.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("mixed");
    for _ in 0..stage.rounds {
        one(stage, &mut report)?;
    }
    Ok(report)
}

fn one(stage: &Stage, report: &mut Report) -> Result<()> {
    let authority = stage.fresh("authority.pem");
    let mut program = stage.load(&["mixed", "--authority", &authority.to_string_lossy()])?;
    let http = program.greeting()?;
    let mut addresses: Value = serde_json::from_str(&program.line(limits::LINE_WAIT_MAX)?)?;
    addresses["http"] = http.into();
    // The system's own roots say nothing of our authority.
    let trust = [("SSL_CERT_FILE", authority.to_string_lossy().into_owned())];
    let server = stage.serve_with(&yaml(&addresses, may_echo())?, None, &trust)?;
    http::wait_for_rest(&server.address)?;
    let pid = server.program.pid();
    let before = Metrics::of(&server.address)?;
    let (used, started) = (proc_stat::cpu_seconds(pid, false)?, Instant::now());
    // Whole intervals, so that every check counts as often as any other.
    thread::sleep(Duration::from_secs(if stage.is_quick { 10 } else { 30 }));
    let after = Metrics::of(&server.address)?;
    let (used, seconds) = (proc_stat::cpu_seconds(pid, false)? - used, started.elapsed().as_secs_f64());
    let probes = after.sum(PROBES)? - before.sum(PROBES)?;
    let bad = after.sum(PROBES)? - after.sum(&format!("{PROBES}{{outcome=\"operational\"}}"))?;
    ensure!(bad < 1.0, "{bad} probes did not find their target well");

    let most = Budget::AtMost(limits::MIXED_CORE_PERCENT_MAX);
    report.add(
        "core_percent",
        "2,000 checks of eleven kinds every 10 s: of a core",
        "%",
        used * 100.0 / seconds,
        most,
    );
    report.note("cpu_ms_per_check", "CPU for a check, everything included", "ms", used * 1e3 / probes);
    let least = Budget::AtLeast(limits::MIXED_PER_SECOND_MIN);
    report.add("checks_per_second", "checks a second", "1/s", probes / seconds, least);
    let late_ms = after.sum("pharos_probe_start_delay_max_ms")?;
    let late = Budget::WorstAtMost(limits::CHECKS_LATE_MS_MAX);
    report.add("late_max_ms", "latest start behind its time", "ms", late_ms, late);
    report.note("resident_mib", "memory of the server", "MiB", proc_stat::resident_bytes(pid)? / 1_048_576.0);
    Ok(())
}

/// Whether this machine lets a program of ours ask for echoes.
fn may_echo() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let bits = line.and_then(|line| u64::from_str_radix(line.trim(), 16).ok()).unwrap_or(0);
    bits & (1 << CAP_NET_RAW) != 0
}

/// The configuration. Where no echoes are allowed, web servers are asked in their place.
fn yaml(addresses: &Value, may_echo: bool) -> Result<String> {
    let mut text = String::from("page: { name: Benchmark, time_zone: UTC }\ncomponents:\n");
    let mut line = |words: fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{words}");
    };
    for component in 0..COMPONENTS {
        line(format_args!("  - id: component-{component}\n    name: Component {component}"));
        line(format_args!("    incidents: {{ auto: \"off\" }}\n    checks:"));
        for (kind, count) in KINDS {
            for number in 0..count {
                let check = check(if kind == "icmp" && !may_echo { "http" } else { kind }, addresses)?;
                line(format_args!("      - {check}\n        name: {kind}-{number}"));
                line(format_args!("        interval: 10s\n        timeout: 5s"));
            }
        }
    }
    Ok(text)
}

fn check(kind: &str, addresses: &Value) -> Result<String> {
    let at = |kind: &str| addresses[kind].as_str().with_context(|| format!("nobody stands in for {kind}"));
    Ok(match kind {
        "http" => format!("http: {{ url: 'http://{}/' }}", at("http")?),
        "health" => format!("health: {{ url: 'http://{}/health' }}", at("http")?),
        "tcp" => format!("tcp: {{ address: '{}', send: ping, expect: pong }}", at(kind)?),
        "dns" => format!("dns: {{ name: mixed.test, resolver: '{}', expect: [127.0.0.1] }}", at(kind)?),
        "tls" => format!("tls: {{ address: '{}', server_name: mixed.test }}", at(kind)?),
        "smtp" => format!("smtp: {{ address: '{}', security: none }}", at(kind)?),
        "websocket" => format!("websocket: {{ url: 'ws://{}/' }}", at(kind)?),
        "grpc" => format!("grpc: {{ url: 'http://{}' }}", at(kind)?),
        "icmp" => "icmp: { host: 127.0.0.1 }".to_owned(),
        kind => format!("{kind}: {{ address: '{}' }}", at(kind)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_checks_of_each_kind_as_are_told() {
        let kinds = ["http", "tcp", "dns", "tls", "redis", "smtp", "ssh", "websocket", "grpc"];
        let addresses: serde_json::Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), "127.0.0.1:7".into())).collect();
        let yaml = yaml(&addresses.into(), true).unwrap();
        assert_eq!(yaml.matches("interval: 10s").count(), CHECKS);
        for (kind, count) in KINDS {
            assert_eq!(yaml.matches(&format!("- {kind}: ")).count(), count * COMPONENTS, "{kind}");
        }
    }
}
