//! Writes what a drill found into `tests/drills/RESULTS.md`, a row for each drill, and leaves the prose around it alone.

use std::fs;

use anyhow::{Context, Result, bail};

use pharos_measure::machine::machine;

use crate::report::Report;
use crate::{DRILLS, history, workspace};

const BEGIN: &str = "<!-- found: written by `cargo xtask drill all` and `--record`, do not edit -->";
const END: &str = "<!-- end of what was found -->";
const HEADING: &str = "| command | seed | rounds | figures | bar | verdict | commit, date |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// Replaces the row of the drill; those of the others stay. What it was before stays in the history, and what has become much worse is told. `stamp` tells of which commit and day it is.
///
/// # Errors
/// When the file cannot be read or written, or has lost its markers.
pub fn write(report: &Report, stamp: &str) -> Result<()> {
    let path = workspace::results();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let names: Vec<&str> = DRILLS.iter().map(|drill| drill.name).collect();
    let written = rewrite(&text, report, &names, stamp, &machine())?;
    fs::write(&path, written).with_context(|| format!("cannot write {}", path.display()))?;
    for finding in history::append(report, stamp)? {
        eprintln!("drill: worse than before: {}: {finding}", report.drill());
    }
    Ok(())
}

fn rewrite(text: &str, report: &Report, names: &[&str], stamp: &str, machine: &str) -> Result<String> {
    let (Some((before, rest)), true) = (text.split_once(BEGIN), text.contains(END)) else {
        bail!("tests/drills/RESULTS.md has lost its markers: it needs a line `{BEGIN}` and a line `{END}`");
    };
    let (old, after) = rest.split_once(END).context("the markers stand in the wrong order")?;
    let mut rows = String::new();
    for name in names {
        if *name == report.drill() {
            rows.push_str(&row(report, stamp));
            continue;
        }
        for line in old.lines().filter(|line| line.starts_with(&format!("| `cargo xtask drill {name}`"))) {
            rows.push_str(line);
            rows.push('\n');
        }
    }
    Ok(format!("{before}{BEGIN}\n\nMachine: {machine}.\n\n{HEADING}{rows}\n{END}{after}"))
}

fn row(report: &Report, stamp: &str) -> String {
    let (figures, bars): (Vec<String>, Vec<String>) = report.cells().into_iter().unzip();
    let bars: Vec<&str> = bars.iter().map(|bar| if bar.is_empty() { "–" } else { bar }).collect();
    let (seed, rounds) = report.size();
    let verdict = if report.passes() { "passed" } else { "FAILED" };
    format!(
        "| `cargo xtask drill {}` | {seed} | {rounds} | {} | {} | {verdict} | {stamp} |\n",
        report.drill(),
        figures.join("<br>"),
        bars.join("<br>")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::Play;

    fn report(drill: &'static str, mismatches: u64) -> Report {
        let mut report = Report::default();
        report.none("mismatches", "mismatches", mismatches);
        report.note("looks", "looks", "", 7.0);
        report.name(drill, &Play::of_seed(5, 9, None));
        report
    }

    #[test]
    fn a_drill_that_is_held_again_has_its_row_replaced_and_the_others_stay() {
        let file = format!("Before.\n{BEGIN}\n{END}\nAfter.\n");
        let names = ["a", "b"];
        let one = rewrite(&file, &report("b", 2), &names, "s", "m").unwrap();
        let two = rewrite(&one, &report("a", 0), &names, "s", "m").unwrap();
        let three = rewrite(&two, &report("b", 0), &names, "t", "m").unwrap();
        let rows: Vec<&str> = three.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `cargo xtask drill a` | 5 | 9 | mismatches: 0<br>looks: 7 | ≤ 0<br>– | passed | s |",
                "| `cargo xtask drill b` | 5 | 9 | mismatches: 0<br>looks: 7 | ≤ 0<br>– | passed | t |",
            ]
        );
        assert!(three.starts_with("Before.\n") && three.ends_with("After.\n"));
        assert!(one.contains("FAILED") && !three.contains("FAILED"));
    }

    #[test]
    fn the_file_of_the_repository_has_its_markers() {
        let path = workspace::results();
        assert!(rewrite(&fs::read_to_string(path).unwrap(), &report("a", 0), &["a"], "s", "m").is_ok());
    }
}
