//! What prevents an import, with its place and what to do.

use std::fmt;

/// Where something stands in what is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file or address, as it was given.
    pub document: String,
    /// Line and column, both from 1, where the format has lines.
    pub line: Option<(usize, usize)>,
    /// The way to it, as in `endpoints[3].url`; empty for the whole document.
    pub path: String,
}

impl Spot {
    /// A whole document.
    pub fn of(document: &str) -> Self {
        Self { document: document.to_owned(), ..Self::default() }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document)?;
        if let Some((line, column)) = self.line {
            write!(f, ":{line}:{column}")?;
        }
        if !self.path.is_empty() {
            write!(f, " ({})", self.path)?;
        }
        Ok(())
    }
}

/// Why nothing can be imported. What can merely not be carried is no error but a [`crate::Left`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{spot}: {what}; {hint}")]
pub struct ImportError {
    /// Where.
    pub spot: Spot,
    /// What is wrong, with the value.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl ImportError {
    /// An error at a place.
    pub fn new(spot: Spot, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { spot, what: what.into(), hint: hint.into() }
    }
}
