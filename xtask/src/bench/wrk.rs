//! wrk, the load program from Debian: as many requests as a server takes, over kept connections.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command;

/// Says at the end what was measured, in one line of JSON.
const SCRIPT: &str = r#"done = function(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    'JSON {"requests":%d,"us":%d,"bytes":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"refused":%d,"failed":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max, summary.errors.status, failed))
end
"#;

/// What it measured.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Requests that were answered.
    pub requests: f64,
    /// Requests answered in a second.
    pub requests_per_second: f64,
    /// Bytes of one answer, head included.
    pub bytes_per_request: f64,
    /// The median latency.
    pub p50_ms: f64,
    /// 99 of 100 latencies.
    pub p99_ms: f64,
}

/// Threads of wrk.
const THREADS: &str = "2";
/// Connections it keeps.
pub const CONNECTIONS: &str = "64";

/// Asks for `url` for so many seconds.
///
/// # Errors
/// When wrk cannot run, or one request fails or is refused.
pub fn run(folder: &Path, url: &str, headers: &[(&str, &str)], seconds: u32) -> Result<Outcome> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let script = folder.join("wrk.lua");
    fs::write(&script, SCRIPT).with_context(|| format!("cannot write {}", script.display()))?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t", THREADS, "-c", CONNECTIONS, "-d", &format!("{seconds}s"), "-s"]).arg(&script);
    for (name, value) in headers {
        wrk.arg("-H").arg(format!("{name}: {value}"));
    }
    parse(&command::output_of(wrk.arg(url))?)
}

fn parse(output: &str) -> Result<Outcome> {
    let line = output.lines().find_map(|line| line.strip_prefix("JSON ")).context("wrk said no figures")?;
    let value: Value = serde_json::from_str(line).context("wrk said no JSON")?;
    let of =
        |name: &str| value.get(name).and_then(Value::as_f64).with_context(|| format!("wrk said no {name}"));
    let (requests, seconds) = (of("requests")?, of("us")? / 1e6);
    ensure!(requests > 0.0, "no request was answered");
    ensure!(of("refused")? == 0.0 && of("failed")? == 0.0, "some requests were not answered well: {line}");
    Ok(Outcome {
        requests,
        requests_per_second: requests / seconds,
        bytes_per_request: of("bytes")? / requests,
        p50_ms: of("p50_us")? / 1e3,
        p99_ms: of("p99_us")? / 1e3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(refused: u32) -> String {
        format!(
            "Running\nJSON {{\"requests\":1000,\"us\":500000,\"bytes\":64000,\"p50_us\":1500,\"p99_us\":9000,\"max_us\":9,\"refused\":{refused},\"failed\":0}}\n"
        )
    }

    #[test]
    fn its_line_is_understood() {
        let outcome = parse(&line(0)).unwrap();
        assert!((outcome.requests_per_second - 2_000.0).abs() < 1e-6);
        assert!((outcome.bytes_per_request - 64.0).abs() < 1e-6 && (outcome.p99_ms - 9.0).abs() < 1e-6);
    }

    #[test]
    fn fast_refusals_are_no_throughput() {
        assert!(parse(&line(1)).is_err());
    }
}
