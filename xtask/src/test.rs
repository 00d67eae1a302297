//! `cargo xtask test`: every test there is, against the code and against the real binary.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::Outcome;
use crate::{build, command, console, drill, limits, setup, simulate, workspace};

/// Run every test: unit and integration, black-box tests and drills of the release binary, simulated lives, the browser.
#[derive(clap::Args)]
pub struct Arguments {
    /// Leave the browser tests out, and with them Node and Chromium
    #[arg(long)]
    pub no_browser: bool,
}

/// Simulated lives in one run of all tests, and how long each is.
const SEEDS: u64 = 300;
const DAYS: u32 = 10;

/// Runs every test and ends with the runners' own summaries.
///
/// # Errors
/// When any test fails, or something the tests need cannot be built or installed.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.no_browser {
        setup::browser()?;
    }
    setup::servers()?;
    setup::databases()?;
    setup::proxies()?;
    let tools = [
        ("SCHEMATHESIS", setup::schemathesis()?),
        ("MOTO_SERVER", setup::moto()?),
        ("PHAROS_CLIENTS", setup::clients()?),
    ];
    build::run(&build::Arguments { dev: false })?;
    let mut outcomes = vec![("simulated lives", simulate::check(0..SEEDS, DAYS)?)];
    outcomes.push(("drills", console::step("drills", drill::check)?));
    for packages in HOST_PACKAGES {
        outcomes.push(("cargo test", cargo_test(packages, &tools)?));
    }
    if !arguments.no_browser {
        outcomes.push(("browser tests", playwright()?));
        outcomes.push((
            "the drill in the browser",
            console::step("the drill in the browser", drill::check_in_browser)?,
        ));
    }
    print_summaries(&outcomes);
    verdict(&outcomes)
}

/// The workspace in two parts. xtask stands alone so that its dependencies keep the features `cargo xtask` has built
/// them with; all others go together so that each dependency is compiled once. `hydrate` is never among them.
pub const HOST_PACKAGES: [&[&str]; 2] =
    [&["--workspace", "--exclude", "xtask", "--features", "pharos-app/ssr"], &["--package", "xtask"]];

/// Compiles every test of the code and runs none.
///
/// # Errors
/// When one does not compile.
pub fn compile() -> Result<()> {
    for packages in HOST_PACKAGES {
        command::run(workspace::cargo().args(["test", "--no-run", "--quiet"]).args(packages))?;
    }
    Ok(())
}

fn cargo_test(packages: &[&str], tools: &[(&str, PathBuf)]) -> Result<Outcome> {
    console::step(&format!("cargo test {}", packages.join(" ")), || {
        let mut cargo = workspace::cargo();
        cargo
            .args(["test", "--no-fail-fast"])
            .args(packages)
            .env("PHAROS_BIN", workspace::release_binary())
            .envs(tools.iter().map(|(name, path)| (name, path)));
        command::run_keeping_summary(&mut cargo, is_cargo_summary)
    })
}

fn playwright() -> Result<Outcome> {
    console::step("browser tests", || {
        let mut node = Command::new("node");
        node.args(["node_modules/@playwright/test/cli.js", "test"])
            .current_dir(workspace::browser_tests_dir())
            .env("PHAROS_BIN", workspace::release_binary())
            .env("CHROMIUM", setup::chromium())
            .env("CARGO_TARGET_DIR", workspace::target_dir());
        command::run_keeping_summary(&mut node, is_playwright_summary)
    })
}

/// Cargo's own words for what one test binary did. Binaries without tests are left out.
fn is_cargo_summary(line: &str) -> bool {
    line.starts_with("test result: ") && !line.contains(" 0 passed; 0 failed; 0 ignored;")
}

/// Playwright's own words: `12 passed (3.4s)`, `1 failed`, and the like.
fn is_playwright_summary(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let starts_with_count = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
    starts_with_count
        && words.next().is_some_and(|word| ["passed", "failed", "flaky", "skipped", "did"].contains(&word))
}

/// Repeats every summary at the end of the output, where a reader looks first.
fn print_summaries(outcomes: &[(&str, Outcome)]) {
    println!();
    console::say("summary");
    for (runner, outcome) in outcomes {
        for line in outcome.summary.iter().take(limits::SUMMARY_LINES_MAX) {
            println!("{runner}: {line}");
        }
    }
}

fn verdict(outcomes: &[(&str, Outcome)]) -> Result<()> {
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, outcome)| !outcome.passed).map(|(runner, _)| *runner).collect();
    if !failed.is_empty() {
        bail!("tests failed: {}", failed.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_summaries_are_recognised() {
        assert!(is_cargo_summary(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"
        ));
        assert!(!is_cargo_summary(
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"
        ));
        assert!(!is_cargo_summary("test result_lines ... ok"));
    }

    #[test]
    fn playwright_summaries_are_recognised() {
        assert!(is_playwright_summary("  12 passed (3.4s)"));
        assert!(is_playwright_summary("  1 failed"));
        assert!(is_playwright_summary("  2 did not run"));
        assert!(!is_playwright_summary("  1 [wasm] first.spec.mjs passed"));
    }

    #[test]
    fn a_failed_runner_fails_the_whole() {
        let outcomes = [("cargo test", Outcome { passed: false, summary: Vec::new() })];
        let error = verdict(&outcomes).map_err(|error| error.to_string());
        assert_eq!(error, Err("tests failed: cargo test".to_owned()));
    }
}
