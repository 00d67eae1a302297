//! A group of alerts as Alertmanager sends it, and Grafana after its example.

use std::collections::BTreeMap;

use pharos_model::UnixMs;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{End, Fields, Reading, Told, Unread};
use crate::accounts::hex;
use crate::limits::{HOOK_ALERTS_MAX, HOOK_FIELDS_MAX, HOOK_NAME_CHARS_MAX};

/// The fields of a group that both send. What is not here is passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    alerts: Vec<Entry>,
    #[serde(default, deserialize_with = "told")]
    group_key: String,
    #[serde(default, deserialize_with = "told")]
    truncated_alerts: u64,
    #[serde(default, deserialize_with = "told")]
    receiver: String,
    #[serde(default, deserialize_with = "told")]
    group_labels: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "told")]
    common_labels: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "told")]
    common_annotations: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "told")]
    title: String,
    #[serde(default, deserialize_with = "told")]
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    status: String,
    #[serde(default, deserialize_with = "told")]
    labels: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "told")]
    annotations: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "told")]
    starts_at: String,
    #[serde(default, deserialize_with = "told")]
    ends_at: String,
    #[serde(default, deserialize_with = "told")]
    fingerprint: String,
    /// Grafana alone sends these.
    #[serde(default, deserialize_with = "told")]
    values: BTreeMap<String, Value>,
}

/// What is told, or nothing where there is `null`: so Go writes a map that nobody made.
fn told<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads a group that `sender` sent.
///
/// # Errors
/// When it is of another shape, or holds too much.
pub fn read(sender: &'static str, body: &[u8]) -> Result<Reading, Unread> {
    let shape = |why: &str| Unread::shape(sender, why);
    let group: Body = serde_json::from_slice(body).map_err(|error| shape(&error.to_string()))?;
    if group.alerts.len() > HOOK_ALERTS_MAX {
        return Err(Unread::TooMany { what: "alerts", max: HOOK_ALERTS_MAX });
    }
    let key = short(&group.group_key);
    let alerts = group.alerts.iter().map(|entry| {
        let end = match entry.status.as_str() {
            "firing" => End::Unsaid,
            "resolved" => moment(&entry.ends_at).map_or(End::Sometime, End::At),
            other => {
                return Err(shape(&format!(
                    "an alert's status is neither firing nor resolved, but {other:?}"
                )));
            }
        };
        let fields = fields(entry, &group);
        if fields.len() > HOOK_FIELDS_MAX {
            return Err(Unread::TooMany {
                what: "labels and annotations of one alert",
                max: HOOK_FIELDS_MAX,
            });
        }
        let name = Some(name(entry));
        Ok(Told { name, group: key.clone(), as_of: moment(&entry.starts_at), end, fields })
    });
    Ok(Reading { alerts: alerts.collect::<Result<_, _>>()?, left_out: group.truncated_alerts })
}

/// The fields of an alert of such a group.
pub fn has(field: &str) -> bool {
    const MAPS: [&str; 5] =
        ["labels.", "annotations.", "groupLabels.", "commonLabels.", "commonAnnotations."];
    let is_in_map = |map: &&str| field.strip_prefix(*map).is_some_and(|name| !name.is_empty());
    MAPS.iter().any(is_in_map) || ["status", "receiver", "fingerprint"].contains(&field)
}

fn fields(entry: &Entry, group: &Body) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in [
        ("status", &entry.status),
        ("receiver", &group.receiver),
        ("fingerprint", &entry.fingerprint),
        ("title", &group.title),
        ("message", &group.message),
    ] {
        fields.insert(name.to_owned(), value.clone());
    }
    for (map, values) in [
        ("labels", &entry.labels),
        ("annotations", &entry.annotations),
        ("values", &entry.values),
        ("groupLabels", &group.group_labels),
        ("commonLabels", &group.common_labels),
        ("commonAnnotations", &group.common_annotations),
    ] {
        let texts = values.iter().filter_map(|(name, value)| Some((name, text(value)?)));
        fields.extend(texts.map(|(name, text)| (format!("{map}.{name}"), text)));
    }
    fields
}

/// A single value as text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// What its sender calls it or, where it does not, a name made of its labels.
fn name(entry: &Entry) -> String {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    if is_name(&entry.fingerprint) && entry.fingerprint.len() <= HOOK_NAME_CHARS_MAX {
        return entry.fingerprint.clone();
    }
    let labels: Vec<String> = entry.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    short(&[&*entry.fingerprint, &labels.join("\n")].concat())
}

/// A short name for a long one.
pub fn short(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

/// A moment as RFC 3339 has it; `None` for none, and for the year 1, by which Go says that there is none.
pub fn moment(text: &str) -> Option<UnixMs> {
    let at = text.parse::<jiff::Timestamp>().ok()?;
    (at.as_millisecond() > 0).then(|| UnixMs(at.as_millisecond()))
}
