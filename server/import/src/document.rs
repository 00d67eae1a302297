//! A document, the tree of values that YAML and JSON are read into, and the way in it: every value knows its place.

mod at;
mod json;
mod node;
mod yaml;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub use at::At;
pub use node::{Entry, Node, Scalar, Value};

use crate::limits::DOCUMENT_BYTES_MAX;
use crate::{ImportError, Spot};

/// A text with its name.
#[derive(Clone, Debug)]
pub struct Document {
    /// How messages call it: its path or address.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Document {
    /// Reads a file whole.
    ///
    /// # Errors
    /// When it cannot be read, has more than [`DOCUMENT_BYTES_MAX`] bytes, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        let bound = DOCUMENT_BYTES_MAX as u64 + 1;
        let read = File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes));
        read.map_err(|error| {
            ImportError::new(Spot::of(&name), format!("it cannot be read: {error}"), "check the path")
        })?;
        Self::of(&name, bytes)
    }

    /// Takes bytes as a document.
    ///
    /// # Errors
    /// When they are too many, or not UTF-8.
    pub fn of(name: &str, bytes: Vec<u8>) -> Result<Self, ImportError> {
        let spot = Spot::of(name);
        if bytes.len() > DOCUMENT_BYTES_MAX {
            let what = format!("it is larger than {} MiB", DOCUMENT_BYTES_MAX / 1024 / 1024);
            return Err(ImportError::new(spot, what, "check that it is the right file, or split it"));
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = match text.strip_prefix('\u{feff}') {
                    Some(rest) => rest.to_owned(),
                    None => text,
                };
                Ok(Self { name: name.to_owned(), text })
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
                let what = format!("line {line} holds bytes that are not UTF-8");
                Err(ImportError::new(spot, what, "save the file in UTF-8"))
            }
        }
    }

    /// Reads it as YAML; anchors, aliases and merged keys are put in, each repetition counted.
    ///
    /// # Errors
    /// When it is not YAML, or larger than its bounds. The place is exact.
    pub fn yaml(&self) -> Result<Node, ImportError> {
        yaml::read(self)
    }

    /// Reads it as JSON.
    ///
    /// # Errors
    /// When it is not JSON, or larger than its bounds.
    pub fn json(&self) -> Result<Node, ImportError> {
        json::read(self)
    }

    /// The way into a tree that was read of it.
    pub fn at<'n>(&'n self, root: &'n Node) -> At<'n> {
        At::root(&self.name, root)
    }
}
