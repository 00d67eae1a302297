//! The plain document: `{"status":"UP","database":"UP","cache":"DOWN"}`, and what others make of it: parts of parts, and lists of them.

use serde_json::{Map, Value};

use super::reading::{Document, Reading, joined, part_at, said};
use crate::outcome::{Outcome, Part};

/// Keys that say something about the document and not about a part.
const NOT_PARTS: &[&str] =
    &["status", "version", "time", "timestamp", "release", "releaseid", "description", "uptime"];
/// Keys under which parts stand and nothing else. Elsewhere `true` and `false` say how something is set as often as how it is.
const OF_PARTS: &[&str] = &["checks", "components", "dependencies", "details", "services"];
/// Keys that name an item of a list. One without a name is called by its place.
const NAMES: [&str; 2] = ["name", "id"];

/// A `status` in text is enough.
pub fn recognise(document: &Document<'_>) -> bool {
    document.json.get("status").is_some_and(|status| word(status).is_some())
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let map = document.json.as_object()?;
    let word = word(map.get("status")?)?;
    let mut parts = Vec::new();
    read_parts(map, ("", true), &mut parts);
    Some(Reading::new(said(word), parts))
}

/// Reads what stands in an object at the path `above`, where `true` and `false` may be words.
fn read_parts(map: &Map<String, Value>, (above, has_switches): (&str, bool), parts: &mut Vec<Part>) {
    for (name, value) in map.iter().filter(|(name, _)| !NOT_PARTS.contains(&&*name.to_ascii_lowercase())) {
        match value {
            Value::Object(inner) => read_part(name, inner, above, parts),
            Value::Array(items) => {
                let above = joined(above, name);
                for (index, item) in items.iter().enumerate() {
                    let Some(item) = item.as_object() else { continue };
                    let name = NAMES.iter().find_map(|key| item.get(*key)?.as_str());
                    let place = (index + 1).to_string();
                    read_part(name.unwrap_or(&place), item, &above, parts);
                }
            }
            // A word that is not known is a description rather than a state.
            _ => {
                let known = word(value).map(said).filter(|(_, outcome)| *outcome != Outcome::Unknown);
                let is_switch = |word: &str| ["true", "false"].contains(&&*word.to_ascii_lowercase());
                if let Some(known) = known.filter(|(word, _)| has_switches || !is_switch(word)) {
                    parts.push(part_at(above, name, known));
                }
            }
        }
    }
}

/// Reads an object with what stands in it. One that says nothing of itself is no part, but may hold some.
fn read_part(name: &str, inner: &Map<String, Value>, above: &str, parts: &mut Vec<Part>) {
    let said_of_itself = inner.get("status").and_then(word);
    if let Some(word) = said_of_itself {
        parts.push(part_at(above, name, said(word)));
    }
    let has_switches = said_of_itself.is_some() || OF_PARTS.contains(&&*name.to_ascii_lowercase());
    read_parts(inner, (&joined(above, name), has_switches), parts);
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => None,
    }
}
