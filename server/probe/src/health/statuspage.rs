//! A supplier's own status page, in Statuspage's format: `{"page":{…},"status":{"indicator":"none"},"components":[…]}`.

use serde_json::Value;

use super::reading::{Document, Reading, joined, part_at, text_at};
use crate::outcome::Outcome;

/// A page with an indicator.
pub fn recognise(document: &Document<'_>) -> bool {
    let indicator = document.json.get("status").and_then(|status| text_at(status, "indicator"));
    document.map("page").is_some() && indicator.is_some()
}

/// Reads it, groups with their members. A green banner over an open incident is not believed.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let word = text_at(document.json.get("status")?, "indicator")?;
    let list = |key: &str| document.json.get(key).and_then(Value::as_array).into_iter().flatten();
    let group_of = |id: &str| list("components").find(|group| text_at(group, "id") == Some(id));
    let parts = list("components").filter_map(|component| {
        let (name, status) = (text_at(component, "name")?, text_at(component, "status")?);
        let group =
            text_at(component, "group_id").and_then(group_of).and_then(|group| text_at(group, "name"));
        let above = group.map(|group| joined("", group)).unwrap_or_default();
        Some(part_at(&above, name, (status, of_component(status))))
    });
    let is_open = |incident: &Value| !matches!(text_at(incident, "status"), Some("resolved" | "postmortem"));
    let whole = match (word, list("incidents").any(is_open)) {
        ("none", false) => Outcome::Good,
        ("none", true) | ("minor", _) => Outcome::Degraded,
        ("major", _) => Outcome::Partial,
        ("critical", _) => Outcome::Down,
        ("maintenance", _) => Outcome::Maintenance,
        _ => Outcome::Unknown,
    };
    Some(Reading::new((word, whole), parts.collect()))
}

fn of_component(status: &str) -> Outcome {
    match status {
        "operational" => Outcome::Good,
        "degraded_performance" => Outcome::Degraded,
        "partial_outage" => Outcome::Partial,
        "major_outage" => Outcome::Down,
        "under_maintenance" => Outcome::Maintenance,
        _ => Outcome::Unknown,
    }
}
