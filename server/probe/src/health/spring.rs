//! Spring Boot Actuator: `{"status":"UP","components":{"db":{"status":"UP","details":{…}}}}`.

use serde_json::{Map, Value};

use super::reading::{Document, Reading, joined, part_at, text_at};
use crate::outcome::{Outcome, Part};

/// Components by name, or the details of versions before 2.2, with words in capitals.
pub fn recognise(document: &Document<'_>) -> bool {
    let is_spring = |parts: &Map<String, Value>| {
        let mut words = parts.values().map(|part| text_at(part, "status"));
        !parts.is_empty() && words.all(|word| word.is_some_and(is_capital))
    };
    let parts = document.map("components").or_else(|| document.map("details"));
    let groups = document.json.get("groups").is_some_and(Value::is_array);
    document.word("status").is_some_and(is_capital) && (groups || parts.is_some_and(is_spring))
}

fn is_capital(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-')
}

/// Reads it with the components of components.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let word = document.word("status")?;
    let mut parts = Vec::new();
    read_parts(document.json, "", &mut parts);
    Some(Reading::new(said(word), parts))
}

fn read_parts(value: &Value, above: &str, parts: &mut Vec<Part>) {
    let inner = ["components", "details"].iter().find_map(|key| value.get(*key)?.as_object());
    for (name, part) in inner.into_iter().flatten() {
        let Some(word) = text_at(part, "status") else { continue };
        parts.push(part_at(above, name, said(word)));
        read_parts(part, &joined(above, name), parts);
    }
}

/// A word that is none of Spring's own stands for something in between.
fn said(word: &str) -> (&str, Outcome) {
    let outcome = match word {
        "UP" => Outcome::Good,
        "DOWN" => Outcome::Down,
        "OUT_OF_SERVICE" => Outcome::Maintenance,
        "UNKNOWN" => Outcome::Unknown,
        _ => Outcome::Degraded,
    };
    (word, outcome)
}
