//! `restore`: a full archive read into an empty place, and how far the archive of a busy server is behind.

use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::process::{self, Program};
use super::report::{Budget, Report};
use super::stage::Stage;
use super::{console, limits, proc_stat};

/// Measures.
///
/// # Errors
/// When something cannot be started, written or restored.
pub fn run(stage: &Stage) -> Result<Report> {
    let mut report = Report::new("restore");
    let (entries, samples) = if stage.is_quick { (10_000, 100_000) } else { (1_000_000, 10_000_000) };
    let (data, place) = (stage.fresh("full"), stage.fresh("archive"));
    console::step(&format!("filling a store with {entries} entries and {samples} observations"), || {
        let (entries, samples) = (entries.to_string(), samples.to_string());
        let folder = data.to_string_lossy();
        let mut program =
            stage.load(&["filled", "--data", &folder, "--entries", &entries, "--samples", &samples])?;
        program.line(limits::FILL_WAIT_MAX)?;
        program.stop()
    })?;
    let (seconds, _) =
        ran(stage, &["backup", "--to", &place.to_string_lossy(), "--data", &data.to_string_lossy()])?;
    report.note("backup_s", "the same, archived at once", "s", seconds);
    for _ in 0..stage.rounds.min(limits::RESTORE_ROUNDS_MAX) {
        let empty = stage.fresh("restored");
        let words = ["restore", "--from", &place.to_string_lossy(), "--data", &empty.to_string_lossy()];
        let (seconds, peak) = ran(stage, &words)?;
        let title = "a million entries and ten million observations into an empty place";
        report.add("restore_s", title, "s", seconds, Budget::AtMost(limits::RESTORE_S_MAX));
        let most = Budget::AtMost(limits::RESTORE_MIB_MAX);
        report.add("restore_mib", "memory that this takes at most", "MiB", peak / 1_048_576.0, most);
        std::fs::remove_dir_all(&empty).with_context(|| format!("cannot remove {}", empty.display()))?;
    }
    Ok(report)
}

/// Runs a command of the binary to its end; returns how long it took and the most memory it had.
fn ran(stage: &Stage, words: &[&str]) -> Result<(f64, f64)> {
    let mut command: Command = process::leashed(stage.pharos());
    let started = Instant::now();
    let mut program = Program::start(command.args(words), stage.fresh("command.log"))?;
    let mut peak = 0.0;
    while program.is_running() {
        if let Ok(bytes) = proc_stat::resident_bytes_peak(program.pid()) {
            peak = f64::max(peak, bytes);
        }
        ensure!(started.elapsed() < limits::FILL_WAIT_MAX, "{} does not end: {}", words[0], program.log());
        thread::sleep(limits::MEMORY_PAUSE);
    }
    let seconds = started.elapsed().as_secs_f64();
    let log = program.log();
    let said = program.line(limits::LINE_WAIT_MAX).with_context(|| log)?;
    ensure!(said.contains(" entries"), "{} said {said}", words[0]);
    Ok((seconds, peak))
}
