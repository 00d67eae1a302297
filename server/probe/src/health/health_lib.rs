//! `alexliesenfeld/health`: `{"status":"up","details":{"database":{"status":"up","timestamp":"…"}}}`.

use serde_json::{Map, Value};

use super::reading::{Document, Reading, part_at, said, text_at};

const WORDS: [&str; 3] = ["up", "down", "unknown"];

fn word_of(value: &Value) -> Option<&str> {
    text_at(value, "status").filter(|word| WORDS.contains(word))
}

/// Its words, in small letters, for the whole and for every detail.
pub fn recognise(document: &Document<'_>) -> bool {
    let is_known = |details: &Map<String, Value>| details.values().all(|detail| word_of(detail).is_some());
    word_of(document.json).is_some() && document.map("details").is_some_and(is_known)
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let details = document.map("details")?.iter();
    let parts = details.filter_map(|(name, detail)| Some(part_at("", name, said(word_of(detail)?))));
    Some(Reading::new(said(word_of(document.json)?), parts.collect()))
}
