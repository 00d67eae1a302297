//! What an answer must be.

use std::collections::BTreeMap;

use garde::Validate;
use http::header::{HeaderName, HeaderValue};
use regex::Regex;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::fetch::Answer;
use super::value::JsonExpectation;
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

const NO_CERTIFICATE: &str = "Could not look: expected a certificate, but the answer came without one that can be read; use an https:// url";

/// What an answer that is not as expected comes to.
pub(super) type Failure = Option<(Outcome, Reason)>;

#[expect(clippy::unnecessary_wraps, reason = "the form in which all judgements are handed on")]
pub(super) fn down(kind: ReasonKind, sentence: impl AsRef<str>) -> Failure {
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
                let Some(days_left) = days_left else {
                    return down(ReasonKind::CouldNotLook, NO_CERTIFICATE);
                };
                tls::judge(days_left, least).map(|reason| (Outcome::Degraded, reason))
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
        let wrong = |how: &str, wanted: &str| {
            let sentence = format!("HTTP: expected {how} \"{}\", got {}", excerpt(wanted), answer.said());
            down(ReasonKind::WrongBody, sentence)
        };
        if let Some(text) = self.body_contains.as_ref().filter(|text| !body.contains(text.as_str())) {
            return wrong("a body with", text);
        }
        if let Some(text) = self.body_lacks.as_ref().filter(|text| body.contains(text.as_str())) {
            return wrong("a body without", text);
        }
        let pattern = self.body_matches.as_ref()?;
        if Regex::new(pattern).is_ok_and(|regex| regex.is_match(&body)) {
            return None;
        }
        wrong("a body that matches", pattern)
    }

    fn judge_json(&self, answer: &Answer) -> Failure {
        if self.json.is_empty() {
            return None;
        }
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(body) => self.json.iter().find_map(|expectation| expectation.judge(&body, &answer.shown)),
            Err(_) => down(ReasonKind::WrongBody, format!("HTTP: expected JSON, got {}", answer.said())),
        }
    }
}

impl HeaderExpectation {
    /// Good when one of the values is: a header may stand in an answer more than once.
    fn judge(&self, answer: &Answer) -> Failure {
        let values = answer.headers.get_all(&self.name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let Some(first) = values.first() else {
            let sentence =
                format!("HTTP: expected the header {}, but the answer has none", excerpt(&self.name));
            return down(ReasonKind::WrongHeader, sentence);
        };
        let (how, wanted) = self.lacks(first)?;
        if values.iter().skip(1).any(|value| self.lacks(value).is_none()) {
            return None;
        }
        let (name, wanted) = (excerpt(&self.name), excerpt(wanted));
        let got = answer.shown.excerpt(first);
        let sentence = format!("HTTP: expected the header {name} {how} \"{wanted}\", got \"{got}\"");
        down(ReasonKind::WrongHeader, sentence)
    }

    /// What a value lacks: how it was to be, and with what.
    fn lacks(&self, value: &str) -> Option<(&'static str, &str)> {
        let equals = self.equals.as_deref().filter(|wanted| *wanted != value);
        let contains = self.contains.as_deref().filter(|wanted| !value.contains(wanted));
        let matches = |pattern: &&str| Regex::new(pattern).is_ok_and(|regex| regex.is_match(value));
        let pattern = self.matches.as_deref().filter(|pattern| !matches(pattern));
        let first = equals.map(|wanted| ("to be", wanted));
        first.or(contains.map(|wanted| ("to contain", wanted))).or(pattern.map(|wanted| ("to match", wanted)))
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
    use crate::shown::Shown;
    use http::HeaderMap;

    fn answer(status: u16, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let shown = Shown::of(["canary-token"]);
        Answer { status, headers, body: body.as_bytes().to_vec(), shown }
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
        check(r#"{"body_contains":"fine"}"#, "bad", Some("HTTP: expected a body with \"fine\", got \"bad\""));
        check(
            r#"{"body_lacks":"error"}"#,
            "error 5",
            Some("HTTP: expected a body without \"error\", got \"error 5\""),
        );
        check(r#"{"body_matches":"^v[0-9]+$"}"#, "v12", None);
        let unlike = Some("HTTP: expected a body that matches \"^v[0-9]+$\", got \"x\"");
        check(r#"{"body_matches":"^v[0-9]+$"}"#, "x", unlike);
        let empty = Some("HTTP: expected a body with \"fine\", got an empty body");
        check(r#"{"body_contains":"fine"}"#, "", empty);
    }

    #[test]
    fn a_header_must_be_there_and_hold_what_is_asked_for() {
        let missing = Some("HTTP: expected the header x-served-by, but the answer has none");
        check(r#"{"headers":[{"name":"x-served-by"}]}"#, "", missing);
        check(r#"{"headers":[{"name":"Content-Type","contains":"plain"}]}"#, "", None);
        let wrong = Some("HTTP: expected the header content-type to be \"text/html\", got \"text/plain\"");
        check(r#"{"headers":[{"name":"content-type","equals":"text/html"}]}"#, "", wrong);
    }

    #[test]
    fn a_body_that_is_not_json_has_no_value() {
        let expected = Some("HTTP: expected JSON, got \"<html>\"");
        check(r#"{"json":[{"path":"$.on"}]}"#, "<html>", expected);
    }

    #[test]
    fn one_of_the_values_of_a_header_is_enough() {
        let mut twice = answer(200, "");
        twice.headers.append("content-type", HeaderValue::from_static("text/html"));
        let judged = |wanted: &str| {
            let expect = format!(r#"{{"headers":[{{"name":"content-type","equals":"{wanted}"}}]}}"#);
            serde_json::from_str::<Expect>(&expect).unwrap().judge(&twice, None)
        };
        assert_eq!(judged("text/html"), None);
        assert!(judged("text/css").is_some());
    }

    #[test]
    fn a_certificate_that_nobody_saw_does_not_last_long_enough() {
        let expect: Expect = serde_json::from_str(r#"{"certificate_days_left":14}"#).unwrap();
        let reason = expect.judge(&answer(200, ""), None).unwrap().1;
        assert_eq!((reason.kind, reason.sentence.as_str()), (ReasonKind::CouldNotLook, NO_CERTIFICATE));
    }

    #[test]
    fn a_credential_that_the_target_echoes_is_in_no_sentence() {
        let body = r#"{"asked":"Bearer canary-token"}"#;
        for expectation in [
            r#"{"body_contains":"fine"}"#,
            r#"{"json":[{"path":"$.asked","is":"==","value":"fine"}]}"#,
            r#"{"headers":[{"name":"x-asked","equals":"fine"}]}"#,
        ] {
            let mut echo = answer(200, body);
            echo.headers.insert("x-asked", HeaderValue::from_static("canary-token"));
            let expect: Expect = serde_json::from_str(expectation).unwrap();
            let said = expect.judge(&echo, None).unwrap().1.sentence;
            assert!(said.contains("[hidden]") && !said.contains("canary"), "{said}");
        }
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
