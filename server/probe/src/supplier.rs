//! `supplier`: mirrors a supplier's own status page, and says that it is the supplier's word.
//!
//! What the page says is taken one to one. That the page cannot be asked or read says nothing of the supplier: it is then
//! not known how that is.

use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::budget::Budget;
use crate::health::{Format, Judged, Told, Unread, check_parts, judge_reading, read_answer, statuspage};
use crate::http::{Answer, Request, Target, Version, check_url, fetch};
use crate::limits::{
    REDIRECTS_DEFAULT, SUPPLIER_BODY_BYTES_MAX, SUPPLIER_HINTS_MAX, SUPPLIER_NAME_CHARS_MAX,
};
use crate::outcome::{Look, Outcome, Part, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

/// Mirrors a supplier's own status page. While that cannot be asked or read it is not known how the supplier is.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SupplierCheck {
    /// Where the supplier's page is, in the format of Statuspage, or a feed of it in Atom or RSS. Of an address without a path,
    /// `/api/v2/summary.json` is asked. A feed says less: it names no components. Up to 2 MiB are read.
    #[garde(custom(check_url))]
    #[schemars(example = &"https://www.githubstatus.com")]
    pub url: String,
    /// What the supplier is called, as visitors read it.
    #[garde(custom(check_name))]
    #[schemars(example = &"GitHub")]
    pub name: String,
    /// The one component of the page that counts, by its name or its identifier there. Without it, the page as a whole.
    #[garde(inner(length(min = 1, max = 200)))]
    #[schemars(example = &"Actions")]
    pub component: Option<String>,
    /// Components of the page that speak for components of their own here: the name there, or `Group/Name` for one in a group,
    /// and the identifier of the component. A `*` stands for any part of a name. One that the page tells no more of is unknown.
    #[serde(default)]
    #[garde(custom(check_parts))]
    #[schemars(example = &BTreeMap::from([("Git Operations", "git"), ("Actions", "builds")]))]
    pub parts: BTreeMap<String, String>,
}

/// Where a page of Statuspage says how all of it is.
const SUMMARY: &str = "/api/v2/summary.json";
/// What may be read.
const FORMATS: [Format; 2] = [Format::Statuspage, Format::Feed];

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the validator asks for")]
fn check_name(name: &str, _: &()) -> garde::Result {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(garde::Error::new("write the name of the supplier in one line, such as GitHub"));
    }
    let count = name.chars().count();
    if count > SUPPLIER_NAME_CHARS_MAX {
        let message = format!("the name has {count} characters, use at most {SUPPLIER_NAME_CHARS_MAX}");
        return Err(garde::Error::new(message));
    }
    Ok(())
}

/// What is asked for: of an address without a path, the document that tells of all.
fn asked(url: &str) -> String {
    match Target::parse(url) {
        Some(target) if target.path == "/" => {
            let scheme = if target.secure { "https" } else { "http" };
            format!("{scheme}://{}{SUMMARY}", target.authority)
        }
        _ => url.to_owned(),
    }
}

/// Looks once.
pub async fn look(prober: &Prober, check: &SupplierCheck, budget: &Budget, look: &mut Look) {
    let headers = BTreeMap::new();
    let request = Request {
        url: &asked(&check.url),
        method: "GET",
        headers: &headers,
        body: None,
        bearer: None,
        basic: None,
        version: Version::Auto,
        redirects: REDIRECTS_DEFAULT,
        decompress: true,
        accept: Some("application/json, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.1"),
        body_bytes_max: SUPPLIER_BODY_BYTES_MAX,
    };
    let judged = match fetch(prober, &request, budget, look).await {
        Ok(answer) => judge(check, &answer, prober.now_s()),
        Err(reason) => Judged { failure: Some((Outcome::Unknown, reason)), ..Judged::default() },
    };
    look.failure = judged.failure.map(|(outcome, reason)| (outcome, said_by(&check.name, &reason)));
    look.facts.format = judged.format.map(Format::as_str);
    look.facts.parts = judged.parts;
    look.facts.mapped = judged.mapped;
    for mapped in &mut look.facts.mapped {
        mapped.reason = mapped.reason.take().map(|reason| said_by(&check.name, &reason));
    }
}

/// A reason as that of a supplier.
fn said_by(name: &str, reason: &Reason) -> Reason {
    let sentence = reason.sentence.strip_prefix("Health: ").unwrap_or(&reason.sentence);
    Reason::new(reason.kind, format!("Supplier {name}: {sentence}"))
}

/// What a page says.
fn judge(check: &SupplierCheck, answer: &Answer, now_s: i64) -> Judged {
    let told = match read_answer(answer, &FORMATS, now_s) {
        Ok(told) => told,
        Err(unread) => return Judged { failure: Some(unknown(&unread, answer)), ..Judged::default() },
    };
    let component = check.component.as_deref().map(|wanted| component(wanted, &told));
    let mut judged = judge_reading(told.format, told.reading, &check.parts, answer);
    let failure = match component {
        None => judged.failure.map(believed),
        Some(Ok(part)) => failure_of(&part),
        Some(Err(reason)) => Some((Outcome::Unknown, reason)),
    };
    // What comes with a failing status may be bad news, but is never good news.
    let is_believed = (200..300).contains(&answer.status);
    if !is_believed {
        for mapped in judged.mapped.iter_mut().filter(|mapped| mapped.outcome == Outcome::Good) {
            let (outcome, reason) = unknown(&Unread::Status, answer);
            (mapped.outcome, mapped.reason) = (outcome, Some(reason));
        }
    }
    let failure = failure.or_else(|| (!is_believed).then(|| unknown(&Unread::Status, answer)));
    Judged { failure, ..judged }
}

/// A page that answers badly, or with words that nobody knows, says nothing of the supplier.
fn believed((outcome, reason): (Outcome, Reason)) -> (Outcome, Reason) {
    match reason.kind {
        ReasonKind::WrongStatus | ReasonKind::FormatUnknown => (Outcome::Unknown, reason),
        _ => (outcome, reason),
    }
}

fn unknown(unread: &Unread, answer: &Answer) -> (Outcome, Reason) {
    let (kind, sentence) = match unread {
        Unread::Status => {
            let sentence =
                format!("its page does not tell: expected a status from 200 to 299, got {}", answer.status);
            (ReasonKind::WrongStatus, sentence)
        }
        Unread::Bad(problem) | Unread::Beyond(problem) => {
            let sentence = format!("its page cannot be read: {problem}, got {}", answer.said());
            (ReasonKind::BadDocument, sentence)
        }
        Unread::NoFormat => {
            let sentence = format!(
                "its page cannot be read: expected {SUMMARY} of Statuspage, Atom or RSS, got {}",
                answer.said()
            );
            (ReasonKind::FormatUnknown, sentence)
        }
    };
    (Outcome::Unknown, Reason::new(kind, sentence))
}

/// The component that is meant, by its id, its name or its path.
fn component(wanted: &str, told: &Told) -> Result<Part, Reason> {
    let missing = |sentence: String| Err(Reason::new(ReasonKind::PartGone, sentence));
    if told.format != Format::Statuspage {
        let sentence = "a feed names no components; write the address of the page, or leave `component` out";
        return missing(sentence.to_owned());
    }
    let all: Vec<(&str, Part)> = statuspage::components(&told.json).collect();
    let found = |is_meant: &dyn Fn(&str, &Part) -> bool| -> Vec<Part> {
        all.iter().filter(|(id, part)| is_meant(id, part)).map(|(_, part)| part.clone()).collect()
    };
    let wanted = wanted.trim();
    let escaped = excerpt(wanted).replace('%', "%25").replace('/', "%2F");
    let name_of = |part: &Part| part.path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut matched = found(&|id, _| id == wanted);
    if matched.is_empty() {
        matched = found(&|_, part| part.path == wanted || name_of(part) == escaped);
    }
    if matched.is_empty() {
        let lower = escaped.to_lowercase();
        matched = found(&|_, part| name_of(part).to_lowercase() == lower);
    }
    let quoted = |parts: &[Part]| {
        let some = parts.iter().take(SUPPLIER_HINTS_MAX).map(|part| format!("\"{}\"", part.path));
        let more = parts.len().saturating_sub(SUPPLIER_HINTS_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        some.collect::<Vec<_>>().join(", ") + &more
    };
    match matched.as_slice() {
        [one] => Ok(one.clone()),
        [] if all.is_empty() => {
            missing(format!("its page has no component \"{}\", and none at all", excerpt(wanted)))
        }
        [] => {
            let others = quoted(&found(&|_, _| true));
            missing(format!("its page has no component \"{}\"; it has {others}", excerpt(wanted)))
        }
        several => missing(format!(
            "its page has several components \"{}\": write one of {}",
            excerpt(wanted),
            quoted(several)
        )),
    }
}

/// Why a component is not well.
fn failure_of(part: &Part) -> Option<(Outcome, Reason)> {
    let kind = match part.outcome {
        Outcome::Good => return None,
        Outcome::Unknown => ReasonKind::FormatUnknown,
        _ => ReasonKind::Unhealthy,
    };
    Some((part.outcome, Reason::new(kind, format!("{} is {}", excerpt(&part.path), part.word))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_leads_to_the_summary() {
        for (url, expected) in [
            ("https://status.example.com", "https://status.example.com/api/v2/summary.json"),
            ("http://status.example.com:8080/", "http://status.example.com:8080/api/v2/summary.json"),
            ("https://status.example.com/history.atom", "https://status.example.com/history.atom"),
            ("https://status.example.com/?format=rss", "https://status.example.com/?format=rss"),
        ] {
            assert_eq!(asked(url), expected);
        }
    }

    #[test]
    fn a_name_is_one_line_that_says_something() {
        assert!(check_name("GitHub", &()).is_ok());
        for bad in ["", "  ", "Git\nHub", &"x".repeat(81)] {
            assert!(check_name(bad, &()).is_err(), "{bad:?}");
        }
    }
}
