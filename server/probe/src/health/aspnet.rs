//! ASP.NET Core, as its UI client writes it: `{"status":"Healthy","totalDuration":"…","entries":{"db":{"status":"Healthy"}}}`.

use super::reading::{Document, Reading, part_at, said, text_at};

/// Entries by name.
pub fn recognise(document: &Document<'_>) -> bool {
    document.word("status").is_some() && document.map("entries").is_some()
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let entries = document.map("entries")?.iter();
    let parts = entries.filter_map(|(name, entry)| Some(part_at("", name, said(text_at(entry, "status")?))));
    Some(Reading::new(said(document.word("status")?), parts.collect()))
}
