//! Reads JSON into a tree.

use serde_json::Value as Json;

use super::Document;
use super::node::{Entry, Node, Scalar, Value};
use crate::limits::{DEPTH_MAX, NODES_MAX};
use crate::{ImportError, Spot};

/// Reads a document.
pub fn read(document: &Document) -> Result<Node, ImportError> {
    let json: Json = serde_json::from_str(&document.text).map_err(|error| {
        let line = Some((error.line().max(1), error.column().max(1)));
        let spot = Spot { line, ..Spot::of(&document.name) };
        let what = error.to_string();
        // The place stands before it already.
        let what = what.split(" at line ").next().unwrap_or_default();
        ImportError::new(spot, format!("it is not JSON: {what}"), "check that it was saved whole")
    })?;
    let mut reader = Reader { name: &document.name, nodes: 0 };
    reader.node(json, 0)
}

struct Reader<'d> {
    name: &'d str,
    nodes: usize,
}

impl Reader<'_> {
    fn node(&mut self, json: Json, depth: usize) -> Result<Node, ImportError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let what = format!("it holds more than {NODES_MAX} values");
            return Err(ImportError::new(Spot::of(self.name), what, "import it in parts"));
        }
        if depth > DEPTH_MAX {
            let what = format!("it has sections more than {DEPTH_MAX} deep within one another");
            return Err(ImportError::new(Spot::of(self.name), what, "check that it is the right file"));
        }
        let scalar = |text: String, is_nothing| Value::Scalar(Scalar { text, is_nothing });
        let value = match json {
            Json::Null => scalar(String::new(), true),
            Json::Bool(truth) => scalar(truth.to_string(), false),
            Json::Number(number) => scalar(number.to_string(), false),
            Json::String(text) => scalar(text, false),
            Json::Array(items) => {
                let node = |item| self.node(item, depth + 1);
                Value::List(items.into_iter().map(node).collect::<Result<_, _>>()?)
            }
            Json::Object(object) => {
                let entry = |(key, value)| Ok(Entry { key, node: self.node(value, depth + 1)? });
                Value::Section(object.into_iter().map(entry).collect::<Result<_, ImportError>>()?)
            }
        };
        Ok(Node { line: None, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { name: "a.json".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_mistake_is_told_with_line_and_column() {
        let error = read(&document("{\n  \"a\": [1,\n}")).unwrap_err();
        assert!(error.to_string().starts_with("a.json:3:1: it is not JSON: "), "{error}");
    }

    #[test]
    fn a_wrong_value_is_told_with_the_way_to_it() {
        let document = document(r#"{"page":{"components":[{"position":"x"}]}}"#);
        let root = document.json().unwrap();
        let components = document.at(&root).need("page").unwrap().need("components").unwrap();
        let error = components.items().unwrap()[0].need("position").unwrap().number().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.json (page.components[0].position): `x` is no whole number; write digits alone"
        );
    }

    #[test]
    fn what_lies_too_deep_is_refused() {
        let deep = "[".repeat(DEPTH_MAX + 2) + &"]".repeat(DEPTH_MAX + 2);
        assert!(read(&document(&deep)).unwrap_err().what.contains("deep"));
        assert!(read(&document(&"[".repeat(100_000))).is_err());
    }
}
