//! A supplier's own status page, in Statuspage's format: `{"page":{…},"status":{"indicator":"none"},"components":[…]}`.

use std::collections::HashMap;

use serde_json::Value;

use super::reading::{Document, Reading, joined, part_at, text_at};
use crate::outcome::{Outcome, Part, excerpt};

/// The status of a component on which somebody works.
const MAINTENANCE: &str = "under_maintenance";

/// A page with an indicator.
pub fn recognise(document: &Document<'_>) -> bool {
    let indicator = document.json.get("status").and_then(|status| text_at(status, "indicator"));
    document.map("page").is_some() && indicator.is_some()
}

/// Reads it, groups with their members. A green banner over an open incident is not believed, nor is one of maintenance. The
/// maintenance of a component is its own, unless all are in it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let word = text_at(document.json.get("status")?, "indicator")?;
    let parts = components(document.json).map(|(_, part)| part).collect();
    let incidents: Vec<&Value> =
        list(document.json, "incidents").filter(|incident| is_open(incident)).collect();
    let works = list(document.json, "scheduled_maintenances").filter(|work| is_in_progress(work));
    let works: Vec<&Value> = works.collect();
    let whole = match word {
        "none" | "maintenance" if !incidents.is_empty() => Outcome::Degraded,
        "none" if is_all_in_maintenance(document.json, !works.is_empty()) => Outcome::Maintenance,
        "none" => Outcome::Good,
        "minor" => Outcome::Degraded,
        "major" => Outcome::Partial,
        "critical" => Outcome::Down,
        "maintenance" => Outcome::Maintenance,
        _ => Outcome::Unknown,
    };
    let open = if whole == Outcome::Maintenance { works } else { incidents };
    let reading = Reading::new((word, whole), parts).noted(note(&open).filter(|_| whole != Outcome::Unknown));
    Some(Reading { maintenance_is_apart: true, ..reading })
}

/// Whether no component is left that is not in maintenance; of a page without components, what it says of itself.
fn is_all_in_maintenance(json: &Value, otherwise: bool) -> bool {
    let is_group = |component: &Value| component.get("group").and_then(Value::as_bool).unwrap_or(false);
    let mut statuses = list(json, "components")
        .filter(|component| !is_group(component))
        .filter_map(|component| text_at(component, "status"))
        .peekable();
    if statuses.peek().is_none() { otherwise } else { statuses.all(|status| status == MAINTENANCE) }
}

/// The components of a page in its order, each with its id and as a part below the group that it stands in.
pub fn components(json: &Value) -> impl Iterator<Item = (&str, Part)> {
    let named = |component| Some((text_at(component, "id")?, text_at(component, "name")?));
    let by_id: HashMap<&str, &str> = list(json, "components").filter_map(named).collect();
    list(json, "components").filter_map(move |component| {
        let (name, status) = (text_at(component, "name")?, text_at(component, "status")?);
        let group = text_at(component, "group_id").and_then(|id| by_id.get(id));
        let above = group.map(|group| joined("", group)).unwrap_or_default();
        let id = text_at(component, "id").unwrap_or_default();
        Some((id, part_at(&above, name, (status, of_component(status)))))
    })
}

fn list<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    json.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn is_open(incident: &Value) -> bool {
    !matches!(text_at(incident, "status"), Some("resolved" | "postmortem"))
}

fn is_in_progress(work: &Value) -> bool {
    matches!(text_at(work, "status"), Some("in_progress" | "verifying"))
}

/// The first of what is open, by its name, and how many there are beside it.
fn note(open: &[&Value]) -> Option<String> {
    let named = open.iter().find_map(|item| Some((text_at(item, "name")?, text_at(item, "status")?)));
    let (name, status) = named?;
    let more = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    Some(format!("\"{}\" ({}){more}", excerpt(name), excerpt(status)))
}

fn of_component(status: &str) -> Outcome {
    match status {
        "operational" => Outcome::Good,
        "degraded_performance" => Outcome::Degraded,
        "partial_outage" => Outcome::Partial,
        "major_outage" => Outcome::Down,
        MAINTENANCE => Outcome::Maintenance,
        _ => Outcome::Unknown,
    }
}
