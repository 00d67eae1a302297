//! A position in a tree: what one asks a value for, and the error with its place where it is not what it should be.

use pharos_model::UnixMs;

use super::node::{Node, Value, quoted};
use crate::{ImportError, Spot, moment};

/// A value and the way to it.
#[derive(Clone, Debug)]
pub struct At<'n> {
    document: &'n str,
    path: String,
    node: &'n Node,
}

impl<'n> At<'n> {
    /// The root of a document.
    pub fn root(document: &'n str, node: &'n Node) -> Self {
        Self { document, path: String::new(), node }
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        Spot { document: self.document.to_owned(), line: self.node.line, path: self.path.clone() }
    }

    /// An error here.
    pub fn error(&self, what: impl Into<String>, hint: impl Into<String>) -> ImportError {
        ImportError::new(self.spot(), what, hint)
    }

    /// What it is, for a message.
    pub fn shown(&self) -> String {
        self.node.described()
    }

    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if scalar.is_nothing)
    }

    /// The value under a key, where there is one and it is not nothing. A value that has no keys has none.
    pub fn get(&self, key: &str) -> Option<Self> {
        let Value::Section(entries) = &self.node.value else { return None };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        let found = self.below(key, &entry.node);
        (!found.is_nothing()).then_some(found)
    }

    /// The value under a key.
    ///
    /// # Errors
    /// When there is none.
    pub fn need(&self, key: &str) -> Result<Self, ImportError> {
        self.get(key).ok_or_else(|| match &self.node.value {
            Value::Section(_) => self.error(
                format!("`{key}` is missing"),
                "check that this is the right file, and the whole of it",
            ),
            _ => self.error(
                format!("a section with `{key}` is expected here, not {}", self.shown()),
                "check that it is the right file",
            ),
        })
    }

    /// The entries of a list.
    ///
    /// # Errors
    /// When it is none.
    pub fn items(&self) -> Result<Vec<Self>, ImportError> {
        match &self.node.value {
            Value::List(items) => {
                let at = |(index, node): (usize, &'n Node)| Self {
                    document: self.document,
                    path: format!("{}[{index}]", self.path),
                    node,
                };
                Ok(items.iter().enumerate().map(at).collect())
            }
            _ => Err(self.error(format!("a list is expected here, not {}", self.shown()), "write a list")),
        }
    }

    /// The keys of a section with their values.
    ///
    /// # Errors
    /// When it is none.
    pub fn entries(&self) -> Result<Vec<(&'n str, Self)>, ImportError> {
        match &self.node.value {
            Value::Section(entries) => {
                let at = |entry: &'n super::Entry| (entry.key.as_str(), self.below(&entry.key, &entry.node));
                Ok(entries.iter().map(at).collect())
            }
            _ => Err(self.error(
                format!("a section of keys is expected here, not {}", self.shown()),
                "write keys with values",
            )),
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Whether it is a section of keys.
    pub fn is_section(&self) -> bool {
        matches!(self.node.value, Value::Section(_))
    }

    /// A single value as its text; numbers and truths as they are written.
    ///
    /// # Errors
    /// When it is not a single value.
    pub fn text(&self) -> Result<&'n str, ImportError> {
        match &self.node.value {
            Value::Scalar(scalar) => Ok(&scalar.text),
            _ => Err(self.error(format!("a text is expected here, not {}", self.shown()), "write one value")),
        }
    }

    /// A whole number that is not negative.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self) -> Result<u64, ImportError> {
        let read = self.text()?.trim().parse();
        read.map_err(|_| self.error(format!("{} is no whole number", self.shown()), "write digits alone"))
    }

    /// A truth.
    ///
    /// # Errors
    /// When it is none.
    pub fn truth(&self) -> Result<bool, ImportError> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            other => {
                let what = format!("{} is neither true nor false", quoted(other));
                Err(self.error(what, "write `true` or `false`"))
            }
        }
    }

    /// A moment, see [`moment`].
    ///
    /// # Errors
    /// When it is none.
    pub fn moment(&self) -> Result<UnixMs, ImportError> {
        moment(self.text()?).ok_or_else(|| {
            self.error(format!("{} is no moment", self.shown()), "write it as in 2026-01-31T12:00:00Z")
        })
    }

    fn below(&self, key: &str, node: &'n Node) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { document: self.document, path, node }
    }
}
