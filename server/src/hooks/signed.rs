//! Any program that signs what it sends after Standard Webhooks. One body is one alert; its fields are what stands in it, by names with
//! dots: `data.service`, `data.regions.0`.

use serde_json::Value;

use super::group::{moment, text};
use super::{Fields, Kind, Reading, Told, Unread};
use crate::limits::{HOOK_DEPTH_MAX, HOOK_FIELDS_MAX};

/// Whoever signs.
pub const KIND: Kind = Kind {
    word: "signed",
    is_signed: true,
    read,
    has: |field| !field.is_empty(),
    fields: "whatever stands in the body, as `type` or `data.service`",
};

const SENDER: &str = "a signed hook";

fn read(body: &[u8]) -> Result<Reading, Unread> {
    let shape = |why: &str| Unread::shape(SENDER, why);
    let body: Value = serde_json::from_slice(body).map_err(|error| shape(&error.to_string()))?;
    if !body.is_object() {
        return Err(shape("it is no JSON object"));
    }
    let mut fields = Fields::new();
    flatten(&body, "", HOOK_DEPTH_MAX, &mut fields)?;
    let as_of = fields.get("timestamp").and_then(|text| moment(text));
    Ok(Reading { alerts: vec![Told { as_of, fields, ..Told::default() }], left_out: 0 })
}

/// Puts every single value below `value` under the way to it.
fn flatten(value: &Value, way: &str, depth_left: usize, fields: &mut Fields) -> Result<(), Unread> {
    let below = |name: &str| if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
    if depth_left == 0 {
        return Err(Unread::TooMany { what: "levels within one another", max: HOOK_DEPTH_MAX });
    }
    match value {
        Value::Object(entries) => {
            entries.iter().try_for_each(|(name, value)| flatten(value, &below(name), depth_left - 1, fields))
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, value)| {
            flatten(value, &below(&index.to_string()), depth_left - 1, fields)
        }),
        single => {
            if fields.len() >= HOOK_FIELDS_MAX {
                return Err(Unread::TooMany { what: "values in one body", max: HOOK_FIELDS_MAX });
            }
            fields.extend(text(single).map(|text| (way.to_owned(), text)));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::UnixMs;

    #[test]
    fn every_value_has_a_name() {
        let body = r#"{"type": "queue.slow", "timestamp": "2026-11-27T12:00:00Z",
            "data": {"id": 7, "regions": ["eu", {"name": "us"}], "ok": false, "nothing": null}}"#;
        let reading = read(body.as_bytes()).unwrap();
        let fields = &reading.alerts[0].fields;
        let of = |name: &str| fields.get(name).map(String::as_str);
        assert_eq!(of("type"), Some("queue.slow"));
        assert_eq!((of("data.id"), of("data.ok"), of("data.nothing")), (Some("7"), Some("false"), None));
        assert_eq!((of("data.regions.0"), of("data.regions.1.name")), (Some("eu"), Some("us")));
        assert_eq!(reading.alerts[0].as_of, Some(UnixMs(1_795_780_800_000)));
    }

    #[test]
    fn what_is_too_deep_too_long_or_no_object_is_refused() {
        for body in ["", "7", "[{}]", "{\"a\":"] {
            assert!(matches!(read(body.as_bytes()), Err(Unread::Shape { .. })), "{body}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(HOOK_DEPTH_MAX), "]".repeat(HOOK_DEPTH_MAX));
        assert!(matches!(read(deep.as_bytes()), Err(Unread::TooMany { .. })));
        let deeper = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(read(deeper.as_bytes()).is_err());
        let long = format!("{{\"a\":[{}]}}", vec!["1"; HOOK_FIELDS_MAX + 1].join(","));
        assert!(matches!(read(long.as_bytes()), Err(Unread::TooMany { .. })));
    }
}
