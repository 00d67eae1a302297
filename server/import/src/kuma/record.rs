//! One row of a table, or one object of a backup, by the names of the table's columns: typed values that know their place.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::limits::SHOWN_CHARS_MAX;
use crate::{ImportError, Spot};

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Record {
    document: Arc<str>,
    /// The way to it, as in `monitor[3]`: the number is its identifier, or its place where it has none.
    place: String,
    values: Map<String, Value>,
}

impl Record {
    /// A row at a place.
    pub fn new(document: &Arc<str>, place: String, values: Map<String, Value>) -> Self {
        Self { document: document.clone(), place, values }
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        Spot { document: self.document.to_string(), line: None, path: self.place.clone() }
    }

    /// Where one of its values stands.
    pub fn spot_of(&self, key: &str) -> Spot {
        Spot { path: format!("{}.{key}", self.place), ..self.spot() }
    }

    fn wrong(&self, key: &str, value: &Value, wanted: &str) -> ImportError {
        let shown: String = value.to_string().chars().take(SHOWN_CHARS_MAX).collect();
        ImportError::new(
            self.spot_of(key),
            format!("{shown} is no {wanted}"),
            "check that the file is what Uptime Kuma wrote and is not damaged",
        )
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    /// A text; nothing where there is none or an empty one.
    pub fn text(&self, key: &str) -> Result<Option<String>, ImportError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
            // SQLite keeps digits as numbers where a column has no type.
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(value) => Err(self.wrong(key, value, "text")),
        }
    }

    /// A whole number.
    pub fn whole(&self, key: &str) -> Result<Option<i64>, ImportError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let found = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        found.map(Some).ok_or_else(|| self.wrong(key, value, "whole number"))
    }

    /// A length of time in seconds, as milliseconds; nothing where there is none, or 0.
    pub fn seconds(&self, key: &str) -> Result<Option<u64>, ImportError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let seconds = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let fit = seconds.filter(|seconds| (0.0..=1e9).contains(seconds));
        let seconds = fit.ok_or_else(|| self.wrong(key, value, "number of seconds"))?;
        let length = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Ok(u64::try_from(length.as_millis()).ok().filter(|ms| *ms > 0))
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ImportError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value {
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::Number(number) if number.as_i64() == Some(0) => Ok(Some(false)),
            Value::Number(number) if number.as_i64() == Some(1) => Ok(Some(true)),
            Value::String(text) => match text.as_str() {
                "" => Ok(None),
                "0" | "false" => Ok(Some(false)),
                "1" | "true" => Ok(Some(true)),
                _ => Err(self.wrong(key, value, "yes or no")),
            },
            _ => Err(self.wrong(key, value, "yes or no")),
        }
    }

    /// JSON within a text, or as it is where the row is part of a JSON document.
    pub fn json(&self, key: &str) -> Result<Option<Value>, ImportError> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(value @ Value::String(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| self.wrong(key, value, "JSON"))
            }
            Some(value @ (Value::Array(_) | Value::Object(_))) => Ok(Some(value.clone())),
            Some(value) => Err(self.wrong(key, value, "JSON")),
        }
    }

    /// Its identifier.
    pub fn id(&self) -> Result<i64, ImportError> {
        self.whole("id")?.ok_or_else(|| {
            ImportError::new(
                self.spot(),
                "it has no `id`",
                "check that the file is what Uptime Kuma wrote and is not damaged",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(values: Value) -> Record {
        let Value::Object(values) = values else { unreachable!("an object was given") };
        Record::new(&Arc::from("kuma.db"), "monitor[3]".to_owned(), values)
    }

    #[test]
    fn values_are_read_as_either_version_writes_them() {
        let record = record(json!({
            "id": 3, "name": "API", "interval": "60", "timeout": 48.5, "active": 1, "upside_down": false, "port": null,
            "accepted_statuscodes_json": "[\"200-299\"]", "url": " ",
        }));
        assert_eq!(record.id(), Ok(3));
        assert_eq!(record.text("name"), Ok(Some("API".to_owned())));
        assert_eq!(record.text("url"), Ok(None));
        assert_eq!(record.seconds("interval"), Ok(Some(60_000)));
        assert_eq!(record.seconds("timeout"), Ok(Some(48_500)));
        assert_eq!(record.flag("active"), Ok(Some(true)));
        assert_eq!(record.flag("upside_down"), Ok(Some(false)));
        assert_eq!(record.whole("port"), Ok(None));
        assert_eq!(record.json("accepted_statuscodes_json"), Ok(Some(json!(["200-299"]))));
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_its_place() {
        let record = record(json!({
            "interval": "soon", "timeout": -1, "active": 7, "headers": "{", "name": ["API"], "port": 1e30,
        }));
        let told = |error: ImportError| error.to_string();
        let hint = "; check that the file is what Uptime Kuma wrote and is not damaged";
        for (found, wanted) in [
            (
                record.seconds("interval").map(drop),
                "kuma.db (monitor[3].interval): \"soon\" is no number of seconds",
            ),
            (record.seconds("timeout").map(drop), "kuma.db (monitor[3].timeout): -1 is no number of seconds"),
            (record.flag("active").map(drop), "kuma.db (monitor[3].active): 7 is no yes or no"),
            (record.json("headers").map(drop), "kuma.db (monitor[3].headers): \"{\" is no JSON"),
            (record.text("name").map(drop), "kuma.db (monitor[3].name): [\"API\"] is no text"),
            (record.whole("port").map(drop), "kuma.db (monitor[3].port): 1e+30 is no whole number"),
            (record.id().map(drop), "kuma.db (monitor[3]): it has no `id`"),
        ] {
            assert_eq!(found.map_err(told), Err(format!("{wanted}{hint}")));
        }
    }
}
