//! `speak`: what an operator says, on a thousand open streams: how soon it is accepted, and how soon every stream has it.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Server, Stage, figure};
use super::statistics::Spread;
use super::{http, limits};

/// Open streams.
const STREAMS: u32 = 1_000;
/// Pause between two things that are said: one must have arrived before the next.
const PAUSE: Duration = Duration::from_millis(200);
/// For the last to arrive everywhere before the streams are asked what they heard.
const LAST_ARRIVAL: Duration = Duration::from_secs(2);

/// Measures.
///
/// # Errors
/// When something does not come up, a stream cannot be opened, or nothing is accepted.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("speak");
    for _ in 0..stage.rounds {
        one(stage, &mut report)?;
    }
    Ok(report)
}

fn one(stage: &Stage, report: &mut Report) -> Result<()> {
    let targets = stage.targets(5)?;
    let configuration = Configuration {
        targets: &targets.address,
        components: 5,
        checks_each: 1,
        interval: "30s",
        confirmations: 1,
    };
    let data = stage.fresh("data");
    let user = |words: &[&str]| {
        let mut command = Command::new(stage.pharos());
        command.args(["user", "--data"]).arg(&data).args(words).stderr(Stdio::inherit());
        let output = command.output().context("the first user cannot be made")?;
        ensure!(output.status.success(), "pharos user {}: {}", words.join(" "), output.status);
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    user(&["add", "anna"])?;
    let token = user(&["token", "anna", "--scope", "incidents"])?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let mut streams =
        stage.load(&["streams", "--address", &server.address, "--count", &STREAMS.to_string()])?;
    let opened: Value = serde_json::from_str(&streams.line(limits::LINE_WAIT_MAX)?)?;
    ensure!(figure(&opened, "/failed")? == 0.0, "some streams could not be opened: {opened}");
    let accepted_ms = speak(&server, &token, if stage.is_quick { 5 } else { 30 })?;
    thread::sleep(LAST_ARRIVAL);
    streams.enough();
    let heard: Value = serde_json::from_str(&streams.line(limits::LINE_WAIT_MAX)?)?;
    let accepted = Spread::of(&accepted_ms).context("nothing was accepted")?.median;
    let seen = figure(&heard, "/from_decision/p50_ms")?;
    let most = Budget::AtMost(limits::SPEAK_MS_MAX);
    report.add("speak_median_ms", "an operator's word to every stream, median", "ms", accepted + seen, most);
    report.note("speak_accepted_ms", "until it is accepted and durable, median", "ms", accepted);
    report.note(
        "speak_p99_ms",
        "decision to receipt, 99th percentile",
        "ms",
        figure(&heard, "/from_decision/p99_ms")?,
    );
    report.add("speak_lost", "deliveries lost", "", figure(&heard, "/lost")?, Budget::WorstAtMost(0.0));
    Ok(())
}

/// Opens an incident and speaks on it so often; how long each took to be accepted, in milliseconds.
fn speak(server: &Server, token: &str, times: u32) -> Result<Vec<f64>> {
    let authorization = format!("Bearer {token}");
    let send = |path: &str, body: &str| {
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let started = Instant::now();
        let answer = http::post(&server.address, path, &headers, body)?;
        ensure!(
            answer.status == 201,
            "POST {path}: {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        let made: Value = serde_json::from_slice(&answer.body).context("the answer is no JSON")?;
        Ok((started.elapsed().as_secs_f64() * 1e3, made))
    };
    let (_, made) = send("/api/v1/incidents", r#"{"title":"Slow","body":"We know of it."}"#)?;
    let id = made["id"].as_str().context("no identifier")?.to_owned();
    let path = format!("/api/v1/incidents/{id}/updates");
    let mut took = Vec::new();
    for _ in 0..times {
        thread::sleep(PAUSE);
        took.push(send(&path, r#"{"status":"identified","body":"We are **working** on it."}"#)?.0);
    }
    Ok(took)
}
