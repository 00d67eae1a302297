//! What holds of whatever is made of any document: what tests and fuzzers hold every reading to.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

use super::judge::{Judged, judge};
use super::{Format, json};
use crate::http::Answer;
use crate::limits::{
    DOCUMENT_DEPTH_MAX, EXCERPT_CHARS_MAX, PARTS_MAX, SENTENCE_CHARS_MAX, SUPPLIER_NODES_MAX,
};
use crate::outcome::{Outcome, Part, Reason};
use crate::shown::Shown;

/// An answer to be read.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Its status.
    pub status: u16,
    /// What it says it is.
    pub media_type: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// The format in which it is to be read; without it, that is recognised.
    pub format: Option<Format>,
    /// What time it is, in seconds of the Unix epoch.
    pub now_s: i64,
}

/// Reads an answer, and says which rule is broken by what was made of it.
pub fn broken_rule(given: &Given<'_>) -> Option<String> {
    let mut headers = HeaderMap::new();
    if let Ok(media_type) = HeaderValue::from_str(given.media_type) {
        headers.insert(CONTENT_TYPE, media_type);
    }
    let answer = Answer { status: given.status, headers, body: given.body.to_vec(), shown: Shown::default() };
    let patterns = ["*", "db/*", "database"].map(|pattern| (pattern.to_owned(), "component".to_owned()));
    let patterns = BTreeMap::from(patterns);
    for patterns in [&BTreeMap::new(), &patterns] {
        let judged = judge(&answer, (given.format, patterns), given.now_s);
        if judged.mapped.len() != patterns.len() && judged.format.is_some() {
            return Some(format!("{} patterns were told of as {}", patterns.len(), judged.mapped.len()));
        }
        if let Some(broken) = broken(given, &judged) {
            return Some(broken);
        }
    }
    None
}

fn broken(given: &Given<'_>, judged: &Judged) -> Option<String> {
    if judged.failure.is_none() {
        let Some(format) = judged.format else { return Some("it is well in no format".to_owned()) };
        if !(200..300).contains(&given.status) {
            return Some(format!("it is well although it was answered with {}", given.status));
        }
        let is_json = given.body.starts_with(b"{");
        if is_json && json::parse_up_to(given.body, SUPPLIER_NODES_MAX).is_err() {
            return Some(format!("it is well as {} and cannot be read", format.as_str()));
        }
        if let Some(bad) = judged.parts.iter().find(|part| part.is_bad()) {
            return Some(format!("it is well and {bad:?} is not"));
        }
    }
    if judged.parts.len() > PARTS_MAX {
        return Some(format!("it has {} parts", judged.parts.len()));
    }
    let reasons = judged.failure.iter().map(|(_, reason)| reason);
    let reasons = reasons.chain(judged.mapped.iter().filter_map(|mapped| mapped.reason.as_ref()));
    judged.parts.iter().find_map(broken_part).or_else(|| reasons.into_iter().find_map(broken_reason)).or_else(
        || {
            let good = judged
                .mapped
                .iter()
                .find(|mapped| (mapped.outcome == Outcome::Good) != mapped.reason.is_none());
            good.map(|mapped| format!("{mapped:?} has no reason, or needs none"))
        },
    )
}

fn broken_part(part: &Part) -> Option<String> {
    let names = part.path.split('/');
    // A name that was cut has one character more, and an escaped one up to three in place of each.
    let is_long = |name: &str| name.chars().count() > 3 * (EXCERPT_CHARS_MAX + 1);
    let is_deep = part.path.split('/').count() > DOCUMENT_DEPTH_MAX;
    let bad = is_deep
        || names.clone().any(is_long)
        || is_long(&part.word)
        || hides(&part.path)
        || hides(&part.word);
    bad.then(|| format!("the part {part:?} is too deep, too long or hides something"))
}

fn broken_reason(reason: &Reason) -> Option<String> {
    let sentence = &reason.sentence;
    let bad = sentence.is_empty() || sentence.chars().count() > SENTENCE_CHARS_MAX || hides(sentence);
    bad.then(|| format!("the sentence {sentence:?} is empty, too long or hides something"))
}

/// Whether a text holds what is not seen but changes what is.
fn hides(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}
