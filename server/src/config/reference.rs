//! The configuration reference: a page of Markdown made from the JSON Schema, so that it cannot tell anything else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema::{plain, shape};

/// What comes before the tables.
const INTRODUCTION: &str = "\
<!-- Made from the types that read the file. To renew it: PHAROS_BLESS=1 cargo test -p pharos config:: -->

# Configuration

Pharos reads one YAML file: `pharos serve --config pharos.yaml`. `pharos check pharos.yaml` reads it without starting
anything and says what is wrong with it, with line, column and a hint. [`examples/pharos.yaml`](../examples/pharos.yaml)
is a good start.

- **Unknown keys are refused**, so a slip of the fingers is found at once and not during the next outage.
- **Secrets come from the environment.** `${NAME}` stands for the value of that variable, `${NAME:-default}` gives a
  default for when it is not set or empty, and `$${` stands for `${` itself. This works in every value, and in no key. What
  came from the environment is never repeated in messages.
- **Durations** are a number and a unit: `500ms`, `30s`, `5m`, `1h`, `1d`. **Percentages** are written with their sign:
  `99.5%`.
- **A changed file is read again** by itself, with the logo and the style sheet it names, and on SIGHUP. If the new one is
  wrong, the old one stays in force, and Pharos says what is wrong in its log and in `/health`.
- **Editors** that know the YAML language server complete and check the file with the schema that `pharos schema`
  prints: save it beside the file and begin the file with `# yaml-language-server: $schema=pharos.schema.json`.
- A file may hold 1 MiB. Anchors, aliases, tags and more than one document are refused.
";

/// The reference of every key of the file, in Markdown.
pub fn reference_markdown() -> String {
    let mut out = INTRODUCTION.to_owned();
    section(&mut out, "The file", shape(), &Path::default());
    out
}

/// Where a section stands in the file.
#[derive(Clone, Default)]
struct Path(String);

impl Path {
    fn key(&self, key: &str) -> Self {
        if self.0.is_empty() { Self(key.to_owned()) } else { Self(format!("{}.{key}", self.0)) }
    }

    fn entry(&self) -> Self {
        Self(format!("{}[]", self.0))
    }
}

/// Writes one section of keys, then the sections below it.
fn section(out: &mut String, title: &str, schema: &Value, path: &Path) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let _ = write!(out, "\n## {title}\n\n");
    if let Some(description) = schema.get("description").and_then(Value::as_str) {
        let _ = write!(out, "{}\n\n", wrapped(description));
    }
    out.push_str("| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
    for (key, value) in ordered(properties, schema) {
        row(out, key, value, schema);
    }
    for (key, value) in ordered(properties, schema) {
        let path = path.key(key);
        if path.0.starts_with("reference[].") {
            continue;
        }
        below(out, value, &path);
    }
}

/// The keys of a section: those it must have first, in their own order, then the others by the alphabet.
fn ordered<'s>(properties: &'s Map<String, Value>, schema: &Value) -> Vec<(&'s String, &'s Value)> {
    let required = schema.get("required").and_then(Value::as_array);
    let rank = |key: &str| {
        let position = required.and_then(|required| required.iter().position(|name| name == key));
        position.unwrap_or(usize::MAX)
    };
    let mut ordered: Vec<(&String, &Value)> = properties.iter().collect();
    ordered.sort_by_key(|(key, _)| (rank(key), key.as_str()));
    ordered
}

/// Writes the sections that stand below a value: its own keys, those of its entries, those of its alternatives.
fn below(out: &mut String, value: &Value, path: &Path) {
    if value.get("properties").is_some() {
        section(out, &format!("`{}`", path.0), value, path);
    }
    if let Some(items) = value.get("items") {
        below(out, items, &path.entry());
    }
    if let Some(any) = value.get("additionalProperties").filter(|any| any.is_object()) {
        below(out, any, &path.key("*"));
    }
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| value.get(key)?.as_array()).flatten();
    for choice in choices.filter(|choice| choice.get("const").is_none() && choice.get("required").is_some()) {
        if value.get("properties").is_none() {
            for (key, content) in choice.get("properties").and_then(Value::as_object).into_iter().flatten() {
                below(out, content, &path.key(key));
            }
        }
    }
}

fn row(out: &mut String, key: &str, value: &Value, schema: &Value) {
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|required| required.iter().any(|name| name == key));
    let default = match value.get("default") {
        _ if required => "required".to_owned(),
        Some(Value::Array(_) | Value::Object(_)) | None => String::new(),
        Some(default) => format!("`{}`", plain(default)),
    };
    let mut meaning = value.get("description").and_then(Value::as_str).unwrap_or("").to_owned();
    let example = value.get("examples").and_then(|examples| examples.get(0));
    if let Some(example) = example.map(plain).filter(|example| !meaning.contains(example.as_str())) {
        let _ = write!(meaning, " For example `{example}`.");
    }
    meaning.push_str(&words(value));
    let cells = [format!("`{key}`"), form(value), default, meaning.trim().to_owned()];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// What a value looks like.
fn form(value: &Value) -> String {
    if let Some(title) = value.get("title").and_then(Value::as_str) {
        return title.to_owned();
    }
    if let Some(words) = value.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().map(|word| format!("`{}`", plain(word))).collect();
        return words.join(", ");
    }
    let choices: Vec<&Value> = ["anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| value.get(key)?.as_array())
        .flatten()
        .filter(|_| value.get("properties").is_none())
        .collect();
    if !choices.is_empty() {
        return choices.into_iter().map(choice_form).collect::<Vec<_>>().join(", ");
    }
    match value.get("type").and_then(Value::as_str) {
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => format!("whole number{}", bounds(value)),
        Some("number") => format!("number{}", bounds(value)),
        Some("array") => match value.get("items") {
            Some(items) if items.get("properties").is_some() => "list of sections".to_owned(),
            Some(items) => format!("list of: {}", form(items)),
            None => "list".to_owned(),
        },
        Some("object") if value.get("properties").is_some() => "section".to_owned(),
        Some("object") => "section of free keys".to_owned(),
        _ => "any value".to_owned(),
    }
}

fn choice_form(choice: &Value) -> String {
    if let Some(word) = choice.get("const") {
        return format!("`{}`", plain(word));
    }
    match choice.get("properties").and_then(Value::as_object).and_then(only_key) {
        Some(key) => format!("`{key}:`"),
        None => form(choice),
    }
}

fn only_key(properties: &Map<String, Value>) -> Option<&String> {
    properties.keys().next().filter(|_| properties.len() == 1)
}

fn bounds(value: &Value) -> String {
    let number = |key: &str| value.get(key).and_then(Value::as_f64);
    match (number("minimum"), number("maximum")) {
        (Some(min), Some(max)) if max < 4_294_967_295.0 => format!(", {min} to {max}"),
        (Some(min), None) if min > 0.0 => format!(", at least {min}"),
        _ => String::new(),
    }
}

/// The words of a choice with what each means, where the schema says.
fn words(value: &Value) -> String {
    let mut out = String::new();
    for choice in value.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
        let word = choice
            .get("const")
            .map(plain)
            .or_else(|| choice.get("properties").and_then(Value::as_object).and_then(only_key).cloned());
        let meaning = choice.get("description").and_then(Value::as_str);
        if let (Some(word), Some(meaning)) = (word, meaning) {
            let _ = write!(out, " `{word}`: {meaning}");
        }
    }
    out
}

/// Breaks a paragraph into lines of at most 118 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines.last().is_some_and(|line| line.chars().count() + word.chars().count() + 1 > 118);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
