//! `cargo xtask ci`: everything a change must pass, in the order that compiles least.

use std::thread;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::{build, command, console, setup, site, size, test, tidy, workspace};

/// Run everything a change must pass: format, lints, tidy, build, size budgets, tests.
#[derive(clap::Args)]
pub struct Arguments {}

type Step = (&'static str, fn() -> Result<()>);

/// Cheap steps first. Lints and tests share the target directory and its build scripts and macros; the browser half has
/// its own directory, where lints and build use one profile for the same reason.
const STEPS: &[Step] = &[
    ("format", format),
    ("tidy", || tidy::run(&tidy::Arguments {})),
    ("lints of the browser half", lints_of_the_browser_half),
    ("lints", lints),
    ("build", build_beside_tests),
    ("size budgets", || size::run(&size::Arguments { json: false })),
    ("tests", || test::run(&test::Arguments { no_browser: false })),
];

/// Runs every step until one fails, and ends with a table of how long each took.
///
/// # Errors
/// When a step fails.
pub fn run(_: &Arguments) -> Result<()> {
    setup::run(&setup::Arguments {})?;
    let started = Instant::now();
    let mut rows = Vec::new();
    let mut outcome = Ok(());
    for (name, work) in STEPS {
        let step_started = Instant::now();
        outcome = console::step(name, work);
        let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
        rows.push(vec![(*name).to_owned(), console::seconds(step_started.elapsed()), verdict.to_owned()]);
        if outcome.is_err() {
            break;
        }
    }
    rows.push(vec!["all".to_owned(), console::seconds(started.elapsed()), String::new()]);
    println!("\n{}", console::table(&["step", "took", "verdict"], &rows));
    outcome
}

/// The last minutes of the server's build are one thread's: beside it the tests are compiled, which carry the browser half too.
fn build_beside_tests() -> Result<()> {
    setup::wasm_target()?;
    site::build()?;
    thread::scope(|scope| {
        let tests = scope.spawn(test::compile);
        build::run(&build::Arguments { dev: false })?;
        tests.join().unwrap_or_else(|_| bail!("the compilation of the tests broke off"))
    })
}

fn format() -> Result<()> {
    command::run(workspace::cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    for packages in test::HOST_PACKAGES {
        command::run(workspace::cargo().arg("clippy").args(packages).args([
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))?;
    }
    Ok(())
}

fn lints_of_the_browser_half() -> Result<()> {
    command::run(
        workspace::cargo()
            .arg("clippy")
            .args(site::BROWSER_HALF)
            .arg("--target-dir")
            .arg(workspace::wasm_target_dir())
            .args(["--", "--deny", "warnings"]),
    )
}
