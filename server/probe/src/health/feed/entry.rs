//! One entry of a supplier's feed: an incident or maintenance, and what its newest word says of it.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::html::lines;
use super::label::{is_update, label, of_aws, without_label};
use super::xml::Element;
use crate::outcome::Outcome;

/// How an incident or maintenance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is over.
    Over,
    /// It is maintenance that has not begun.
    Planned,
    /// It is maintenance that is in progress.
    Working,
    /// It is an incident that is open, and how bad that is.
    Open(Outcome),
    /// It does not say.
    Unsaid,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its title as text.
    pub title: String,
    /// What it is about, where it says so: of entries about the same, each takes the place of those before.
    pub about: Option<(String, String)>,
    /// The word that says how it is, as it was written; of one that says none, nothing.
    pub word: String,
    /// How it is.
    pub state: State,
    /// Whether it cannot be relied on to say once that it is over: its words are spread over its text without a label, or stand in
    /// its title alone, as those of AWS do, without a service whose next entry would take its place.
    pub is_vague: bool,
    /// When it was last changed, in seconds of the Unix epoch.
    pub at_s: Option<i64>,
}

/// Words that say in running text that an incident is open. That one is over is never taken from running text: it may say
/// when that will be.
const VAGUE: [&str; 3] = ["investigating", "identified", "monitoring"];
/// What Statuspage puts before the updates of maintenance; it says nothing of how far that is.
const EVENT: &str = "this is a scheduled event";

impl Entry {
    /// Reads an `entry` of Atom or an `item` of RSS.
    pub fn of(element: &Element) -> Self {
        let title = element.child("title").map(|title| lines(&title.markup()).join(" ")).unwrap_or_default();
        let text = ["content", "encoded", "description", "summary"];
        let text = text.iter().find_map(|name| element.child(name)).map(Element::markup).unwrap_or_default();
        let lines = lines(&text);
        let link = element.child("id").or_else(|| element.child("guid")).or_else(|| element.child("link"));
        let link = link.map(Element::markup).unwrap_or_default().trim().to_owned();
        let dates = ["updated", "published", "pubDate", "date"];
        let dates = dates.iter().filter_map(|name| seconds(&element.child(name)?.markup()));
        let aws = of_aws(&title);
        let service = aws.and_then(|_| service(&link));
        let (word, state, is_labelled) = said(&title, &lines, aws);
        let vague = (state == State::Unsaid).then(|| vague(&lines)).flatten();
        let stays_open = matches!(state, State::Open(_)) && !is_labelled && service.is_none();
        Self {
            word: vague.map_or(word, str::to_owned),
            state: if vague.is_some() { State::Open(Outcome::Degraded) } else { state },
            is_vague: vague.is_some() || state == State::Unsaid || stays_open,
            at_s: dates.max(),
            about: match service {
                Some(service) => Some((service.to_owned(), String::new())),
                None => Some((link, without_label(&title))).filter(|both| *both != Default::default()),
            },
            title,
        }
    }
}

/// The service that a `guid` of AWS names, as in `https://status.aws.amazon.com/#ec2-us-east-1_1700000000`, with its address.
fn service(guid: &str) -> Option<&str> {
    let (service, time) = guid.rsplit_once('_')?;
    let (_, name) = service.rsplit_once('#')?;
    let is_time = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    (is_time && !name.is_empty()).then_some(service)
}

/// The label of the newest update: the first in the text, or else in the title, which may be of an older one. One that only repeats
/// stands for the next that does not. Last, whether there is one.
fn said(title: &str, lines: &[String], otherwise: Option<State>) -> (String, State, bool) {
    let labels: Vec<(usize, &str, State)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.to_lowercase().starts_with(EVENT))
        .filter_map(|(index, line)| label(line).map(|(word, state)| (index, word, state)))
        .collect();
    let of_title = label(title);
    let says = labels.iter().find(|(_, word, _)| !is_update(word));
    let first = match of_title.filter(|(word, _)| !is_update(word)) {
        Some((word, state)) if says.is_none() => return (word.to_owned(), sharpened(state, lines), true),
        _ => says.or(labels.first()),
    };
    let Some((_, word, state)) = first else {
        return match (otherwise, of_title) {
            (Some(state), _) => (title.split(':').next().unwrap_or_default().to_owned(), state, false),
            (None, Some((word, state))) => (word.to_owned(), sharpened(state, lines), true),
            (None, None) => (String::new(), State::Unsaid, false),
        };
    };
    // Only the newest update says how bad it is now.
    let end = labels.get(1).map_or(lines.len(), |(index, ..)| *index);
    ((*word).to_owned(), sharpened(*state, &lines[..end]), true)
}

/// An open incident is as bad as its text says of what it affects: an outage is one of all where every line of what is
/// affected tells of it.
fn sharpened(state: State, lines: &[String]) -> State {
    let State::Open(otherwise) = state else { return state };
    let affected: Vec<Outcome> = lines.iter().filter_map(|line| affected(line)).collect();
    let has = |outcome| affected.contains(&outcome);
    State::Open(match (has(Outcome::Down), has(Outcome::Partial)) {
        (true, _) if affected.iter().all(|outcome| *outcome == Outcome::Down) => Outcome::Down,
        (false, false) => otherwise,
        _ => Outcome::Partial,
    })
}

/// What a line says of something that is affected, as in `API (Partial outage)` or `API: Major outage`.
fn affected(line: &str) -> Option<Outcome> {
    let lower = line.to_lowercase();
    let end = lower.rsplit(['(', ':', '–', '—']).next()?.rsplit(" - ").next()?;
    match end.trim_matches(|c: char| c == ')' || c == '.' || c.is_whitespace()) {
        "operational" => Some(Outcome::Good),
        "degraded performance" | "degraded" => Some(Outcome::Degraded),
        "partial outage" => Some(Outcome::Partial),
        "major outage" | "full outage" => Some(Outcome::Down),
        _ => None,
    }
}

/// The first word in running text that says that it is open.
fn vague(lines: &[String]) -> Option<&'static str> {
    let words = |line: &String| line.to_lowercase();
    lines.iter().map(words).find_map(|line| {
        let mut words = line.split(|c: char| !c.is_alphabetic());
        words.find_map(|word| VAGUE.iter().copied().find(|vague| *vague == word))
    })
}

/// A date as Atom or as RSS writes it, in seconds of the Unix epoch.
fn seconds(date: &str) -> Option<i64> {
    let date = date.trim();
    let read = date.parse::<Timestamp>().ok();
    let read =
        read.or_else(|| rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok());
    read.map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;
    use Outcome::{Degraded, Down, Partial};
    use State::{Open, Over, Planned, Unsaid, Working};

    fn check(title: &str, text: &str, state: State) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let xml =
            format!("<entry><title>{}</title><content>{}</content></entry>", escape(title), escape(text));
        let entry = Entry::of(&parse(&xml).unwrap());
        assert_eq!(entry.state, state, "{title}: {text}");
    }

    #[test]
    fn the_newest_word_says_how_an_incident_is() {
        let update =
            |word: &str| format!("<p><small>Oct 27, 15:00 UTC</small><br><strong>{word}</strong> - text</p>");
        for (text, state) in [
            (update("Resolved") + &update("Investigating"), Over),
            (update("Postmortem") + &update("Resolved"), Over),
            (update("Update") + &update("Identified"), Open(Degraded)),
            (update("Update") + &update("Resolved"), Over),
            (update("Update"), Open(Degraded)),
            (update("Monitoring") + &update("Resolved"), Open(Degraded)),
            (update("In progress") + &update("Scheduled"), Working),
            (update("Scheduled"), Planned),
            (update("Completed") + &update("In progress"), Over),
            ("<b>Status: Resolved</b><br/>All is well.".to_owned(), Over),
            ("RESOLVED: it was investigating".to_owned(), Over),
            ("Oct 27, 15:00 UTC - Resolved - text".to_owned(), Over),
        ] {
            check("Errors", &text, state);
        }
    }

    #[test]
    fn what_an_update_says_is_newer_than_the_label_of_the_title() {
        let text = |newest: &str, older: &str| {
            format!("<p><strong>{newest}</strong> - text</p><p><strong>{older}</strong> - text</p>")
        };
        check("Resolved: Errors", &text("Investigating", "Resolved"), Open(Degraded));
        check("[Investigating] Errors", &text("Resolved", "Investigating"), Over);
        check("Errors - Resolved", &text("Update", "Investigating"), Open(Degraded));
        // An update without a word of its own leaves it at what the title says.
        check("Resolved: Errors", "<p><strong>Update</strong> - text</p>", Over);
        check("Resolved: Errors", "text", Over);
    }

    #[test]
    fn that_an_event_is_scheduled_does_not_say_how_far_it_is() {
        let banner = "<p><strong>THIS IS A SCHEDULED EVENT Oct 27, 15:00 - 16:00 UTC</strong></p>";
        check("Upgrade", &format!("{banner}<p><strong>Completed</strong> - done</p>"), Over);
        check("Upgrade", &format!("{banner}<p><strong>In progress</strong> - begun</p>"), Working);
        check("Upgrade", banner, Unsaid);
    }

    #[test]
    fn running_text_never_says_that_it_is_over() {
        check("Errors", "We will tell you once this is resolved", Unsaid);
        check("Errors", "<p>Once it is <b>resolved</b></p>", Unsaid);
        check("Errors", "We are investigating and will say when it is resolved", Open(Degraded));
    }

    #[test]
    fn what_is_affected_says_how_bad_it_is() {
        let lines = |lines: &str| format!("<b>Status: Identified</b><ul>{lines}</ul>");
        check("Errors", &lines("<li>Chat (Degraded performance)</li>"), Open(Degraded));
        check("Errors", &lines("<li>Chat (Partial outage)</li><li>API (Operational)</li>"), Open(Partial));
        check("Errors", &lines("<li>Chat (Full outage)</li>"), Open(Down));
        check("Errors", &lines("<li>Chat (Major outage)</li><li>API (Operational)</li>"), Open(Partial));
        let older = "<p><strong>Monitoring</strong> - better</p><p><strong>Identified</strong> - all</p><p>API: Major outage</p>";
        check("Errors", older, Open(Degraded));
    }

    #[test]
    fn titles_of_aws_say_how_a_service_is() {
        check(
            "Service is operating normally: [RESOLVED] Increased API Error Rates",
            "Between 1 and 2 we saw",
            Over,
        );
        check("Informational message: [RESOLVED] Errors", "", Over);
        check("Informational message: Errors", "", Open(Degraded));
        check("Service disruption: Errors", "We are investigating", Open(Partial));
    }

    #[test]
    fn dates_are_read_as_both_formats_write_them() {
        for date in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.000+00:00",
            "Tue, 14 Nov 2023 14:13:20 PST",
            " Tue, 14 Nov 2023 22:13:20 +0000 ",
        ] {
            assert_eq!(seconds(date), Some(1_700_000_000), "{date}");
        }
        assert_eq!(seconds("yesterday"), None);
    }
}
