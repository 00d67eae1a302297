//! What an answer says: transport first, then the document.

use std::collections::{BTreeMap, BTreeSet};

use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::feed::xml;
use super::reading::{Document, Reading};
use super::{FORMATS, Format, age, json, parts, statuspage};
use crate::http::Answer;
use crate::limits::{DOCUMENT_NODES_MAX, PARTS_MAX, SUPPLIER_NODES_MAX};
use crate::outcome::{Mapped, Outcome, Part, Reason, ReasonKind, excerpt};

const NO_FORMAT: &str =
    "the document is in no format that is known: expected an object with a \"status\" in text";

/// What is made of an answer.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Why it is not good, and how bad that is.
    pub failure: Option<(Outcome, Reason)>,
    /// The format in which it was read.
    pub format: Option<Format>,
    /// Its parts, but for those that speak for a component of their own.
    pub parts: Vec<Part>,
    /// What it says of those.
    pub mapped: Vec<Mapped>,
}

/// Why a document was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The answer says by its status that something is wrong.
    Status,
    /// It cannot be read, in words that end a sentence.
    Bad(String),
    /// It is beyond a bound of ours, in words that end a sentence. That says nothing of the service.
    Beyond(String),
    /// It is in none of the formats that were tried.
    NoFormat,
}

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Told {
    /// Its format.
    pub format: Format,
    /// What it says.
    pub reading: Reading,
    /// The whole of it, where it is JSON.
    pub json: Value,
}

/// What an answer says, with what `patterns` name told apart.
pub(super) fn judge(
    answer: &Answer,
    (format, patterns): (Option<Format>, &BTreeMap<String, String>),
    now_s: i64,
) -> Judged {
    if let Some(age_s) = age::beyond(&answer.headers, now_s) {
        let minutes = age_s / 60;
        let sentence =
            format!("Health: a cache answered with what is {minutes} minutes old and says nothing of now");
        let failure = Some((Outcome::Unknown, Reason::new(ReasonKind::BadDocument, sentence)));
        return Judged { failure, ..Judged::default() };
    }
    let told = match read_answer(answer, format.as_slice(), now_s) {
        Ok(told) => told,
        Err(unread) => {
            let unreadable = |outcome, problem: String| {
                let sentence =
                    format!("Health: the document cannot be read: {problem}, got {}", answer.said());
                (outcome, Reason::new(ReasonKind::BadDocument, sentence))
            };
            let failure = match unread {
                Unread::Status => status_failure(answer.status),
                Unread::Bad(problem) => unreadable(Outcome::Degraded, problem),
                Unread::Beyond(problem) => unreadable(Outcome::Unknown, problem),
                Unread::NoFormat => {
                    let sentence = format!("Health: {NO_FORMAT}, got {}", answer.said());
                    (Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence))
                }
            };
            return Judged { failure: Some(failure), ..Judged::default() };
        }
    };
    judge_reading(told.format, told.reading, patterns, answer)
}

/// Reads the document of an answer in one of the formats of `only`, or in any where that is empty. A single one is not
/// recognised first.
pub(crate) fn read_answer(answer: &Answer, only: &[Format], now_s: i64) -> Result<Told, Unread> {
    let otherwise = |unread| if is_good(answer.status) { unread } else { Unread::Status };
    let media_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default();
    let text = answer.text();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // Lines of Kubernetes begin like a list.
    let is_open = text.starts_with(['{', '[']) && !text.starts_with("[+]") && !text.starts_with("[-]");
    let is_json = is_open || media_type.to_ascii_lowercase().contains("json");
    let parsed =
        if is_json { json::parse_up_to(&answer.body, SUPPLIER_NODES_MAX) } else { Ok((Value::Null, 0)) };
    let (json, nodes) = parsed.map_err(otherwise)?;
    let xml = if !is_json && xml::is_feed(text, media_type) { Some(xml::parse(text)) } else { None };
    let xml = xml.transpose().map_err(|problem| otherwise(Unread::Bad(problem)))?;
    let text = if is_json || xml.is_some() { "" } else { text };
    let document = Document { media_type, json: &json, xml: xml.as_ref(), text, now_s };
    if nodes > DOCUMENT_NODES_MAX && !statuspage::recognise(&document) {
        return Err(otherwise(Unread::Beyond(json::too_many(DOCUMENT_NODES_MAX))));
    }
    let known = FORMATS.iter().find(|(known, recognise, _)| match only {
        [wanted] => known == wanted,
        _ => (only.is_empty() || only.contains(known)) && recognise(&document),
    });
    let read = known.and_then(|(format, _, read)| Some((*format, read(&document)?)));
    let (format, reading) = read.ok_or_else(|| otherwise(Unread::NoFormat))?;
    if reading.parts.len() > PARTS_MAX {
        return Err(otherwise(Unread::Beyond(format!("it tells of more than {PARTS_MAX} parts"))));
    }
    Ok(Told { format, reading, json })
}

/// What a reading says that came with this status, with what `patterns` name told apart.
pub(crate) fn judge_reading(
    format: Format,
    mut reading: Reading,
    patterns: &BTreeMap<String, String>,
    answer: &Answer,
) -> Judged {
    // A check of it that is down makes all of it down, of which those who have components of their own for its parts want no more.
    if format == Format::MicroProfile && !patterns.is_empty() {
        reading = reading.partial_if_any_is_well();
    }
    let count = reading.parts.len();
    let (mut mapped, rest) = parts::split(patterns.keys(), std::mem::take(&mut reading.parts));
    let reading = if rest.len() == count { Reading { parts: rest, ..reading } } else { reading.with(rest) };
    let mut reading = reading;
    // A target may echo what it was shown, as the name of a part or as its word. It is hidden only in what is told: what was shown
    // may also be an ordinary word, without which the document would be another.
    let hide = |text: &mut String| *text = answer.shown.hide(std::mem::take(text));
    hide(&mut reading.word);
    reading.note.iter_mut().for_each(hide);
    for part in &mut reading.parts {
        hide(&mut part.path);
        hide(&mut part.word);
    }
    for reason in mapped.iter_mut().filter_map(|mapped| mapped.reason.as_mut()) {
        hide(&mut reason.sentence);
    }
    // This library answers 503 for what is not known as for what is down, and its word tells which.
    let is_told_apart = format == Format::HealthLib && reading.whole == Outcome::Unknown;
    let failure = reading_failure(&reading, is_told_apart || is_good(answer.status), answer.status);
    Judged { failure, format: Some(format), parts: reading.parts, mapped }
}

fn is_good(status: u16) -> bool {
    (200..300).contains(&status)
}

fn status_failure(status: u16) -> (Outcome, Reason) {
    let sentence = format!("Health: expected a status from 200 to 299, got {status}");
    (Outcome::Down, Reason::new(ReasonKind::WrongStatus, sentence))
}

/// Parts that do not work, as a sentence has them.
pub(super) struct Bad {
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
pub(super) fn bad_parts(parts: &[Part]) -> Option<Bad> {
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
    let degraded = reading.parts.iter().find(|part| part.outcome == Outcome::Degraded);
    let note = reading.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    match reading.whole {
        Outcome::Down => {
            let with = bad.map(|bad| format!(", with {} down", bad.names)).unwrap_or_default();
            said(Outcome::Down, format!("Health: the service says it is down{with}{note}"))
        }
        // What is bad beside the maintenance counts more; the note tells of the maintenance.
        Outcome::Maintenance => match (bad, degraded) {
            (Some(bad), _) => said(Outcome::Partial, format!("Health: {bad}")),
            (None, Some(degraded)) => said(Outcome::Degraded, said_of(degraded)),
            (None, None) => {
                said(Outcome::Maintenance, format!("Health: the service says it is out of service{note}"))
            }
        },
        Outcome::Partial => {
            let what = bad.unwrap_or_else(|| Bad::one("some of the service"));
            said(Outcome::Partial, format!("Health: {what}{note}"))
        }
        _ if !good_status => Some(status_failure(status)),
        Outcome::Unknown if reading.note.is_some() => {
            let sentence = format!("Health: it cannot be told how the service is{note}");
            Some((Outcome::Unknown, Reason::new(ReasonKind::FormatUnknown, sentence)))
        }
        Outcome::Unknown if reading.word.to_ascii_lowercase().starts_with("unknown") => {
            let sentence = format!("Health: the service does not know how it is, got \"{}\"", reading.word);
            said(Outcome::Unknown, sentence)
        }
        Outcome::Unknown => {
            let sentence = format!("Health: expected a status such as UP or DOWN, got \"{}\"", reading.word);
            Some((Outcome::Degraded, Reason::new(ReasonKind::FormatUnknown, sentence)))
        }
        Outcome::Good | Outcome::Degraded => match (bad, reading.whole) {
            (Some(bad), _) => said(Outcome::Partial, format!("Health: {bad}{note}")),
            (None, Outcome::Degraded) => {
                said(Outcome::Degraded, format!("Health: the service says it is not at its best{note}"))
            }
            (None, _) => {
                let is_apart =
                    |part: &&Part| reading.maintenance_is_apart && part.outcome == Outcome::Maintenance;
                let warned =
                    reading.parts.iter().find(|part| part.outcome != Outcome::Good && !is_apart(part))?;
                said(Outcome::Degraded, said_of(warned))
            }
        },
    }
}

/// A part with its own word, as a sentence.
pub(super) fn said_of(part: &Part) -> String {
    format!("Health: {} is {}", excerpt(&part.path), part.word)
}
