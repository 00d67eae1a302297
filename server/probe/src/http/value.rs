//! What a value of a JSON body must be.

use std::cmp::Ordering;

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::expect::{Failure, down};
use crate::outcome::{ReasonKind, excerpt};
use crate::shown::Shown;

/// A value of a JSON body.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct JsonExpectation {
    /// Where it is, as a JSON path (RFC 9535), such as `$.queue.length`.
    #[garde(custom(check_path))]
    #[schemars(example = &"$.queue.length")]
    pub path: String,
    /// How to compare.
    #[serde(default)]
    #[garde(skip)]
    pub is: Comparison,
    /// What to compare with. Numbers are compared as numbers where both are.
    #[garde(inner(length(bytes, max = 1024)))]
    pub value: Option<String>,
}

/// How to compare a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Comparison {
    /// It is there.
    #[default]
    #[serde(rename = "exists")]
    Exists,
    /// It is the same.
    #[serde(rename = "==")]
    Equal,
    /// It is not the same.
    #[serde(rename = "!=")]
    NotEqual,
    /// It is less.
    #[serde(rename = "<")]
    Less,
    /// It is not more.
    #[serde(rename = "<=")]
    AtMost,
    /// It is more.
    #[serde(rename = ">")]
    More,
    /// It is not less.
    #[serde(rename = ">=")]
    AtLeast,
    /// It contains the text.
    #[serde(rename = "contains")]
    Contains,
}

impl Comparison {
    fn words(self) -> &'static str {
        match self {
            Self::Exists => "to be there",
            Self::Equal => "to be",
            Self::NotEqual => "not to be",
            Self::Less => "to be less than",
            Self::AtMost => "to be at most",
            Self::More => "to be more than",
            Self::AtLeast => "to be at least",
            Self::Contains => "to contain",
        }
    }

    fn holds(self, seen: &Value, wanted: &str) -> bool {
        let text = plain(seen);
        // A text such as a version is the same only letter by letter: "1.10" is not "1.1".
        let same = || text == wanted || (seen.is_number() && order(&text, wanted) == Some(Ordering::Equal));
        let order = || order(&text, wanted);
        match self {
            Self::Exists => true,
            Self::Equal => same(),
            Self::NotEqual => !same(),
            Self::Less => order().is_some_and(Ordering::is_lt),
            Self::AtMost => order().is_some_and(Ordering::is_le),
            Self::More => order().is_some_and(Ordering::is_gt),
            Self::AtLeast => order().is_some_and(Ordering::is_ge),
            Self::Contains => text.contains(wanted),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Which of two numbers is more, exactly where both are whole; `None` when one is not a number.
fn order(seen: &str, wanted: &str) -> Option<Ordering> {
    if let (Ok(seen), Ok(wanted)) = (seen.parse::<i128>(), wanted.parse::<i128>()) {
        return Some(seen.cmp(&wanted));
    }
    seen.parse::<f64>().ok()?.partial_cmp(&wanted.parse().ok()?)
}

impl JsonExpectation {
    pub(super) fn judge(&self, body: &Value, shown: &Shown) -> Failure {
        let place = excerpt(&self.path);
        let Ok(path) = JsonPath::parse(&self.path) else {
            let sentence = format!("Could not look: {place} is not a JSON path, as $.queue.length is one");
            return down(ReasonKind::CouldNotLook, sentence);
        };
        let Some(seen) = path.query(body).first() else {
            let sentence = format!("HTTP: expected a value at {place}, but the body has none");
            return down(ReasonKind::WrongValue, sentence);
        };
        let wanted = self.value.as_deref().unwrap_or_default();
        if self.is.holds(seen, wanted) {
            return None;
        }
        let (how, wanted, got) = (self.is.words(), excerpt(wanted), shown.excerpt(&plain(seen)));
        let sentence = if seen.is_string() {
            format!("HTTP: expected {place} {how} \"{wanted}\", got \"{got}\"")
        } else {
            format!("HTTP: expected {place} {how} {wanted}, got {got}")
        };
        down(ReasonKind::WrongValue, sentence)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_path(path: &str, _: &()) -> garde::Result {
    match JsonPath::parse(path) {
        Ok(_) => Ok(()),
        Err(error) => {
            let place = error.position() + 1;
            let why = format!("this is not a JSON path: it cannot be read from character {place} on");
            Err(garde::Error::new(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a body by an expectation written as in the configuration.
    fn check(expectation: &str, body: &str, expected: Option<&str>) {
        let expectation: JsonExpectation = serde_json::from_str(expectation).unwrap();
        let said = expectation.judge(&serde_json::from_str(body).unwrap(), &Shown::default());
        assert_eq!(said.map(|(_, reason)| reason.sentence).as_deref(), expected);
    }

    #[test]
    fn a_value_of_a_json_body_is_compared_as_a_number_where_it_is_one() {
        let body = r#"{"queue":{"length":9,"name":"mail"},"on":true}"#;
        check(r#"{"path":"$.queue.length","is":"<","value":"10"}"#, body, None);
        check(r#"{"path":"$.queue.length","is":"==","value":"9.0"}"#, body, None);
        check(r#"{"path":"$.on","is":"==","value":"true"}"#, body, None);
        check(r#"{"path":"$.queue.name","is":"contains","value":"ai"}"#, body, None);
        let more = Some("HTTP: expected $.queue.length to be more than 10, got 9");
        check(r#"{"path":"$.queue.length","is":">","value":"10"}"#, body, more);
        check(
            r#"{"path":"$.nothing"}"#,
            body,
            Some("HTTP: expected a value at $.nothing, but the body has none"),
        );
    }

    #[test]
    fn a_version_in_text_is_not_the_same_as_the_number_it_looks_like() {
        let differs = Some("HTTP: expected $.version to be \"1.1\", got \"1.10\"");
        check(r#"{"path":"$.version","is":"==","value":"1.1"}"#, r#"{"version":"1.10"}"#, differs);
        check(r#"{"path":"$.version","is":">","value":"1"}"#, r#"{"version":"1.10"}"#, None);
    }

    #[test]
    fn whole_numbers_are_compared_to_the_last_digit() {
        let differs = Some("HTTP: expected $.id to be 9007199254740992, got 9007199254740993");
        let wanted = r#"{"path":"$.id","is":"==","value":"9007199254740992"}"#;
        check(wanted, r#"{"id":9007199254740993}"#, differs);
    }

    #[test]
    fn a_path_that_cannot_be_read_is_not_taken_for_a_good_answer() {
        let sentence = "Could not look: queue is not a JSON path, as $.queue.length is one";
        check(r#"{"path":"queue"}"#, "{}", Some(sentence));
    }
}
