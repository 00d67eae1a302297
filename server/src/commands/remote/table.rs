//! Answers for people: a line for each thing, in columns.

use serde_json::Value;

/// Prints an answer: as JSON, or in words.
#[expect(clippy::print_stdout, reason = "these commands' answer")]
pub fn print(is_json: bool, value: &Value, words: impl FnOnce(&Value) -> String) {
    if is_json {
        println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
    } else {
        println!("{}", words(value));
    }
}

/// Rows in columns as wide as they need to be; the first row stands over the others.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A text of an answer: one, or the first of several languages.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(texts) => texts.values().next().and_then(Value::as_str).unwrap_or_default().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Names of an answer, in one line.
pub fn names(value: &Value) -> String {
    value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let rows = [
            vec!["ID".into(), "TITLE".into()],
            vec!["a".into(), "Łódź is slow".into()],
            vec!["long".into(), String::new()],
        ];
        assert_eq!(columns(&rows), "ID    TITLE\na     Łódź is slow\nlong");
    }
}
