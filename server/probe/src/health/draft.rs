//! `application/health+json`, after draft-inadarei-api-health-check-06.

use serde_json::Value;

use super::{Reading, meaning};
use crate::outcome::{Outcome, excerpt};

/// The media type says it, or the shape of `checks`.
pub fn recognise(media_type: Option<&str>, document: &Value) -> bool {
    let named = media_type
        .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("application/health+json"));
    let shaped = || {
        let checks = document.get("checks").and_then(Value::as_object);
        checks.is_some_and(|checks| checks.values().all(Value::is_array))
    };
    document.get("status").is_some_and(Value::is_string) && (named || shaped())
}

/// Reads it: each check with the worst of its entries.
pub fn read(document: &Value) -> Option<Reading> {
    let word = document.get("status")?.as_str()?.to_owned();
    let whole = meaning(&word);
    let checks = document.get("checks").and_then(Value::as_object);
    let parts = checks.into_iter().flatten().filter_map(|(name, entries)| {
        let words = entries.as_array()?.iter().filter_map(|entry| entry.get("status")?.as_str());
        let worst = words.max_by_key(|word| rank(meaning(word)))?;
        Some((excerpt(name), excerpt(worst), meaning(worst)))
    });
    Some(Reading { word, whole, parts: parts.collect() })
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Good => 0,
        Outcome::Maintenance => 1,
        Outcome::Unknown => 2,
        Outcome::Degraded => 3,
        Outcome::Partial => 4,
        Outcome::Down => 5,
    }
}
