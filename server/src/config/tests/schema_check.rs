//! As much of JSON Schema as the schema of the configuration needs: enough to tell a good file from a bad one.

use serde_json::Value;

/// Whether `value` is what `schema` asks for. Of patterns only that of references to the environment is looked at.
pub fn accepts(schema: &Value, value: &Value) -> bool {
    let Value::Object(rules) = schema else { return schema != &Value::Bool(false) };
    let all = |key: &str| rules.get(key).and_then(Value::as_array).map(Vec::as_slice);
    let kind_fits = match rules.get("type") {
        Some(Value::String(kind)) => is_kind(value, kind),
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| is_kind(value, kind.as_str().unwrap())),
        _ => true,
    };
    let word_fits = all("enum").is_none_or(|words| words.contains(value));
    let const_fits = rules.get("const").is_none_or(|only| only == value);
    let is_reference = |pattern: &Value| pattern.as_str().is_some_and(|pattern| pattern.starts_with(r"\$\{"));
    let reference_fits = !rules.get("pattern").is_some_and(is_reference)
        || value.as_str().is_some_and(|text| text.contains("${"));
    let any_fits = all("anyOf").is_none_or(|choices| choices.iter().any(|choice| accepts(choice, value)));
    let one_fits = all("oneOf")
        .is_none_or(|choices| choices.iter().filter(|choice| accepts(choice, value)).count() == 1);
    kind_fits
        && word_fits
        && const_fits
        && reference_fits
        && any_fits
        && one_fits
        && content_fits(schema, value)
}

fn is_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the schema uses the type {other}"),
    }
}

fn content_fits(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Array(items) => {
            schema.get("items").is_none_or(|rule| items.iter().all(|item| accepts(rule, item)))
        }
        Value::Object(entries) => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let complete = required.into_iter().all(|key| entries.contains_key(key.as_str().unwrap()));
            complete && entries.iter().all(|(key, value)| entry_fits(schema, key, value))
        }
        _ => true,
    }
}

fn entry_fits(schema: &Value, key: &str, value: &Value) -> bool {
    let own = schema.get("properties").and_then(|properties| properties.get(key));
    own.or_else(|| schema.get("additionalProperties")).is_none_or(|rule| accepts(rule, value))
}
