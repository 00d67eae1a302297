//! `health`: reads what a service says of its own parts. One file for each format, one line for each in a list.
//!
//! A document that nobody here can read is never called healthy.

mod aspnet;
mod django;
mod draft;
mod health_go;
mod health_lib;
pub(crate) mod json;
mod kubernetes;
mod laravel;
mod microprofile;
mod parts;
mod plain;
mod prometheus;
mod reading;
mod simple;
mod spring;
mod statuspage;
mod terminus;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use garde::Validate;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::budget::Budget;
use crate::http::{Answer, Request, Version, check_url, fetch};
use crate::limits::REDIRECTS_DEFAULT;
use crate::outcome::{Look, Mapped, Outcome, Part, Reason, ReasonKind, excerpt};
use crate::prober::Prober;
use crate::role::RoleSource;
use reading::{Document, Reading};

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
    /// Parts of the document that speak for components of their own: the path of a part, and the identifier of the
    /// component. A `*` stands for any part of a name, so that parts may come and go: those that match are told together. What
    /// stands below a part belongs to it, and what no path names belongs to the component of this check. A part that the
    /// document tells no more of is unknown. `pharos probe` shows the paths.
    #[serde(default)]
    #[garde(custom(parts::check))]
    #[schemars(example = &BTreeMap::from([("database", "orders-db"), ("shards/*", "search")]))]
    pub parts: BTreeMap<String, String>,
    /// Where the answer says which role it has, for a member of a redundant component.
    #[garde(dive)]
    pub role: Option<RoleSource>,
}

type Recognise = fn(&Document<'_>) -> bool;
type Read = fn(&Document<'_>) -> Option<Reading>;

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $module:ident;)*) => {
        /// A format of health documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum Format {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Format {
            /// Its name in the configuration.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }

        /// In the order in which they are tried.
        const FORMATS: &[(Format, Recognise, Read)] =
            &[$((Format::$name, $module::recognise, $module::read),)*];
    };
}

// Those that say what they are stand before those that are recognised by less.
formats! {
    /// `application/health+json`, the IETF draft.
    HealthJson = "health+json": draft;
    /// A supplier's status page, as `/api/v2/summary.json` of Statuspage has it.
    Statuspage = "statuspage": statuspage;
    /// Spring Boot Actuator.
    Spring = "spring": spring;
    /// ASP.NET Core, as its UI client writes it.
    AspNet = "aspnet": aspnet;
    /// MicroProfile Health, and Quarkus.
    MicroProfile = "microprofile": microprofile;
    /// `spatie/laravel-health`.
    Laravel = "laravel": laravel;
    /// `hellofresh/health-go`.
    HealthGo = "health-go": health_go;
    /// `alexliesenfeld/health`.
    HealthLib = "health": health_lib;
    /// NestJS Terminus, and `godaddy/terminus`.
    Terminus = "terminus": terminus;
    /// `django-health-check`.
    Django = "django": django;
    /// `{"status":"UP","database":"UP","cache":"DOWN"}`.
    Simple = "simple": simple;
    /// Kubernetes, as `readyz?verbose` writes it.
    Kubernetes = "kubernetes": kubernetes;
    /// A Prometheus exposition: what `up` and `probe_success` say.
    Prometheus = "prometheus": prometheus;
    /// One word in plain text, such as `OK`.
    Plain = "plain": plain;
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
            let judged = judge(&answer, (check.format, &check.parts), prober.now_s());
            if let Some(role) = &check.role {
                role.read(&answer.headers, &answer.body, &mut look.facts);
            }
            look.facts.mapped = judged.mapped;
            look.failure = judged.failure;
            look.facts.format = judged.format.map(Format::as_str);
            look.facts.parts = judged.parts;
        }
        Err(reason) => look.down(reason),
    }
}

const NO_FORMAT: &str =
    "the document is in no format that is known: expected an object with a \"status\" in text";

/// What is made of an answer.
#[derive(Debug, Default)]
struct Judged {
    failure: Option<(Outcome, Reason)>,
    format: Option<Format>,
    parts: Vec<Part>,
    mapped: Vec<Mapped>,
}

impl Judged {
    fn failed(failure: (Outcome, Reason)) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// What an answer says: transport first, then the document.
fn judge(
    answer: &Answer,
    (format, patterns): (Option<Format>, &BTreeMap<String, String>),
    now_s: i64,
) -> Judged {
    let good_status = (200..300).contains(&answer.status);
    let media_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default();
    let text = answer.text();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // Lines of Kubernetes begin like a list.
    let is_open = text.starts_with(['{', '[']) && !text.starts_with("[+]") && !text.starts_with("[-]");
    let is_json = is_open || media_type.to_ascii_lowercase().contains("json");
    let json = if is_json { json::parse(&answer.body) } else { Ok(Value::Null) };
    let json = match json {
        Ok(json) => json,
        Err(_) if !good_status => return Judged::failed(status_failure(answer.status)),
        Err(problem) => {
            let sentence = format!("Health: the document cannot be read: {problem}, got {}", answer.said());
            return Judged::failed((Outcome::Degraded, Reason::new(ReasonKind::BadDocument, sentence)));
        }
    };
    let text = if is_json { "" } else { text };
    let document = Document { media_type, json: &json, text, now_s };
    let known = FORMATS.iter().find(|(known, recognise, _)| match format {
        Some(wanted) => *known == wanted,
        None => recognise(&document),
    });
    let read = known.and_then(|(format, _, read)| Some((*format, read(&document)?)));
    let Some((format, mut reading)) = read else {
        let sentence = format!("Health: {NO_FORMAT}, got {}", answer.said());
        let unknown = (Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence));
        return Judged::failed(if good_status { unknown } else { status_failure(answer.status) });
    };
    let count = reading.parts.len();
    let (mapped, rest) = parts::split(patterns.keys(), std::mem::take(&mut reading.parts));
    let reading = if rest.len() == count { Reading { parts: rest, ..reading } } else { reading.with(rest) };
    let failure = reading_failure(&reading, good_status, answer.status);
    Judged { failure, format: Some(format), parts: reading.parts, mapped }
}

fn status_failure(status: u16) -> (Outcome, Reason) {
    let sentence = format!("Health: expected a status from 200 to 299, got {status}");
    (Outcome::Down, Reason::new(ReasonKind::WrongStatus, sentence))
}

/// Parts that do not work, as a sentence has them.
struct Bad {
    names: String,
    is_one: bool,
}

impl Bad {
    fn one(name: &str) -> Self {
        Self { names: name.to_owned(), is_one: true }
    }
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} down", self.names, if self.is_one { "is" } else { "are" })
    }
}

/// The parts that do not work, without those of which a part does not: that says where to look.
fn bad_parts(parts: &[Part]) -> Option<Bad> {
    let bad: Vec<&str> = parts.iter().filter(|part| part.is_bad()).map(|part| &*part.path).collect();
    let sorted: BTreeSet<&str> = bad.iter().copied().collect();
    let has_cause = |path: &str| {
        let below = [path, "/"].concat();
        sorted.range(&*below..).next().is_some_and(|other| other.starts_with(&below))
    };
    let causes: Vec<&str> = bad.iter().copied().filter(|path| !has_cause(path)).collect();
    (!causes.is_empty()).then(|| Bad { names: excerpt(&causes.join(", ")), is_one: causes.len() == 1 })
}

/// Why the reading is not good. A failing status is only explained by a document that says itself that something is not well.
fn reading_failure(reading: &Reading, good_status: bool, status: u16) -> Option<(Outcome, Reason)> {
    let said = |outcome: Outcome, text: String| Some((outcome, Reason::new(ReasonKind::Unhealthy, text)));
    let bad = bad_parts(&reading.parts);
    match reading.whole {
        Outcome::Down => {
            let with = bad.map(|bad| format!(", with {} down", bad.names)).unwrap_or_default();
            said(Outcome::Down, format!("Health: the service says it is down{with}"))
        }
        Outcome::Maintenance => {
            said(Outcome::Maintenance, "Health: the service says it is out of service".to_owned())
        }
        Outcome::Partial => {
            let what = bad.unwrap_or_else(|| Bad::one("some of the service"));
            said(Outcome::Partial, format!("Health: {what}"))
        }
        _ if !good_status => Some(status_failure(status)),
        Outcome::Unknown if reading.word.to_ascii_lowercase().starts_with("unknown") => {
            let sentence = format!("Health: the service does not know how it is, got \"{}\"", reading.word);
            said(Outcome::Unknown, sentence)
        }
        Outcome::Unknown => {
            let sentence = format!("Health: expected a status such as UP or DOWN, got \"{}\"", reading.word);
            Some((Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence)))
        }
        Outcome::Good | Outcome::Degraded => match (bad, reading.whole) {
            (Some(bad), _) => said(Outcome::Partial, format!("Health: {bad}")),
            (None, Outcome::Degraded) => {
                said(Outcome::Degraded, "Health: the service says it is not at its best".to_owned())
            }
            (None, _) => {
                let warned = reading.parts.iter().find(|part| part.outcome != Outcome::Good)?;
                said(Outcome::Degraded, said_of(warned))
            }
        },
    }
}

/// A part with its own word, as a sentence.
fn said_of(part: &Part) -> String {
    format!("Health: {} is {}", excerpt(&part.path), part.word)
}
