//! MicroProfile Health, and Quarkus: `{"status":"UP","checks":[{"name":"db","status":"UP"}]}`.

use serde_json::Value;

use super::reading::{Document, Reading, part_at, said, text_at};

/// A list of checks with names.
pub fn recognise(document: &Document<'_>) -> bool {
    let checks = document.json.get("checks").and_then(Value::as_array);
    let named = |check: &Value| text_at(check, "name").is_some() && text_at(check, "status").is_some();
    document.word("status").is_some() && checks.is_some_and(|checks| checks.iter().all(named))
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let checks = document.json.get("checks")?.as_array()?.iter();
    let parts = checks
        .filter_map(|check| Some(part_at("", text_at(check, "name")?, said(text_at(check, "status")?))));
    Some(Reading::new(said(document.word("status")?), parts.collect()))
}
