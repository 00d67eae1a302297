//! What a document says, and the tools with which formats read it.

use serde_json::{Map, Value};

use super::feed::xml::Element;
use crate::outcome::{Outcome, Part, excerpt};

/// An answer, as formats look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    /// What it says it is.
    pub media_type: &'a str,
    /// The answer as JSON; null for one that is something else.
    pub json: &'a Value,
    /// The answer as XML, where it is a feed.
    pub xml: Option<&'a Element>,
    /// The answer as text; empty for one that is JSON or XML.
    pub text: &'a str,
    /// What time it is, in seconds of the Unix epoch.
    pub now_s: i64,
}

impl<'a> Document<'a> {
    /// Whether it says that it is of this media type.
    pub fn is(&self, media_type: &str) -> bool {
        let said = self.media_type.split(';').next().unwrap_or_default();
        said.trim().eq_ignore_ascii_case(media_type)
    }

    /// The text at a key of the whole.
    pub fn word(&self, key: &str) -> Option<&'a str> {
        self.json.get(key)?.as_str()
    }

    /// What stands under a key of the whole, by name.
    pub fn map(&self, key: &str) -> Option<&'a Map<String, Value>> {
        self.json.get(key)?.as_object()
    }
}

/// A part of this name, below the path `above` where that is not empty.
pub(crate) fn part_at(above: &str, name: &str, (word, outcome): (&str, Outcome)) -> Part {
    Part { path: joined(above, name), word: excerpt(word), outcome }
}

/// A path one name longer. A slash within a name is no way down.
pub(crate) fn joined(above: &str, name: &str) -> String {
    // What is not seen became a space.
    let name = match excerpt(name.trim()).trim() {
        "" => "?".to_owned(),
        name => name.replace('%', "%25").replace('/', "%2F"),
    };
    if above.is_empty() { name } else { [above, "/", &name].concat() }
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The service's own word for the whole.
    pub word: String,
    /// How the whole is, by that word: partial where the document itself says that some of it is well.
    pub whole: Outcome,
    /// Its parts, those of parts after them.
    pub parts: Vec<Part>,
    /// Whether the whole is no more than what its parts make it.
    pub of_parts: bool,
    /// Whether the maintenance of a part says nothing of the whole.
    pub maintenance_is_apart: bool,
    /// What is known beside it, to end a sentence: which incidents are open, or why nothing can be told.
    pub note: Option<String>,
}

impl Reading {
    /// The whole by its word.
    pub fn new((word, whole): (&str, Outcome), parts: Vec<Part>) -> Self {
        Self { word: excerpt(word), whole, parts, of_parts: false, maintenance_is_apart: false, note: None }
    }

    /// The same with what is known beside it.
    pub fn noted(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    /// The whole as bad as its parts make it, for documents that say nothing of the whole: well where one is and none is worse than
    /// not known.
    pub fn of_parts(parts: Vec<Part>) -> Self {
        let has = |outcome| parts.iter().any(|part| part.outcome == outcome);
        let whole = if !parts.is_empty() && parts.iter().all(|part| part.outcome == Outcome::Down) {
            Outcome::Down
        } else if parts.iter().any(Part::is_bad) {
            Outcome::Partial
        } else if has(Outcome::Degraded) {
            Outcome::Degraded
        } else if has(Outcome::Good) {
            Outcome::Good
        } else if has(Outcome::Maintenance) && !has(Outcome::Unknown) {
            Outcome::Maintenance
        } else {
            Outcome::Unknown
        };
        let word = match whole {
            Outcome::Good => "well",
            Outcome::Unknown => "unknown",
            Outcome::Maintenance => "maintenance",
            _ => "not well",
        };
        Self { word: word.to_owned(), whole, parts, of_parts: true, maintenance_is_apart: false, note: None }
    }

    /// The same with these parts alone, the others being told of elsewhere.
    pub fn with(self, parts: Vec<Part>) -> Self {
        match (self.of_parts, parts.is_empty()) {
            (true, true) => Self { whole: Outcome::Good, parts, ..self },
            (true, false) => Self::of_parts(parts),
            (false, _) => Self { parts, ..self },
        }
    }

    /// The same, partial where it is down and one of its parts is well.
    pub fn partial_if_any_is_well(mut self) -> Self {
        if self.whole == Outcome::Down && self.parts.iter().any(|part| part.outcome == Outcome::Good) {
            self.whole = Outcome::Partial;
        }
        self
    }
}

/// What one word means, in the words that services use.
pub(crate) fn meaning(word: &str) -> Outcome {
    match word.trim().to_ascii_lowercase().as_str() {
        "up" | "ok" | "pass" | "passed" | "healthy" | "true" | "working" | "pong" | "alive" => Outcome::Good,
        "warn" | "warning" | "degraded" => Outcome::Degraded,
        "down" | "fail" | "failed" | "error" | "unhealthy" | "false" => Outcome::Down,
        "out_of_service" | "shutting_down" | "maintenance" => Outcome::Maintenance,
        _ => Outcome::Unknown,
    }
}

/// A word with what it means.
pub(crate) fn said(word: &str) -> (&str, Outcome) {
    (word, meaning(word))
}

/// The text at a key of a value.
pub(crate) fn text_at<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}
