//! What is wrong with a configuration, in the words an operator needs to mend it.

use std::fmt;

use super::limits::PROBLEMS_MAX;
use super::snippet::{Place, excerpt, without_credentials};

/// Why a configuration was refused: one or more problems, each with its place and what to do.
///
/// Holds no value that came from the environment, and nothing that stood under a key such as `token`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, as the operator named it.
    pub file: String,
    /// What is wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
    /// Further problems that are not listed; there may be more, because the search ends at some point.
    pub unlisted: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 when it concerns the file as a whole.
    pub line: usize,
    /// The column, from 1, in characters; 0 when it concerns the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// The line with a caret; empty when it concerns the file as a whole.
    pub excerpt: String,
    /// Another place it has to do with, such as the first use of an identifier that is used twice.
    pub related: Option<Related>,
    /// What to do; empty when that is plain.
    pub hint: String,
}

/// Another place that a problem has to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is there, such as `first used here`.
    pub what: String,
    /// The line with a caret.
    pub excerpt: String,
}

/// A problem that is not yet rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub place: Option<Place>,
    pub what: String,
    pub related: Option<Box<(Place, String)>>,
    pub hint: String,
}

impl Finding {
    pub fn new(place: Place, what: impl Into<String>) -> Self {
        Self { place: Some(place), what: what.into(), related: None, hint: String::new() }
    }

    pub fn of_file(what: impl Into<String>) -> Self {
        Self { place: None, what: what.into(), related: None, hint: String::new() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub fn related(mut self, place: Place, what: impl Into<String>) -> Self {
        self.related = Some(Box::new((place, what.into())));
        self
    }

    pub fn rendered(self, text: &str) -> Problem {
        let place = self.place.unwrap_or_default();
        Problem {
            line: place.line,
            column: place.column,
            what: without_credentials(&self.what),
            excerpt: self.place.map(|place| excerpt(text, place)).unwrap_or_default(),
            related: self.related.map(|related| {
                let (place, what) = *related;
                Related { line: place.line, column: place.column, what, excerpt: excerpt(text, place) }
            }),
            hint: self.hint,
        }
    }
}

impl ConfigError {
    /// Renders findings against the text they were made in.
    pub(super) fn new(file: &str, text: &str, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.place);
        let unlisted = findings.len().saturating_sub(PROBLEMS_MAX);
        let problems =
            findings.into_iter().take(PROBLEMS_MAX).map(|finding| finding.rendered(text)).collect();
        Self { file: file.to_owned(), problems, unlisted }
    }

    /// A problem with the file as a whole.
    pub(super) fn of_file(file: &str, finding: Finding) -> Self {
        Self::new(file, "", vec![finding])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            problem.write(f, &self.file)?;
        }
        if self.unlisted > 0 {
            write!(f, "\n\nAt least {} more problems are not listed.", self.unlisted)?;
        }
        Ok(())
    }
}

impl Problem {
    fn write(&self, f: &mut fmt::Formatter<'_>, file: &str) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{file}: {}", self.what)?;
        } else {
            write!(f, "{file}:{}:{}: {}\n{}", self.line, self.column, self.what, self.excerpt)?;
        }
        if let Some(related) = &self.related {
            write!(f, "\n{file}:{}:{}: {}\n{}", related.line, related.column, related.what, related.excerpt)?;
        }
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        Ok(())
    }

    /// The problem in one text, for `file`.
    pub fn text(&self, file: &str) -> String {
        struct In<'a>(&'a Problem, &'a str);
        impl fmt::Display for In<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f, self.1)
            }
        }
        In(self, file).to_string()
    }
}
