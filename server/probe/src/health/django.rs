//! `django-health-check`: `{"DatabaseBackend":"working","Cache":"unavailable: …"}`.

use super::reading::{Document, Reading, part_at};
use crate::outcome::Outcome;

/// How what is not working begins.
const FAILURES: [&str; 3] = ["unavailable", "unexpected", "unknown error"];

fn outcome(word: &str) -> Option<Outcome> {
    let word = word.to_ascii_lowercase();
    if word == "working" {
        return Some(Outcome::Good);
    }
    if word.starts_with("warning") {
        return Some(Outcome::Degraded);
    }
    FAILURES.iter().any(|failure| word.starts_with(failure)).then_some(Outcome::Down)
}

/// Nothing but names, each with one of its words.
pub fn recognise(document: &Document<'_>) -> bool {
    let is_known = |map: &serde_json::Map<_, serde_json::Value>| {
        !map.is_empty() && map.values().all(|value| value.as_str().and_then(outcome).is_some())
    };
    document.json.as_object().is_some_and(is_known)
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let entries = document.json.as_object()?.iter();
    let part = |(name, value): (&String, &serde_json::Value)| {
        let word = value.as_str()?;
        Some(part_at("", name, (word, outcome(word)?)))
    };
    Some(Reading::of_parts(entries.filter_map(part).collect()))
}
