//! A backup of version 1: monitors and notifications in JSON, without status pages and without history.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::page;
use super::record::Record;
use super::tables::Tables;
use crate::{Document, Haul, ImportError, Spot};

/// Names that a backup has for columns and that are not the column's in another spelling.
const OTHERWISE: &[(&str, &str)] = &[("accepted_statuscodes", "accepted_statuscodes_json")];

/// Reads a backup.
///
/// # Errors
/// When it is none, or a value is not what it should be.
pub(super) fn read(document: &Document, wanted: Option<&str>) -> Result<Haul, ImportError> {
    // Read as a document first, for the sake of its bounds.
    document.json()?;
    let not_one = |what: &str| {
        let hint = "give the file that Uptime Kuma saved under Settings, Backup, or its database `kuma.db`";
        ImportError::new(Spot::of(&document.name), what, hint)
    };
    let Ok(Value::Object(mut root)) = serde_json::from_str::<Value>(&document.text) else {
        return Err(not_one("it is no backup of Uptime Kuma: it is not a section of keys"));
    };
    if !root.contains_key("monitorList") {
        return Err(not_one("it is no backup of Uptime Kuma: `monitorList` is missing"));
    }
    let name: Arc<str> = Arc::from(document.name.as_str());
    let tables = Tables {
        monitors: records(&name, "monitorList", root.remove("monitorList"))?,
        notifications: records(&name, "notificationList", root.remove("notificationList"))?,
        ..Tables::default()
    };
    let mut haul = Haul::default();
    haul.leave(
        Spot::of(&document.name),
        "the status pages and the history",
        "a backup holds neither, so that every monitor becomes a component that visitors see; import `kuma.db` for both",
    );
    page::place(&tables, wanted, &document.name, &mut haul)?;
    Ok(haul)
}

fn records(document: &Arc<str>, list: &str, given: Option<Value>) -> Result<Vec<Record>, ImportError> {
    let rows = match given {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) => rows,
        Some(_) => {
            let spot = Spot { path: list.to_owned(), ..Spot::of(document) };
            return Err(ImportError::new(spot, "it is no list", "check that it was saved whole"));
        }
    };
    let record = |(index, row)| {
        let place = format!("{list}[{index}]");
        if let Value::Object(values) = row {
            Ok(Record::new(document, place, columns(values)))
        } else {
            let spot = Spot { path: place, ..Spot::of(document) };
            Err(ImportError::new(spot, "it is no section of keys", "check that it was saved whole"))
        }
    };
    rows.into_iter().enumerate().map(record).collect()
}

/// The values under the names of the database's columns.
fn columns(values: Map<String, Value>) -> Map<String, Value> {
    values.into_iter().map(|(key, value)| (column(&key), value)).collect()
}

/// `upsideDown` as `upside_down`.
fn column(key: &str) -> String {
    if let Some((_, column)) = OTHERWISE.iter().find(|(other, _)| *other == key) {
        return (*column).to_owned();
    }
    let mut column = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() && !column.is_empty() {
            column.push('_');
        }
        column.push(c.to_ascii_lowercase());
    }
    column
}
