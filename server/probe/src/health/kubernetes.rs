//! Kubernetes, as `readyz?verbose` writes it: lines as `[+]etcd ok` and `[-]etcd failed: reason withheld`.

use super::reading::{Document, Reading, part_at};
use crate::outcome::{Outcome, Part};

fn part(line: &str) -> Option<Part> {
    let (rest, outcome) = match (line.strip_prefix("[+]"), line.strip_prefix("[-]")) {
        (Some(rest), _) => (rest, Outcome::Good),
        (_, Some(rest)) => (rest, Outcome::Down),
        _ => return None,
    };
    let (name, word) = rest.split_once(' ')?;
    Some(part_at("", name, (word, outcome)))
}

/// Its first line is one of a check.
pub fn recognise(document: &Document<'_>) -> bool {
    document.text.lines().next().is_some_and(|line| part(line).is_some())
}

/// Reads it. Its last line says how the whole is; without one it was cut off.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let parts = document.text.lines().filter_map(part).collect();
    let last = document.text.lines().rev().find(|line| !line.trim().is_empty())?;
    let whole = match last.rsplit_once(" check ") {
        Some((_, "passed")) => Outcome::Good,
        Some((_, "failed")) => Outcome::Down,
        _ => Outcome::Unknown,
    };
    Some(Reading::new((last, whole), parts))
}
