//! NestJS Terminus and `godaddy/terminus`: `{"status":"error","info":{…},"error":{…},"details":{"db":{"status":"down"}}}`.

use super::reading::{Document, Reading, part_at, said, text_at};
use crate::outcome::Outcome;

/// What is well, what is not, or all of it under one of its words.
pub fn recognise(document: &Document<'_>) -> bool {
    let word = document.word("status");
    let parts = ["info", "error", "details"].iter().any(|key| document.map(key).is_some());
    parts && word.is_some_and(|word| ["ok", "error", "shutting_down"].contains(&word))
}

/// Reads it. A part without a word of its own is well, unless it stands under `error`.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let failed = document.map("error");
    let (all, well) = (document.map("details"), document.map("info"));
    // Without all of it under one key, what is well and what is not stand apart.
    let named = all.into_iter().chain([well, failed].into_iter().flatten().filter(|_| all.is_none()));
    let parts = named.flatten().map(|(name, part)| {
        let is_failed = failed.is_some_and(|failed| failed.contains_key(name));
        let silent = if is_failed { ("error", Outcome::Down) } else { ("ok", Outcome::Good) };
        part_at("", name, text_at(part, "status").map_or(silent, said))
    });
    let reading = Reading::new(said(document.word("status")?), parts.collect());
    Some(reading.partial_if_any_is_well())
}
