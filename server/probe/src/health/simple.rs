//! The plain document: `{"status":"UP","database":"UP","cache":"DOWN"}`.

use serde_json::Value;

use super::{Reading, meaning};
use crate::outcome::{Outcome, excerpt};

/// Keys that say something about the document and not about a part.
const NOT_PARTS: &[&str] =
    &["status", "version", "time", "timestamp", "release", "releaseid", "description", "uptime"];

/// A `status` in text is enough.
pub fn recognise(_media_type: Option<&str>, document: &Value) -> bool {
    document.get("status").is_some_and(|status| status.is_string() || status.is_boolean())
}

/// Reads it.
pub fn read(document: &Value) -> Option<Reading> {
    let map = document.as_object()?;
    let said = word(map.get("status")?)?;
    let whole = meaning(&said);
    let parts = map.iter().filter(|(name, _)| !NOT_PARTS.contains(&name.to_ascii_lowercase().as_str()));
    let parts = parts.filter_map(|(name, value)| {
        let word = word(value)?;
        let meaning = meaning(&word);
        // A word that is not known is a description rather than a state.
        (meaning != Outcome::Unknown).then(|| (excerpt(name), excerpt(&word), meaning))
    });
    Some(Reading { word: said, whole, parts: parts.collect() })
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(state) => Some(state.to_string()),
        _ => None,
    }
}
