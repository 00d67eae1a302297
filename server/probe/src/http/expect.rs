//! What an answer must be.

use std::collections::BTreeMap;

use garde::Validate;
use http::header::{HeaderName, HeaderValue};
use regex::Regex;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::fetch::Answer;
use crate::outcome::{Outcome, Reason, ReasonKind, excerpt};
use crate::tls;

/// What an answer must be. All that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Statuses that are good, 100 to 599. Without it, 200 to 299.
    #[serde(default)]
    #[garde(length(max = 50), inner(range(min = 100, max = 599)))]
    pub status: Vec<u16>,
    /// Headers the answer must have.
    #[serde(default)]
    #[garde(length(max = 20), dive)]
    pub headers: Vec<HeaderExpectation>,
    /// A text that must be in the body.
    #[garde(inner(length(bytes, min = 1, max = 4096)))]
    pub body_contains: Option<String>,
    /// A text that must not be in the body.
    #[garde(inner(length(bytes, min = 1, max = 4096)))]
    pub body_lacks: Option<String>,
    /// A regular expression that must match the body.
    #[garde(custom(check_regex))]
    pub body_matches: Option<String>,
    /// Values of a JSON body, by path.
    #[serde(default)]
    #[garde(length(max = 20), dive)]
    pub json: Vec<JsonExpectation>,
    /// With fewer days left to the certificate than this the service is degraded.
    #[garde(inner(range(max = 3650)))]
    pub certificate_days_left: Option<u16>,
}

/// A header the answer must have, and what must be in it.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HeaderExpectation {
    /// Its name.
    #[garde(custom(check_header_name))]
    pub name: String,
    /// What it must be, letter by letter.
    #[garde(skip)]
    pub equals: Option<String>,
    /// What must be in it.
    #[garde(skip)]
    pub contains: Option<String>,
    /// A regular expression that must match it.
    #[garde(custom(check_regex))]
    pub matches: Option<String>,
}

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
        let numbers = text.parse::<f64>().ok().zip(wanted.parse::<f64>().ok());
        let order = numbers.and_then(|(seen, wanted)| seen.partial_cmp(&wanted));
        match self {
            Self::Exists => true,
            Self::Equal => order.map_or(text == wanted, std::cmp::Ordering::is_eq),
            Self::NotEqual => !order.map_or(text == wanted, std::cmp::Ordering::is_eq),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::AtMost => order.is_some_and(std::cmp::Ordering::is_le),
            Self::More => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::AtLeast => order.is_some_and(std::cmp::Ordering::is_ge),
            Self::Contains => text.contains(wanted),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What an answer that is not as expected comes to.
type Failure = Option<(Outcome, Reason)>;

#[expect(clippy::unnecessary_wraps, reason = "the form in which all judgements are handed on")]
fn down(kind: ReasonKind, sentence: impl AsRef<str>) -> Failure {
    Some((Outcome::Down, Reason::new(kind, sentence)))
}

impl Expect {
    /// Judges an answer; the first thing that does not hold is the reason.
    pub(crate) fn judge(&self, answer: &Answer, days_left: Option<i64>) -> Failure {
        self.judge_status(answer.status)
            .or_else(|| self.headers.iter().find_map(|header| header.judge(answer)))
            .or_else(|| self.judge_body(answer))
            .or_else(|| self.judge_json(answer))
            .or_else(|| {
                let least = i64::from(self.certificate_days_left?);
                tls::judge(days_left?, least).map(|reason| (Outcome::Degraded, reason))
            })
    }

    fn judge_status(&self, status: u16) -> Failure {
        if self.status.is_empty() {
            let good = (200..300).contains(&status);
            let sentence = || format!("HTTP: expected a status from 200 to 299, got {status}");
            return if good { None } else { down(ReasonKind::WrongStatus, sentence()) };
        }
        if self.status.contains(&status) {
            return None;
        }
        let wanted: Vec<String> = self.status.iter().map(u16::to_string).collect();
        let sentence = format!("HTTP: expected status {}, got {status}", excerpt(&wanted.join(" or ")));
        down(ReasonKind::WrongStatus, sentence)
    }

    fn judge_body(&self, answer: &Answer) -> Failure {
        let body = answer.text();
        if let Some(text) = self.body_contains.as_ref().filter(|text| !body.contains(text.as_str())) {
            return down(ReasonKind::WrongBody, format!("HTTP: \"{}\" is not in the body", excerpt(text)));
        }
        if let Some(text) = self.body_lacks.as_ref().filter(|text| body.contains(text.as_str())) {
            return down(ReasonKind::WrongBody, format!("HTTP: \"{}\" is in the body", excerpt(text)));
        }
        let pattern = self.body_matches.as_ref()?;
        if Regex::new(pattern).is_ok_and(|regex| regex.is_match(&body)) {
            return None;
        }
        down(ReasonKind::WrongBody, format!("HTTP: the body does not match \"{}\"", excerpt(pattern)))
    }

    fn judge_json(&self, answer: &Answer) -> Failure {
        if self.json.is_empty() {
            return None;
        }
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(body) => self.json.iter().find_map(|expectation| expectation.judge(&body)),
            Err(_) => down(ReasonKind::WrongBody, "HTTP: the body is not JSON"),
        }
    }
}

impl HeaderExpectation {
    fn judge(&self, answer: &Answer) -> Failure {
        let Some(value) = answer.headers.get(&self.name) else {
            return down(ReasonKind::WrongHeader, format!("HTTP: the header {} is missing", self.name));
        };
        let value = String::from_utf8_lossy(value.as_bytes());
        let wrong = |wanted: &str, how: &str| {
            let sentence = format!(
                "HTTP: expected the header {} {how} \"{}\", got \"{}\"",
                self.name,
                excerpt(wanted),
                excerpt(&value)
            );
            down(ReasonKind::WrongHeader, sentence)
        };
        if let Some(wanted) = self.equals.as_ref().filter(|wanted| **wanted != value) {
            return wrong(wanted, "to be");
        }
        if let Some(wanted) = self.contains.as_ref().filter(|wanted| !value.contains(wanted.as_str())) {
            return wrong(wanted, "to contain");
        }
        let pattern = self.matches.as_ref()?;
        if Regex::new(pattern).is_ok_and(|regex| regex.is_match(&value)) {
            None
        } else {
            wrong(pattern, "to match")
        }
    }
}

impl JsonExpectation {
    fn judge(&self, body: &Value) -> Failure {
        // Validated when the configuration was read.
        let path = JsonPath::parse(&self.path).ok()?;
        let Some(seen) = path.query(body).first() else {
            return down(
                ReasonKind::WrongValue,
                format!("HTTP: there is nothing at {} in the body", self.path),
            );
        };
        let wanted = self.value.as_deref().unwrap_or_default();
        if self.is.holds(seen, wanted) {
            return None;
        }
        let (path, how, got) = (&self.path, self.is.words(), excerpt(&plain(seen)));
        down(ReasonKind::WrongValue, format!("HTTP: expected {path} {how} {}, got {got}", excerpt(wanted)))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "the form that the validator asks for"
)]
fn check_regex(pattern: &Option<String>, _: &()) -> garde::Result {
    let Some(Err(error)) = pattern.as_ref().map(|pattern| Regex::new(pattern)) else { return Ok(()) };
    let whole = error.to_string();
    // Above the last line the library draws where it is; the file's own lines show that better.
    let last = whole.lines().last().unwrap_or_default();
    let why = last.strip_prefix("error: ").unwrap_or(last);
    Err(garde::Error::new(format!("this is not a regular expression: {why}")))
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_header_name(name: &str, _: &()) -> garde::Result {
    match name.parse::<HeaderName>() {
        Ok(_) => Ok(()),
        Err(_) => Err(garde::Error::new(format!("\"{}\" is not the name of a header", excerpt(name)))),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
pub(crate) fn check_headers(headers: &BTreeMap<String, SecretString>, context: &()) -> garde::Result {
    for (name, value) in headers {
        check_header_name(name, context)?;
        if HeaderValue::from_str(value.expose_secret()).is_err() {
            return Err(garde::Error::new(format!("the value of {name} holds what no header may hold")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn answer(status: u16, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        Answer { status, headers, body: body.as_bytes().to_vec() }
    }

    /// What is said of an answer by an expectation written as in the configuration.
    fn check(expectation: &str, body: &str, expected: Option<&str>) {
        let expect: Expect = serde_json::from_str(expectation).unwrap();
        expect.validate().unwrap();
        let said = expect.judge(&answer(200, body), None).map(|(_, reason)| reason.sentence);
        assert_eq!(said.as_deref(), expected, "{expectation}");
    }

    #[test]
    fn the_status_must_be_one_of_those_asked_for() {
        check("{}", "", None);
        check(r#"{"status":[200]}"#, "", None);
        check(r#"{"status":[301,302]}"#, "", Some("HTTP: expected status 301 or 302, got 200"));
    }

    #[test]
    fn the_body_must_hold_and_lack_what_is_asked_for() {
        check(r#"{"body_contains":"fine"}"#, "all fine", None);
        check(r#"{"body_contains":"fine"}"#, "bad", Some("HTTP: \"fine\" is not in the body"));
        check(r#"{"body_lacks":"error"}"#, "error 5", Some("HTTP: \"error\" is in the body"));
        check(r#"{"body_matches":"^v[0-9]+$"}"#, "v12", None);
        check(r#"{"body_matches":"^v[0-9]+$"}"#, "x", Some("HTTP: the body does not match \"^v[0-9]+$\""));
    }

    #[test]
    fn a_header_must_be_there_and_hold_what_is_asked_for() {
        let missing = Some("HTTP: the header x-served-by is missing");
        check(r#"{"headers":[{"name":"x-served-by"}]}"#, "", missing);
        check(r#"{"headers":[{"name":"Content-Type","contains":"plain"}]}"#, "", None);
        let wrong = Some("HTTP: expected the header content-type to be \"text/html\", got \"text/plain\"");
        check(r#"{"headers":[{"name":"content-type","equals":"text/html"}]}"#, "", wrong);
    }

    #[test]
    fn a_value_of_a_json_body_is_compared_as_a_number_where_it_is_one() {
        let body = r#"{"queue":{"length":9,"name":"mail"},"on":true}"#;
        check(r#"{"json":[{"path":"$.queue.length","is":"<","value":"10"}]}"#, body, None);
        check(r#"{"json":[{"path":"$.queue.length","is":"==","value":"9.0"}]}"#, body, None);
        check(r#"{"json":[{"path":"$.on","is":"==","value":"true"}]}"#, body, None);
        check(r#"{"json":[{"path":"$.queue.name","is":"contains","value":"ai"}]}"#, body, None);
        let more = Some("HTTP: expected $.queue.length to be more than 10, got 9");
        check(r#"{"json":[{"path":"$.queue.length","is":">","value":"10"}]}"#, body, more);
        check(
            r#"{"json":[{"path":"$.nothing"}]}"#,
            body,
            Some("HTTP: there is nothing at $.nothing in the body"),
        );
        check(r#"{"json":[{"path":"$.on"}]}"#, "<html>", Some("HTTP: the body is not JSON"));
    }

    #[test]
    fn what_cannot_be_compared_is_refused_when_the_configuration_is_read() {
        for bad in [
            r#"{"body_matches":"("}"#,
            r#"{"json":[{"path":"queue"}]}"#,
            r#"{"headers":[{"name":"a b"}]}"#,
            r#"{"status":[99]}"#,
        ] {
            let expect: Expect = serde_json::from_str(bad).unwrap();
            assert!(expect.validate().is_err(), "{bad}");
        }
    }
}
