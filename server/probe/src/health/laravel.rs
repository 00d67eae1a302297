//! `spatie/laravel-health`: `{"finishedAt":1700000000,"checkResults":[{"name":"Database","status":"ok"}]}`. It answers 200 whatever it finds.

use serde_json::Value;

use super::reading::{Document, Reading, part_at, text_at};
use crate::limits::DOCUMENT_AGE_S_MAX;
use crate::outcome::Outcome;

/// A list of results.
pub fn recognise(document: &Document<'_>) -> bool {
    document.json.get("checkResults").is_some_and(Value::is_array)
}

/// Reads it. Results that are old say nothing of now.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let results = document.json.get("checkResults")?.as_array()?.iter();
    let part = |result: &Value| Some(part_at("", text_at(result, "name")?, said(text_at(result, "status")?)));
    let mut reading = Reading::of_parts(results.filter_map(part).collect());
    let finished_s = document.json.get("finishedAt").and_then(Value::as_i64);
    if finished_s.is_some_and(|at| document.now_s.saturating_sub(at) > DOCUMENT_AGE_S_MAX) {
        reading.parts.iter_mut().for_each(|part| part.outcome = Outcome::Unknown);
        (reading.whole, reading.of_parts) = (Outcome::Unknown, false);
        "unknown: the results are of long ago".clone_into(&mut reading.word);
    }
    Some(reading)
}

fn said(word: &str) -> (&str, Outcome) {
    let outcome = match word {
        "ok" => Outcome::Good,
        "warning" => Outcome::Degraded,
        "failed" | "crashed" => Outcome::Down,
        _ => Outcome::Unknown,
    };
    (word, outcome)
}
