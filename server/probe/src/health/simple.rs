//! The plain document: `{"status":"UP","database":"UP","cache":"DOWN"}`.

use serde_json::{Map, Value};

use super::reading::{Document, Reading, joined, meaning, part_at, said};
use crate::outcome::{Outcome, Part};

/// Keys that say something about the document and not about a part.
const NOT_PARTS: &[&str] =
    &["status", "version", "time", "timestamp", "release", "releaseid", "description", "uptime"];

/// A `status` in text is enough.
pub fn recognise(document: &Document<'_>) -> bool {
    document.json.get("status").is_some_and(|status| word(status).is_some())
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let map = document.json.as_object()?;
    let word = word(map.get("status")?)?;
    let mut parts = Vec::new();
    read_parts(map, "", &mut parts);
    Some(Reading::new(said(word), parts))
}

fn read_parts(map: &Map<String, Value>, above: &str, parts: &mut Vec<Part>) {
    for (name, value) in map.iter().filter(|(name, _)| !NOT_PARTS.contains(&&*name.to_ascii_lowercase())) {
        let inner = value.as_object();
        let said = word(inner.and_then(|inner| inner.get("status")).unwrap_or(value));
        // A word that is not known is a description rather than a state, but where it is called a status.
        let known = said.map(|word| (word, meaning(word)));
        if let Some(known) = known.filter(|(_, outcome)| inner.is_some() || *outcome != Outcome::Unknown) {
            parts.push(part_at(above, name, known));
            if let Some(inner) = inner {
                read_parts(inner, &joined(above, name), parts);
            }
        }
    }
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => None,
    }
}
