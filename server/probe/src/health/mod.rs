//! `health`: reads what a service says of its own parts. One file for each format, one line for each in a list.
//!
//! A document that nobody here can read is never called healthy.

mod draft;
mod json;
mod simple;

use std::collections::BTreeMap;

use garde::Validate;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::budget::Budget;
use crate::http::{Answer, Request, Version, check_url, fetch};
use crate::limits::REDIRECTS_DEFAULT;
use crate::outcome::{Look, Outcome, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

/// Reads a health document.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// Where it is, `http://` or `https://`.
    #[garde(custom(check_url))]
    #[schemars(example = &"https://api.example.com/health")]
    pub url: String,
    /// Headers of the request.
    #[serde(default)]
    #[garde(length(max = 50), custom(crate::http::check_headers))]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, SecretString>,
    /// A token to show, as `Authorization: Bearer`.
    #[garde(skip)]
    #[schemars(with = "Option<String>", example = &"${API_TOKEN}")]
    pub bearer: Option<SecretString>,
    /// The format of the document. Without it, it is recognised.
    #[garde(skip)]
    pub format: Option<Format>,
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The service's own word for the whole.
    pub word: String,
    /// How the whole is, by that word.
    pub whole: Outcome,
    /// Its parts: name, word, and what the word means.
    pub parts: Vec<(String, String, Outcome)>,
}

type Recognise = fn(Option<&str>, &Value) -> bool;
type Read = fn(&Value) -> Option<Reading>;

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $recognise:path, $read:path;)*) => {
        /// A format of health documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum Format {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        /// In the order in which they are tried.
        const FORMATS: &[(Format, Recognise, Read)] = &[$((Format::$name, $recognise, $read),)*];
    };
}

formats! {
    /// `application/health+json`, the IETF draft.
    HealthJson = "health+json": draft::recognise, draft::read;
    /// `{"status":"UP","database":"UP","cache":"DOWN"}`.
    Simple = "simple": simple::recognise, simple::read;
}

/// Looks once.
pub async fn look(prober: &Prober, check: &HealthCheck, budget: &Budget, look: &mut Look) {
    let request = Request {
        url: &check.url,
        method: "GET",
        headers: &check.headers,
        body: None,
        bearer: check.bearer.as_ref(),
        basic: None,
        version: Version::Auto,
        redirects: REDIRECTS_DEFAULT,
        decompress: false,
        accept: Some("application/health+json, application/json;q=0.9, */*;q=0.1"),
    };
    match fetch(prober, &request, budget, look).await {
        Ok(answer) => {
            let (failure, parts) = judge(&answer, check.format);
            look.failure = failure;
            look.facts.parts = parts;
        }
        Err(reason) => look.down(reason),
    }
}

const NO_FORMAT: &str =
    "the document is in no format that is known: expected an object with a \"status\" in text";

type Judgement = (Option<(Outcome, Reason)>, Vec<(String, String)>);

/// What an answer says: transport first, then the document.
fn judge(answer: &Answer, format: Option<Format>) -> Judgement {
    let good_status = (200..300).contains(&answer.status);
    let document = match json::parse(&answer.body) {
        Ok(document) => document,
        Err(_) if !good_status => return (Some(status_failure(answer.status)), Vec::new()),
        Err(problem) => {
            let sentence = format!("Health: the document cannot be read: {problem}, got {}", answer.said());
            return (Some((Outcome::Degraded, Reason::new(ReasonKind::BadDocument, sentence))), Vec::new());
        }
    };
    let media_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let known = FORMATS.iter().find(|(known, recognise, _)| match format {
        Some(wanted) => *known == wanted,
        None => recognise(media_type, &document),
    });
    let Some(reading) = known.and_then(|(_, _, read)| read(&document)) else {
        let sentence = format!("Health: {NO_FORMAT}, got {}", answer.said());
        let unknown = (Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence));
        return (Some(if good_status { unknown } else { status_failure(answer.status) }), Vec::new());
    };
    let parts = reading.parts.iter().map(|(name, word, _)| (name.clone(), word.clone())).collect();
    (reading_failure(&reading, good_status, answer.status), parts)
}

fn status_failure(status: u16) -> (Outcome, Reason) {
    let sentence = format!("Health: expected a status from 200 to 299, got {status}");
    (Outcome::Down, Reason::new(ReasonKind::WrongStatus, sentence))
}

fn reading_failure(reading: &Reading, good_status: bool, status: u16) -> Option<(Outcome, Reason)> {
    let said = |outcome: Outcome, text: String| Some((outcome, Reason::new(ReasonKind::Unhealthy, text)));
    let bad: Vec<&str> =
        reading.parts.iter().filter(|part| part.2 == Outcome::Down).map(|part| part.0.as_str()).collect();
    let down =
        if bad.is_empty() { String::new() } else { format!(", with {} down", excerpt(&bad.join(", "))) };
    match reading.whole {
        Outcome::Down => said(Outcome::Down, format!("Health: the service says it is down{down}")),
        Outcome::Maintenance => {
            said(Outcome::Maintenance, "Health: the service says it is out of service".to_owned())
        }
        _ if !good_status => Some(status_failure(status)),
        Outcome::Unknown => {
            let word = excerpt(&reading.word);
            let sentence = format!("Health: expected a status such as UP or DOWN, got \"{word}\"");
            Some((Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence)))
        }
        _ if !bad.is_empty() => {
            said(Outcome::Partial, format!("Health: {} is down", excerpt(&bad.join(", "))))
        }
        Outcome::Degraded => {
            said(Outcome::Degraded, "Health: the service says it is not at its best".to_owned())
        }
        _ => {
            let warned = reading.parts.iter().find(|part| part.2 != Outcome::Good)?;
            let sentence = format!("Health: {} is {}", excerpt(&warned.0), excerpt(&warned.1));
            said(Outcome::Degraded, sentence)
        }
    }
}

/// What one word means, in the words that services use.
pub(crate) fn meaning(word: &str) -> Outcome {
    match word.to_ascii_lowercase().as_str() {
        "up" | "ok" | "pass" | "healthy" | "true" => Outcome::Good,
        "warn" | "warning" | "degraded" => Outcome::Degraded,
        "down" | "fail" | "error" | "unhealthy" | "false" => Outcome::Down,
        "out_of_service" | "shutting_down" => Outcome::Maintenance,
        _ => Outcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use http::{HeaderMap, HeaderValue};

    /// What is made of a document: outcome and sentence.
    fn check(status: u16, media_type: &'static str, body: &str, expected: Option<(Outcome, &str)>) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        let answer = Answer { status, headers, body: body.as_bytes().to_vec(), shown: Shown::default() };
        let (failure, _) = judge(&answer, None);
        let said = failure.as_ref().map(|(outcome, reason)| (*outcome, reason.sentence.as_str()));
        assert_eq!(said, expected, "{status} {body}");
    }

    const JSON: &str = "application/json";

    #[test]
    fn a_plain_document_is_read_with_its_parts() {
        check(200, JSON, r#"{"status":"UP","database":"UP","cache":"UP"}"#, None);
        check(200, JSON, "\u{feff}{\"status\":\"ok\",\"database\":\"healthy\"}", None);
        let partial = Some((Outcome::Partial, "Health: cache is down"));
        check(200, JSON, r#"{"status":"UP","database":"UP","cache":"DOWN"}"#, partial);
        let down = Some((Outcome::Down, "Health: the service says it is down, with database down"));
        check(503, JSON, r#"{"status":"DOWN","database":"DOWN","cache":"UP"}"#, down);
        let maintenance = Some((Outcome::Maintenance, "Health: the service says it is out of service"));
        check(503, JSON, r#"{"status":"OUT_OF_SERVICE","database":"UP"}"#, maintenance);
    }

    #[test]
    fn a_failing_status_is_never_talked_away_by_the_document() {
        let down = Some((Outcome::Down, "Health: expected a status from 200 to 299, got 500"));
        check(500, JSON, r#"{"status":"UP","database":"UP"}"#, down);
        check(500, "text/plain", "oops", down);
    }

    #[test]
    fn a_draft_document_is_read_with_its_checks() {
        let media = "application/health+json";
        check(200, media, r#"{"status":"pass"}"#, None);
        let warn = Some((Outcome::Degraded, "Health: the service says it is not at its best"));
        check(200, media, r#"{"status":"warn","checks":{"db:time":[{"status":"warn"}]}}"#, warn);
        let partial = Some((Outcome::Partial, "Health: db:time is down"));
        check(
            200,
            media,
            r#"{"status":"pass","checks":{"db:time":[{"status":"pass"},{"status":"fail"}]}}"#,
            partial,
        );
    }

    #[test]
    fn what_nobody_can_read_is_never_healthy() {
        for body in [r#"{"hello":"world"}"#, "[]", "3", r#"{"status":{}}"#, r#"{"status":1,"a":"b"}"#] {
            let said = format!("Health: {NO_FORMAT}, got \"{body}\"");
            check(200, JSON, body, Some((Outcome::Degraded, &said)));
        }
        let html = "Health: the document cannot be read: it is not JSON, got \"<html>Please sign in</html>\"";
        check(200, "text/html", "<html>Please sign in</html>", Some((Outcome::Degraded, html)));
        let word = Some((Outcome::Degraded, "Health: expected a status such as UP or DOWN, got \"purple\""));
        check(200, JSON, r#"{"status":"purple","database":"UP"}"#, word);
    }

    #[test]
    fn a_document_beyond_its_bounds_is_refused() {
        let twice = r#"{"status":"UP","status":"DOWN"}"#;
        let deep = format!("{}{}", r#"{"a":"#.repeat(17), "1") + &"}".repeat(17);
        let many = format!(r#"{{"status":"UP","a":[{}1]}}"#, "1,".repeat(1_000));
        for (body, why) in [
            (twice, "\"status\" stands in it twice"),
            (&deep, "it is deeper than 16 levels"),
            (&many, "it has more than 1000 values"),
        ] {
            let said = format!("Health: the document cannot be read: {why}, got \"{}\"", excerpt(body));
            check(200, JSON, body, Some((Outcome::Degraded, &said)));
        }
    }
}
