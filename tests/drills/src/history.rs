//! What drills found whenever they were recorded, in `tests/drills/HISTORY.jsonl`, a line for each, the oldest first; and what has become
//! worse since.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};

use anyhow::{Context, Result};
use pharos_measure::machine::machine;
use serde_json::{Value, json};

use crate::report::Report;
use crate::workspace;

/// How many times as bad a figure must be to be a finding, although it keeps to its bar.
const WORSE: f64 = 1.2;

/// Appends what was found now. Tells what has become worse by more than a fifth since the same drill was recorded last on such a machine.
///
/// # Errors
/// When the file cannot be read or written.
pub fn append(report: &Report, stamp: &str) -> Result<Vec<String>> {
    let path = workspace::results().with_file_name("HISTORY.jsonl");
    let before = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mut now: Value = serde_json::from_str(&report.json())?;
    now["recorded"] = json!(stamp);
    now["machine"] = json!(machine());
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    writeln!(file, "{now}").with_context(|| format!("cannot write {}", path.display()))?;
    let lines = before.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let same =
        |line: &Value| ["drill", "rounds", "machine"].iter().all(|field| line.get(field) == now.get(field));
    Ok(lines.into_iter().find(same).map_or_else(Vec::new, |last| worse(&last, &now)))
}

/// The figures with a bar that have become worse by more than a fifth, in words.
fn worse(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, bar) in now["bar"].as_object().into_iter().flatten() {
        let figure = |of: &Value| of["figures"][name].as_f64();
        let (Some(was), Some(is)) = (figure(before), figure(now)) else { continue };
        let is_worse = if bar.get("at_least").is_some() { is * WORSE < was } else { is > was * WORSE };
        if is_worse {
            let when = before["recorded"].as_str().unwrap_or_default();
            found.push(format!("{name} was {was} at {when} and is {is}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_worse_by_more_than_a_fifth_is_told_although_it_keeps_to_its_bar() {
        let found = |stop_s: f64, heard: f64| {
            json!({ "recorded": "c0ffee", "figures": { "stop_s": stop_s, "heard": heard, "note": stop_s },
                "bar": { "stop_s": { "at_most": 11.0 }, "heard": { "at_least": 1.0 } } })
        };
        assert_eq!(worse(&found(5.0, 12.0), &found(6.0, 10.0)), Vec::<String>::new());
        let told = worse(&found(5.0, 12.0), &found(6.1, 9.0));
        assert_eq!(told, ["heard was 12 at c0ffee and is 9", "stop_s was 5 at c0ffee and is 6.1"]);
    }
}
