//! Writes what was measured into `tests/bench/README.md`, between its markers, and leaves the prose around it alone.

use std::fs;

use anyhow::{Context, Result, bail};

use pharos_measure::machine::{machine, stamp};

use super::report::{Figure, Report};
use crate::workspace;

const BEGIN: &str = "<!-- measured: written by `cargo xtask bench --record`, do not edit -->";
const END: &str = "<!-- end of what was measured -->";
const HEADING: &str = "| `cargo xtask bench` … | figure | measured | budget | verdict | commit, date |\n| --- | --- | --- | --- | --- | --- |\n";

/// Replaces the rows of the measurements in `reports`; those of the others stay, in the order of `names`.
///
/// # Errors
/// When the file cannot be read or written, or has lost its markers.
pub fn write(reports: &[Report], names: &[&str]) -> Result<()> {
    let path = workspace::root().join("tests").join("bench").join("README.md");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let written = rewrite(&text, reports, names, &stamp(&workspace::root())?, &machine())?;
    fs::write(&path, written).with_context(|| format!("cannot write {}", path.display()))
}

fn rewrite(text: &str, reports: &[Report], names: &[&str], stamp: &str, machine: &str) -> Result<String> {
    let (Some((before, rest)), true) = (text.split_once(BEGIN), text.contains(END)) else {
        bail!("tests/bench/README.md has lost its markers: it needs a line `{BEGIN}` and a line `{END}`");
    };
    let (old, after) = rest.split_once(END).context("the markers stand in the wrong order")?;
    let mut rows = String::new();
    for name in names {
        if let Some(report) = reports.iter().find(|report| report.name == *name) {
            rows.push_str(&rows_of(report, stamp));
            continue;
        }
        for line in old.lines().filter(|line| line.starts_with(&format!("| {name} |"))) {
            rows.push_str(line);
            rows.push('\n');
        }
    }
    Ok(format!("{before}{BEGIN}\n\nMachine: {machine}.\n\n{HEADING}{rows}\n{END}{after}"))
}

fn rows_of(report: &Report, stamp: &str) -> String {
    let row = |figure: &Figure| {
        let [title, measured, unit, budget, verdict] = figure.cells();
        let with_unit =
            |text: String| if unit.is_empty() || text.is_empty() { text } else { format!("{text} {unit}") };
        let (measured, budget) = (with_unit(measured), with_unit(budget));
        format!("| {} | {title} | {measured} | {budget} | {verdict} | {stamp} |\n", report.name)
    };
    report.figures.iter().map(row).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::Budget;

    fn page(ratio: f64) -> Report {
        let mut report = Report::new("page");
        report.add("ratio", "Requests a second, of nginx's", "×", ratio, Budget::AtLeast(1.3));
        report
    }

    fn file(rows: &str) -> String {
        format!("Before.\n{BEGIN}\n{rows}{END}\nAfter.\n")
    }

    #[test]
    fn what_was_measured_is_replaced_and_everything_else_stays() {
        let old =
            file("| page | old | 1 × | | | a, b |\n| visit | FCP | 900 ms | | | a, b |\n| gone | x |\n");
        let new = rewrite(&old, &[page(1.5)], &["visit", "page"], "abc, today", "A machine").unwrap();
        assert!(new.starts_with("Before.\n") && new.ends_with("After.\n"));
        assert!(new.contains("| visit | FCP | 900 ms | | | a, b |\n| page | Requests a second, of nginx's | 1.50 × | ≥ 1.30 × | within | abc, today |\n"), "{new}");
        assert!(!new.contains("old") && !new.contains("gone"));
        assert!(new.contains("Machine: A machine."));
    }

    #[test]
    fn recording_twice_is_recording_once() {
        let once = rewrite(&file(""), &[page(1.5)], &["page"], "s", "m").unwrap();
        assert_eq!(rewrite(&once, &[page(1.5)], &["page"], "s", "m").unwrap(), once);
    }

    #[test]
    fn a_file_without_markers_is_left_alone() {
        assert!(rewrite("Nothing.", &[page(1.5)], &["page"], "s", "m").is_err());
    }

    #[test]
    fn the_file_of_the_repository_has_its_markers() {
        let path = workspace::root().join("tests").join("bench").join("README.md");
        assert!(rewrite(&fs::read_to_string(path).unwrap(), &[], &[], "s", "m").is_ok());
    }
}
