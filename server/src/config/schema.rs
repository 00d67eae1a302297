//! The JSON Schema of the file, made from the types that read it, and what it says of each key.

use std::fmt::Write as _;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::file::FileConfig;

/// The shape of the file without room for references to the environment: what the reference is made from.
static SHAPE: LazyLock<Value> = LazyLock::new(|| {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    let mut shape = settings.into_generator().into_root_schema_for::<FileConfig>().to_value();
    tidy(&mut shape);
    shape
});

/// The shape of the file: types, descriptions, defaults and examples of every key.
pub fn shape() -> &'static Value {
    &SHAPE
}

/// The JSON Schema (draft 7) of a configuration file, for editors and for checking without Pharos.
///
/// A value that refers to the environment (`${NAME}`) is accepted wherever a value may stand.
pub fn schema() -> Value {
    let mut schema = SHAPE.clone();
    allow_references(&mut schema);
    schema
}

/// Optional keys may be left out, which says more than that they may be null.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            tidy_object(object);
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn tidy_object(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(choices)) = object.get_mut(key) else { continue };
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove(key);
            for (name, value) in only {
                object.entry(name).or_insert(value);
            }
        }
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

/// The pattern of a text that refers to the environment.
const REFERENCE: &str = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}";
/// What makes the schema of a text refuse a reference; single words are opened with their choice.
const NARROWING: [&str; 4] = ["pattern", "enum", "format", "maxLength"];

/// The schema of a value that refers to the environment.
fn reference() -> Value {
    json!({ "type": "string", "pattern": REFERENCE })
}

/// Lets a reference to the environment stand where a single value of a certain form is asked for.
fn allow_references(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    open_words(object);
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(allow_references),
            ("items" | "additionalProperties", value) => allow_references(value),
            ("anyOf" | "oneOf" | "allOf", Value::Array(choices)) => {
                choices.iter_mut().for_each(allow_references);
            }
            _ => {}
        }
    }
    if is_narrow(object) {
        let description = object.remove("description");
        let narrow = Value::Object(std::mem::take(object));
        if let Some(description) = description {
            object.insert("description".to_owned(), description);
        }
        object.insert("anyOf".to_owned(), json!([narrow, reference()]));
    } else if object.get("type").is_some_and(|kind| kind == "string")
        && !object.contains_key("const")
        && !object.contains_key("pattern")
    {
        // A text may be written without quotes, even if it looks like a number.
        object.insert("type".to_owned(), json!(["string", "number", "boolean"]));
    }
}

/// Adds a reference to a choice of words.
fn open_words(object: &mut Map<String, Value>) {
    let is_word = |choice: &Value| choice.get("const").is_some();
    if let Some(Value::Array(mut choices)) = object.remove("oneOf") {
        let key = if choices.iter().any(is_word) { "anyOf" } else { "oneOf" };
        if key == "anyOf" {
            // A word such as 1.1 is a number to everybody who does not know that a word is asked for.
            let words = choices.iter().filter_map(|choice| choice.get("const")?.as_str());
            let numbers: Vec<Value> = words.filter_map(|word| serde_json::from_str(word).ok()).collect();
            choices.extend(
                numbers.into_iter().filter(Value::is_number).map(|number| json!({ "const": number })),
            );
            choices.push(reference());
        }
        object.insert(key.to_owned(), Value::Array(choices));
    }
}

/// Whether a schema is of a single value, and would refuse a reference to the environment.
fn is_narrow(object: &Map<String, Value>) -> bool {
    match object.get("type").and_then(Value::as_str) {
        Some("integer" | "number" | "boolean") => true,
        Some("string") => {
            let is_reference = object.get("pattern").is_some_and(|pattern| pattern == REFERENCE);
            !is_reference && NARROWING.iter().any(|key| object.contains_key(*key))
        }
        _ => false,
    }
}

/// The part of the shape at a way of keys; `[]` stands for an entry of a list.
fn part<'s>(shape: &'s Value, steps: &[String]) -> Option<&'s Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(shape) };
    let own = match step.as_str() {
        "[]" => shape.get("items"),
        key => shape.get("properties").and_then(|properties| properties.get(key)),
    };
    if let Some(found) = own.and_then(|own| part(own, rest)) {
        return Some(found);
    }
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| shape.get(key)?.as_array()).flatten();
    choices.into_iter().find_map(|choice| part(choice, steps)).or_else(|| {
        let any = shape.get("additionalProperties").filter(|any| any.is_object())?;
        part(any, rest)
    })
}

/// What the reference says of the value at a way of keys, in one sentence with an example.
pub fn explained(steps: &[String]) -> Option<String> {
    let Some(name) = steps.iter().rev().find(|step| *step != "[]") else {
        return Some("begin with `page:` and `components:`".to_owned());
    };
    let part = part(shape(), steps)?;
    let Some(description) = part.get("description").and_then(Value::as_str) else {
        // What is not described for an entry is described for its list.
        return steps.strip_suffix(&["[]".to_owned()]).and_then(explained);
    };
    let end = description.find(". ").map_or(description.len(), |end| end + 1);
    let mut text = format!("`{name}`: {}", description[..end].trim_end_matches('.'));
    let mut add = |more: String, before: &str| {
        if !text.contains(&more) {
            let _ = write!(text, ", {before}{more}");
        }
    };
    if let (Some(minimum), Some(maximum)) = (part.get("minimum"), part.get("maximum")) {
        add(format!("{minimum} to {maximum}"), "");
    }
    if let Some(example) = part.get("examples").and_then(|examples| examples.get(0)) {
        add(format!("`{}`", plain(example)), "for example ");
    } else if let Some(default) = part.get("default").filter(|default| default.is_string()) {
        add(format!("`{}`", plain(default)), "for example ");
    }
    Some(text)
}

/// A value of JSON as one would write it in the file.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
