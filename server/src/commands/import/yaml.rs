//! Writing YAML as people write it: sections in blocks, what belongs together on one line.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Keys that come first, in this order; the others follow by their names.
const FIRST: [&str; 10] =
    ["name", "url", "address", "host", "record", "method", "interval", "timeout", "path", "is"];

/// A value on one line.
pub fn inline(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => scalar(text),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(section) if section.is_empty() => "{}".to_owned(),
        Value::Object(section) => {
            let entries = ordered(section)
                .into_iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn ordered(section: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = section.iter().collect();
    let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    entries.sort_by_key(|(key, _)| (place(key), (*key).clone()));
    entries
}

/// A text, in quotes where it would be read as something else.
pub fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')');
    let begins = text.starts_with(char::is_alphabetic);
    let special = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let plain = begins
        && text.chars().all(is_word)
        && !text.ends_with(' ')
        && !special.contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // A string takes whatever is written to it.
                let _written = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_belongs_together_stands_on_one_line() {
        let value = json!({ "url": "https://a.example/", "expect": { "status": [200] }, "body": "a b" });
        assert_eq!(inline(&value), "{ url: \"https://a.example/\", body: a b, expect: { status: [200] } }");
    }

    #[test]
    fn texts_that_look_like_something_else_stand_in_quotes() {
        for text in ["", "true", "No", "12", "1e3", "~", "- a", "a: b", "#x", "{a}", "a ", " a", "null"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_the_same(text in "\\PC{0,40}|[\\x00-\\x7f]{0,20}") {
            let written = format!("a: {}\nb: [{}]\n", scalar(&text), scalar(&text));
            let read: Value = serde_saphyr::from_str(&written).unwrap();
            prop_assert_eq!(&read["a"], &Value::String(text.clone()));
            prop_assert_eq!(&read["b"][0], &Value::String(text));
        }
    }
}
