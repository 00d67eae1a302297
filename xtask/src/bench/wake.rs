//! `wake`: what it costs a slow phone to bring a page to life, for fifty and for five hundred components.

use anyhow::Result;

use super::configuration::Configuration;
use super::report::{Budget, Report};
use super::stage::{Stage, figure};
use super::{browser, http, limits};

/// Measures.
///
/// # Errors
/// When something does not come up, or the browser fails.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("wake");
    for components in [50, 500] {
        size(stage, components, &mut report)?;
    }
    Ok(report)
}

fn size(stage: &Stage, components: u32, report: &mut Report) -> Result<()> {
    let targets = stage.targets(components)?;
    let configuration = Configuration {
        targets: &targets.address,
        components,
        checks_each: 1,
        interval: "60s",
        confirmations: 2,
    };
    let data = stage.history(components, 90, 0)?;
    let server = stage.serve(&configuration.yaml(), Some(&data))?;
    http::wait_for_rest(&server.address)?;
    let answer = http::get(&server.address, "/", &[("accept-encoding", "br")])?;
    let bytes = u32::try_from(answer.body.len()).unwrap_or(u32::MAX);
    report.add(
        &format!("html_{components}_bytes"),
        &format!("{components} components: HTML, brotli"),
        "B",
        f64::from(bytes),
        Budget::AtMost(limits::WAKE_HTML_BYTES_MAX),
    );
    let url = format!("http://{}/", server.address);
    let (rounds, last) = (stage.rounds.to_string(), format!("Component {components:03}"));
    // The last component stands in a group that is folded where there are many.
    let text = if components > 30 { "Group 1" } else { &*last };
    let said = browser::run("wake", &[("url", &url), ("rounds", &rounds), ("text", text)])?;
    for round in said.as_array().into_iter().flatten() {
        for (key, words, unit, budget) in [
            ("wake", "from the application's start to its parts alive", "ms", Some(limits::WAKE_MS_MAX)),
            // The budget is for pages of a common size.
            (
                "blocked",
                "main thread blocked",
                "ms",
                (components <= 50).then_some(limits::VISIT_BLOCKING_MS_MAX),
            ),
            ("moved", "layout shift", "", Some(0.0)),
            ("longest", "longest task", "ms", None),
            ("script", "script, all of it", "ms", None),
        ] {
            let name = format!("{key}_{components}");
            let title = format!("{components} components on a slow phone: {words}");
            let value = figure(round, &format!("/{key}"))?;
            match budget {
                Some(most) => report.add(&name, &title, unit, value, Budget::AtMost(most)),
                None => report.note(&name, &title, unit, value),
            }
        }
    }
    Ok(())
}
