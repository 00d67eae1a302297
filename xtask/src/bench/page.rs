//! `page`: the first page over kept connections, against nginx with the same compressed bytes, in alternation.

use anyhow::{Context, Result, ensure};

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::Stage;
use super::wrk::{self, Outcome};
use super::{http, limits, nginx, proc_stat};
use crate::setup;

/// One side of the comparison.
struct Side {
    address: String,
    pid: u32,
    has_children: bool,
    etag: String,
}

/// What was measured of one side in one run.
struct Run {
    outcome: Outcome,
    cpu_us_per_request: f64,
}

/// Measures.
///
/// # Errors
/// When something does not come up, or does not serve what it should.
pub fn run(stage: &Stage) -> Result<Report> {
    tools()?;
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
    // The first probes come in within seconds, and each may be a change.
    http::wait_for_rest(&server.address)?;
    let gzipped = http::get(&server.address, "/", &[("accept-encoding", "gzip")])?;
    ensure!(gzipped.field("content-encoding") == Some("gzip"), "the page is not compressed");
    let plain = http::get(&server.address, "/", &[("accept-encoding", "identity")])?;
    let nginx = nginx::start(&stage.fresh("nginx"), &plain.body, &gzipped.body)?;
    let ours = side(&server.address, server.program.pid(), false)?;
    let theirs = side(&nginx.address, nginx.program.pid(), true)?;

    let mut report = Report::new("page");
    for round in 0..stage.rounds {
        let [ours_gzip, theirs_gzip] =
            both(stage, round, &ours, &theirs, |_| vec![("Accept-Encoding", "gzip".into())])?;
        compare(&mut report, &ours_gzip, &theirs_gzip);
        let condition =
            |side: &Side| vec![("Accept-Encoding", "gzip".into()), ("If-None-Match", side.etag.clone())];
        let [ours_304, theirs_304] = both(stage, round, &ours, &theirs, condition)?;
        note_ratio(&mut report, "not_modified", "304 answers", &ours_304, &theirs_304);
        let [ours_plain, theirs_plain] = both(stage, round, &ours, &theirs, |_| Vec::new())?;
        note_ratio(&mut report, "identity", "uncompressed", &ours_plain, &theirs_plain);
    }
    let bytes = u32::try_from(gzipped.body.len()).unwrap_or(u32::MAX);
    report.note("body_gzip_bytes", "body as it was served, gzip", "B", f64::from(bytes));
    Ok(report)
}

/// wrk and nginx, from Debian.
fn tools() -> Result<()> {
    let missing: Vec<&str> = [("wrk", "/usr/bin/wrk"), ("nginx-light", "/usr/sbin/nginx")]
        .into_iter()
        .filter(|(_, path)| !std::path::Path::new(path).is_file())
        .map(|(package, _)| package)
        .collect();
    if missing.is_empty() { Ok(()) } else { setup::debian_packages(&missing) }
}

fn side(address: &str, pid: u32, has_children: bool) -> Result<Side> {
    let answer = http::get(address, "/", &[("accept-encoding", "gzip")])?;
    let etag = answer.field("etag").context("the page has no entity tag")?.to_owned();
    let again = http::get(address, "/", &[("accept-encoding", "gzip"), ("if-none-match", &etag)])?;
    ensure!(again.status == 304, "{address} answers {} to its own entity tag", again.status);
    Ok(Side { address: address.to_owned(), pid, has_children, etag })
}

/// Runs both sides, the other one first in every second round.
fn both(
    stage: &Stage,
    round: u32,
    ours: &Side,
    theirs: &Side,
    headers: impl Fn(&Side) -> Vec<(&'static str, String)>,
) -> Result<[Run; 2]> {
    let measure = |side: &Side| one(stage, side, &headers(side));
    if round.is_multiple_of(2) {
        let first = measure(ours)?;
        Ok([first, measure(theirs)?])
    } else {
        let first = measure(theirs)?;
        Ok([measure(ours)?, first])
    }
}

fn one(stage: &Stage, side: &Side, headers: &[(&str, String)]) -> Result<Run> {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let seconds = if stage.is_quick { 1 } else { 4 };
    let before = proc_stat::cpu_seconds(side.pid, side.has_children)?;
    let outcome = wrk::run(&stage.fresh("wrk"), &format!("http://{}/", side.address), &headers, seconds)?;
    let used = proc_stat::cpu_seconds(side.pid, side.has_children)? - before;
    Ok(Run { outcome, cpu_us_per_request: used * 1e6 / outcome.requests })
}

fn compare(report: &mut Report, ours: &Run, theirs: &Run) {
    let rate = ours.outcome.requests_per_second / theirs.outcome.requests_per_second;
    let cpu = ours.cpu_us_per_request / theirs.cpu_us_per_request;
    let (least, most) =
        (Budget::AtLeast(limits::PAGE_RATE_RATIO_MIN), Budget::AtMost(limits::PAGE_CPU_RATIO_MAX));
    report.add("requests_per_second_of_nginx", "requests a second, of nginx's", "×", rate, least);
    report.add("cpu_per_request_of_nginx", "CPU for a request, of nginx's", "×", cpu, most);
    report.note("requests_per_second", "requests a second", "1/s", ours.outcome.requests_per_second);
    report.note(
        "nginx_requests_per_second",
        "requests a second, nginx",
        "1/s",
        theirs.outcome.requests_per_second,
    );
    report.note("cpu_us_per_request", "CPU for a request", "µs", ours.cpu_us_per_request);
    report.note("nginx_cpu_us_per_request", "CPU for a request, nginx", "µs", theirs.cpu_us_per_request);
    report.note("p50_ms", "latency, median", "ms", ours.outcome.p50_ms);
    report.note("p99_ms", "latency, 99th percentile", "ms", ours.outcome.p99_ms);
    report.note("nginx_p99_ms", "latency, 99th percentile, nginx", "ms", theirs.outcome.p99_ms);
    report.note("bytes_per_request", "bytes of an answer with its head", "B", ours.outcome.bytes_per_request);
}

fn note_ratio(report: &mut Report, name: &str, title: &str, ours: &Run, theirs: &Run) {
    let rate = ours.outcome.requests_per_second / theirs.outcome.requests_per_second;
    let cpu = ours.cpu_us_per_request / theirs.cpu_us_per_request;
    report.note(&format!("{name}_rate_of_nginx"), &format!("{title}: rate, of nginx's"), "×", rate);
    report.note(&format!("{name}_cpu_of_nginx"), &format!("{title}: CPU, of nginx's"), "×", cpu);
}
