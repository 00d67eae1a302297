//! `application/health+json`, after draft-inadarei-api-health-check-06.

use serde_json::Value;

use super::reading::{Document, Reading, joined, part_at, said, text_at};

/// The media type says it, or the shape of `checks`.
pub fn recognise(document: &Document<'_>) -> bool {
    let shaped = || document.map("checks").is_some_and(|checks| checks.values().all(Value::is_array));
    document.word("status").is_some() && (document.is("application/health+json") || shaped())
}

/// Reads it: each check with the worst of its entries, and each entry that has a name of its own.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let word = document.word("status")?;
    let mut parts = Vec::new();
    for (name, entries) in document.map("checks").into_iter().flatten() {
        // Some write the one entry without a list around it.
        let entries = entries.as_array().map_or(std::slice::from_ref(entries), Vec::as_slice);
        let words = entries.iter().filter_map(|entry| text_at(entry, "status"));
        let Some(worst) = words.map(said).max_by_key(|(_, outcome)| outcome.severity()) else { continue };
        parts.push(part_at("", name, worst));
        if entries.len() > 1 {
            let above = joined("", name);
            let named = entries
                .iter()
                .filter_map(|entry| Some((text_at(entry, "componentId")?, text_at(entry, "status")?)));
            parts.extend(named.map(|(id, word)| part_at(&above, id, said(word))));
        }
    }
    Some(Reading::new(said(word), parts))
}
