//! The tree of a document: values with their places, and how one finds the way in it.

use std::cell::Cell;

use super::super::limits::SHOWN_CHARS_MAX;
use super::super::snippet::{Place, is_secret};

/// A value and where it stands.
#[derive(Debug)]
pub struct Node {
    /// Where it begins, and how much of that line it fills.
    pub place: Place,
    /// What it is.
    pub value: Value,
    /// Set when it was found wrong: it is then passed over, so that the next mistake can be found.
    pub skipped: Cell<bool>,
}

/// What a node holds.
#[derive(Debug)]
pub enum Value {
    /// A text, a number, or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A section of keys with values.
    Section(Vec<Entry>),
}

/// A single value.
#[derive(Debug)]
pub struct Scalar {
    /// Its text, with what the environment put into it.
    pub text: String,
    /// Whether it was written without quotes.
    pub plain: bool,
    /// How it was written, when a value of the environment is part of it.
    pub written: Option<String>,
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

impl Scalar {
    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        self.plain
            && self.written.is_none()
            && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// A node at `place`.
    pub fn new(place: Place, value: Value) -> Self {
        Self { place, value, skipped: Cell::new(false) }
    }

    /// The same as JSON, every single value as its text: what it is the type asked for decides, as in the file.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_nothing() => serde_json::Value::Null,
            Value::Scalar(scalar) => scalar.text.clone().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Section(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect()
            }
        }
    }

    /// What [`Node::to_json`] made, at no place.
    pub fn from_json(json: &serde_json::Value) -> Self {
        let scalar = |text: String, plain| Value::Scalar(Scalar { text, plain, written: None });
        let value = match json {
            serde_json::Value::Null => scalar(String::new(), true),
            serde_json::Value::String(text) => scalar(text.clone(), false),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => scalar(json.to_string(), true),
            serde_json::Value::Array(items) => Value::List(items.iter().map(Self::from_json).collect()),
            serde_json::Value::Object(object) => {
                let entry = |(key, value): (&String, &serde_json::Value)| Entry {
                    key: key.clone(),
                    key_place: Place::default(),
                    node: Self::from_json(value),
                };
                Value::Section(object.iter().map(entry).collect())
            }
        };
        Self::new(Place::default(), value)
    }

    /// What it is, for a message that says what was found. Values of the environment show as they were written.
    pub fn described(&self, hide: bool) -> String {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_nothing() => "nothing".to_owned(),
            Value::Scalar(_) if hide => "a text".to_owned(),
            Value::Scalar(scalar) => quoted(scalar.written.as_ref().unwrap_or(&scalar.text)),
            Value::List(_) => "a list".to_owned(),
            Value::Section(_) => "a section of keys".to_owned(),
        }
    }

    /// The single values in it and below it.
    pub fn values<'n>(&'n self, found: &mut Vec<&'n Scalar>) {
        match &self.value {
            Value::Scalar(scalar) => found.push(scalar),
            Value::List(items) => items.iter().for_each(|item| item.values(found)),
            Value::Section(entries) => entries.iter().for_each(|entry| entry.node.values(found)),
        }
    }

    /// How the first value from the environment in it or below it is written, if there is one.
    pub fn substituted(&self) -> Option<&str> {
        let mut values = Vec::new();
        self.values(&mut values);
        values.into_iter().find_map(|value| value.written.as_deref())
    }
}

/// A value in backticks, cut when it is long.
pub fn quoted(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(clean).collect();
    if text.chars().count() > SHOWN_CHARS_MAX {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A position in the tree. A step to what is not there stays where it is, so that a problem always has a place.
#[derive(Clone, Copy, Debug)]
pub struct At<'n> {
    node: &'n Node,
    entry: Option<&'n Entry>,
}

impl<'n> At<'n> {
    /// The root.
    pub fn root(node: &'n Node) -> Self {
        Self { node, entry: None }
    }

    /// The value under `key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.find(key).unwrap_or(self)
    }

    /// The value under `key`, if the key is written at all.
    pub fn find(self, key: &str) -> Option<Self> {
        let Value::Section(entries) = &self.node.value else { return None };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(Self { node: &entry.node, entry: Some(entry) })
    }

    /// The entry at `index` of a list.
    #[must_use]
    pub fn item(self, index: usize) -> Self {
        match &self.node.value {
            Value::List(items) => items.get(index).map_or(self, |node| Self { node, entry: None }),
            _ => self,
        }
    }

    /// Follows a path such as `expect.headers[2].name`, as far as it goes.
    #[must_use]
    pub fn follow(self, path: &str) -> Self {
        let path = path.trim_start_matches('.');
        match &self.node.value {
            Value::Section(entries) => entries
                .iter()
                .filter(|entry| path.starts_with(&entry.key))
                .filter(|entry| path[entry.key.len()..].chars().next().is_none_or(|c| matches!(c, '.' | '[')))
                .max_by_key(|entry| entry.key.len())
                .map_or(self, |entry| {
                    Self { node: &entry.node, entry: Some(entry) }.follow(&path[entry.key.len()..])
                }),
            Value::List(_) => {
                let index = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                match index.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
                    Some((index, rest)) if self.len() > index => self.item(index).follow(rest),
                    _ => self,
                }
            }
            Value::Scalar(_) => self,
        }
    }

    fn len(self) -> usize {
        match &self.node.value {
            Value::List(items) => items.len(),
            _ => 0,
        }
    }

    /// Where the value stands.
    pub fn place(self) -> Place {
        self.node.place
    }

    /// Where its key stands; where it stands itself when it has none.
    pub fn key_place(self) -> Place {
        self.entry.map_or(self.node.place, |entry| entry.key_place)
    }

    /// Its key, if it has one.
    pub fn name(self) -> Option<&'n str> {
        self.entry.map(|entry| entry.key.as_str())
    }

    /// The value for a message: as it was written where the environment is part of it, hidden under a secret key.
    pub fn shown(self) -> String {
        self.node.described(self.entry.is_some_and(|entry| is_secret(&entry.key)))
    }

    /// Whether a value of the environment is part of it, or of anything below it.
    pub fn is_substituted(self) -> bool {
        self.node.substituted().is_some()
    }

    /// Whether it is a single value.
    pub fn is_scalar(self) -> bool {
        matches!(self.node.value, Value::Scalar(_))
    }

    /// The node itself.
    pub fn node(self) -> &'n Node {
        self.node
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_path_is_followed_as_far_as_it_goes() {
        let text = "http:\n  headers:\n    X.Y-Z: a\n  codes: [1, 2]\n";
        let (root, findings) = read(text, &|_| None).unwrap();
        assert!(findings.is_empty());
        let at = At::root(&root);
        assert_eq!(at.follow("http.headers.X.Y-Z").place().line, 3);
        assert_eq!(at.follow("http.headers[X.Y-Z]").place().line, 2, "as far as the headers");
        assert_eq!(at.follow("http.codes[1]").place().column, 14);
        assert_eq!(at.follow("http.codes[7].x").place().line, 4);
        assert_eq!(at.follow("nowhere.at.all").place(), root.place);
    }
}
