//! `hellofresh/health-go`: `{"status":"Partially Available","failures":{"redis":"…"},"system":{…}}`.

use super::reading::{Document, Reading, part_at};
use crate::outcome::Outcome;

fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "OK" => Outcome::Good,
        "Partially Available" => Outcome::Partial,
        "Unavailable" => Outcome::Down,
        "Timeout during health check" => Outcome::Degraded,
        _ => return None,
    })
}

/// One of its words, with what it says of the process.
pub fn recognise(document: &Document<'_>) -> bool {
    let more = ["failures", "system", "component"].iter().any(|key| document.map(key).is_some());
    more && document.word("status").and_then(outcome).is_some()
}

/// Reads it. Only what fails has a name.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let word = document.word("status")?;
    let failures = document.map("failures").into_iter().flatten();
    let parts =
        failures.map(|(name, why)| part_at("", name, (why.as_str().unwrap_or("failed"), Outcome::Down)));
    Some(Reading::new((word, outcome(word)?), parts.collect()))
}
