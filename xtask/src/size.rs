//! `cargo xtask size`: what a visitor downloads and an operator installs, against the budgets.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::running_server::RunningServer;
use crate::site::Manifest;
use crate::{build, console, limits, workspace};

/// Measure everything that has a size budget; over budget fails.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print JSON instead of a table, and build nothing: what stands is measured
    #[arg(long)]
    pub json: bool,
}

/// One measured thing; sizes in bytes.
#[derive(Debug, Clone, Serialize)]
struct Artefact {
    name: &'static str,
    raw_bytes: u64,
    gzip_bytes: Option<u64>,
    brotli_bytes: Option<u64>,
    /// The most that `brotli_bytes` may be, or `raw_bytes` where nothing is compressed.
    budget_bytes: Option<u64>,
}

impl Artefact {
    fn is_within(&self) -> bool {
        let measured = self.brotli_bytes.unwrap_or(self.raw_bytes);
        self.budget_bytes.is_none_or(|budget| measured <= budget)
    }

    fn row(&self) -> Vec<String> {
        let optional = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), kilobytes);
        let verdict = match (self.budget_bytes, self.is_within()) {
            (None, _) => "",
            (Some(_), true) => "within",
            (Some(_), false) => "OVER",
        };
        vec![
            self.name.to_owned(),
            kilobytes(self.raw_bytes),
            optional(self.gzip_bytes),
            optional(self.brotli_bytes),
            optional(self.budget_bytes),
            verdict.to_owned(),
        ]
    }
}

/// Builds what is missing, measures, prints, and fails when a budget is exceeded.
///
/// # Errors
/// When something is over its budget, or cannot be built or measured.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.json {
        build::run(&build::Arguments { dev: false })?;
    }
    let server = RunningServer::start_demo()?;
    let page = String::from_utf8_lossy(&server.body_of("/", "identity")?).into_owned();
    let words = served(&server, "texts of one language", &words_path(&page)?, None)?;
    let worker = served(&server, "service-worker.js", "/service-worker.js", None)?;
    let mut artefacts = browser_half(&server, &Manifest::read()?, (words, worker))?;
    let (flight, widget) = (limits::FIRST_FLIGHT_BROTLI_BYTES_MAX, limits::WIDGET_BROTLI_BYTES_MAX);
    artefacts.push(served(&server, "first flight: HTML with critical CSS", "/", Some(flight))?);
    artefacts.push(served(&server, "widget.js", "/widget.js", Some(widget))?);
    artefacts.push(server_binary()?);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&artefacts).context("cannot write JSON")?);
    } else {
        let rows: Vec<Vec<String>> = artefacts.iter().map(Artefact::row).collect();
        println!(
            "{}",
            console::table(&["what", "raw kB", "gzip kB", "brotli kB", "budget kB", "verdict"], &rows)
        );
    }
    let over: Vec<&str> =
        artefacts.iter().filter(|artefact| !artefact.is_within()).map(|artefact| artefact.name).collect();
    if !over.is_empty() {
        bail!("over budget: {}", over.join(", "));
    }
    Ok(())
}

/// The files of the browser half, and their sum, which has the budget.
fn browser_half(
    server: &RunningServer,
    manifest: &Manifest,
    (words, worker): (Artefact, Artefact),
) -> Result<Vec<Artefact>> {
    let asset = |name: &'static str, file: &str| served(server, name, &format!("/assets/{file}"), None);
    let mut artefacts = vec![
        asset("pharos.wasm", &manifest.wasm)?,
        asset("pharos.js", &manifest.js)?,
        asset("boot.js", &manifest.boot)?,
        asset("page.js", &manifest.page)?,
        asset("days.js", &manifest.days)?,
        words,
        worker,
    ];
    artefacts.push(Artefact {
        name: "WASM and JS of the page",
        raw_bytes: artefacts.iter().map(|artefact| artefact.raw_bytes).sum(),
        gzip_bytes: artefacts.iter().map(|artefact| artefact.gzip_bytes).sum(),
        brotli_bytes: artefacts.iter().map(|artefact| artefact.brotli_bytes).sum(),
        budget_bytes: Some(limits::BROWSER_BROTLI_BYTES_MAX),
    });
    Ok(artefacts)
}

/// What the release binary sends at a path.
fn served(
    server: &RunningServer,
    name: &'static str,
    path: &str,
    budget_bytes: Option<u64>,
) -> Result<Artefact> {
    let length = |encoding: &str| -> Result<u64> { Ok(server.body_of(path, encoding)?.len() as u64) };
    Ok(Artefact {
        name,
        raw_bytes: length("identity")?,
        gzip_bytes: Some(length("gzip")?),
        brotli_bytes: Some(length("br")?),
        budget_bytes,
    })
}

/// Where the page's texts are, as the page says.
fn words_path(page: &str) -> Result<String> {
    let after = page.split_once("<meta name=\"pharos-words\" content=\"").map(|(_, after)| after);
    let name = after.and_then(|after| after.split('"').next()).context("the page names no texts")?;
    Ok(format!("/assets/{name}"))
}

fn server_binary() -> Result<Artefact> {
    Ok(Artefact {
        name: "release binary",
        raw_bytes: file_bytes(&workspace::release_binary())?,
        gzip_bytes: None,
        brotli_bytes: None,
        budget_bytes: Some(limits::SERVER_BINARY_BYTES_MAX),
    })
}

fn file_bytes(path: &Path) -> Result<u64> {
    let metadata = fs::metadata(path)
        .with_context(|| format!("cannot read {}: run `cargo xtask build` first", path.display()))?;
    Ok(metadata.len())
}

/// Bytes as kilobytes of 1000 bytes with one decimal, rounded up so that a budget is never met by rounding.
fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artefact(brotli_bytes: Option<u64>, budget_bytes: Option<u64>) -> Artefact {
        Artefact { name: "a", raw_bytes: 900, gzip_bytes: None, brotli_bytes, budget_bytes }
    }

    #[test]
    fn a_budget_is_met_at_its_exact_size_and_not_one_byte_above() {
        assert!(artefact(Some(500), Some(500)).is_within());
        assert!(!artefact(Some(501), Some(500)).is_within());
    }

    #[test]
    fn what_is_not_compressed_is_measured_raw() {
        assert!(!artefact(None, Some(899)).is_within());
        assert!(artefact(None, Some(900)).is_within());
    }

    #[test]
    fn kilobytes_round_up() {
        assert_eq!(kilobytes(100_000), "100.0");
        assert_eq!(kilobytes(100_001), "100.1");
        assert_eq!(kilobytes(0), "0.0");
    }
}
