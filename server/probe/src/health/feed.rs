//! A supplier's feed of incidents, in Atom 1.0 or RSS 2.0, as status pages write it: an entry for each incident, its newest
//! update first.
//!
//! An entry says by a label of its newest update how its incident is, as in `Resolved - …`; where its text has none, by that of its
//! title. A feed without an open entry is well, however old the newest is: quiet suppliers are normal. An entry without a label is
//! over after a day; until then it is not known how the supplier is, or it is degraded where the text speaks of investigating. A feed
//! of which no entry ever says how anything is, such as one of news, tells nothing.

mod entry;
mod html;
mod label;
pub mod xml;

use std::collections::BTreeMap;

use super::reading::{Document, Reading};
use crate::limits::{ENTRY_OPEN_S_MAX, FEED_ENTRIES_MAX};
use crate::outcome::{Outcome, excerpt};
use entry::{Entry, State};
use xml::Element;

/// Its root is one of a feed.
pub fn recognise(document: &Document<'_>) -> bool {
    document.xml.is_some_and(|root| entries(root).is_some())
}

/// The elements of its entries.
fn entries(root: &Element) -> Option<Vec<&Element>> {
    let (around, name) = match &*root.name {
        "feed" if root.is_atom => (root, "entry"),
        "rss" => (root.child("channel")?, "item"),
        _ => return None,
    };
    Some(around.children().filter(|child| child.name == name).collect())
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    let elements = entries(document.xml?)?;
    if elements.len() > FEED_ENTRIES_MAX {
        let note = format!("the feed has more than {FEED_ENTRIES_MAX} entries");
        return Some(Reading::new(("unknown", Outcome::Unknown), Vec::new()).noted(Some(note)));
    }
    let now_s = document.now_s;
    let age_s = |entry: &Entry| entry.at_s.map_or(0, |at_s| now_s.saturating_sub(at_s));
    // One of a clock that is ahead is young too.
    let is_young = |entry: &Entry| age_s(entry) < ENTRY_OPEN_S_MAX;
    let all: Vec<Entry> = newest(elements.into_iter().map(Entry::of));
    let says_nothing = !all.is_empty() && all.iter().all(|entry| entry.is_vague);
    let told: Vec<&Entry> = all.iter().filter(|entry| !entry.is_vague || is_young(entry)).collect();
    let in_state = |wanted: &dyn Fn(State) -> bool| -> Vec<&Entry> {
        told.iter().copied().filter(|entry| wanted(entry.state)).collect()
    };
    let open = in_state(&|state| matches!(state, State::Open(_)));
    let unsaid = in_state(&|state| state == State::Unsaid);
    let working = in_state(&|state| state == State::Working);
    let worst = open.iter().map(|entry| severity(entry.state)).max();
    let (word, whole, note) = match (worst, unsaid.first()) {
        (Some(worst), _) => ("open incidents", outcome(worst), note(&open)),
        (None, Some(entry)) => {
            let note = format!("\"{}\" does not say whether it is over", excerpt(&entry.title));
            ("unknown", Outcome::Unknown, Some(note))
        }
        (None, None) if says_nothing => {
            let note = "none of its entries says so; it may be a feed of something else".to_owned();
            ("unknown", Outcome::Unknown, Some(note))
        }
        (None, None) if !working.is_empty() => ("maintenance", Outcome::Maintenance, note(&working)),
        (None, None) => ("no open incidents", Outcome::Good, None),
    };
    Some(Reading::new((word, whole), Vec::new()).noted(note))
}

fn severity(state: State) -> u8 {
    match state {
        State::Open(Outcome::Down) => 2,
        State::Open(Outcome::Partial) => 1,
        _ => 0,
    }
}

fn outcome(severity: u8) -> Outcome {
    match severity {
        2 => Outcome::Down,
        1 => Outcome::Partial,
        _ => Outcome::Degraded,
    }
}

/// Of entries about the same the newest alone, in the order of the feed. Where dates do not tell, the first is the newest.
fn newest(entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in entries {
        let Some(about) = entry.about.clone() else {
            kept.push(entry);
            continue;
        };
        match places.get(&about) {
            Some(place) if entry.at_s > kept[*place].at_s && kept[*place].at_s.is_some() => {
                kept[*place] = entry;
            }
            Some(_) => {}
            None => {
                places.insert(about, kept.len());
                kept.push(entry);
            }
        }
    }
    kept
}

/// The first of what is open, by its title and its word, and how many there are beside it.
fn note(open: &[&Entry]) -> Option<String> {
    let first = open.first()?;
    let more = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    Some(format!("\"{}\" ({}){more}", excerpt(&first.title), excerpt(&first.word)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What time it is: 22:13:20 UTC on the 14th of November 2023.
    const NOW_S: i64 = 1_700_000_000;

    /// How the whole is that a feed of these items tells of.
    fn whole(items: &[&str]) -> Outcome {
        let items = items.join("</item><item>");
        let xml = xml::parse(&format!("<rss><channel><item>{items}</item></channel></rss>")).unwrap();
        let document =
            Document { media_type: "", json: &Value::Null, xml: Some(&xml), text: "", now_s: NOW_S };
        read(&document).unwrap().whole
    }

    /// An item as AWS writes it.
    fn of_aws(title: &str, time: &str, guid: &str) -> String {
        format!("<title>{title}</title><pubDate>Tue, 14 Nov 2023 {time} +0000</pubDate><guid>{guid}</guid>")
    }

    #[test]
    fn that_one_service_of_aws_is_well_again_says_nothing_of_another() {
        let over = of_aws("Service is operating normally: [RESOLVED] A", "12:00:00", "http://a/#ec2-eu_2");
        let open = of_aws("Service disruption: A", "11:00:00", "http://a/#s3-eu_1");
        assert_eq!(whole(&[&over, &open]), Outcome::Partial);
        let before = of_aws("Service disruption: A", "11:00:00", "http://a/#ec2-eu_1");
        assert_eq!(whole(&[&over, &before]), Outcome::Good);
        // One that names no service takes the place of none.
        let nameless = of_aws("Service is operating normally: [RESOLVED] B", "12:00:00", "#2");
        assert_eq!(whole(&[&nameless, &open]), Outcome::Partial);
    }

    #[test]
    fn a_title_like_one_of_aws_leaves_nothing_open_for_good() {
        for title in ["Service disruption: Errors", "Performance issues in the dashboard"] {
            let of = |year: &str| {
                format!("<title>{title}</title><guid>x</guid><pubDate>14 Nov {year} 12:00:00 GMT</pubDate>")
            };
            let over = "<title>[Resolved] Other</title><guid>y</guid>";
            assert_ne!(whole(&[&of("2023"), over]), Outcome::Good, "{title}");
            assert_eq!(whole(&[&of("2021"), over]), Outcome::Good, "{title}");
        }
    }

    #[test]
    fn the_label_of_a_title_does_not_make_another_incident_of_it() {
        let of = |title: &str, hour: u8| {
            format!("<title>{title}</title><guid>x</guid><pubDate>14 Nov 2023 {hour}:00:00 GMT</pubDate>")
        };
        for (newer, older) in [
            ("Resolved: Errors", "Investigating: Errors"),
            ("[RESOLVED] Errors", "[Identified] Errors"),
            ("Errors - Resolved", "Errors - Update"),
            ("Status: Resolved - Errors", "Status: Monitoring - Errors"),
            ("Service is operating normally: Errors", "Service disruption: Errors"),
        ] {
            assert_eq!(whole(&[&of(newer, 12), &of(older, 11)]), Outcome::Good, "{newer}");
            assert_ne!(whole(&[&of(newer, 11), &of(older, 12)]), Outcome::Good, "{older}");
        }
        let others = [of("Resolved: Errors", 12), of("Investigating: Delays", 11)];
        assert_eq!(whole(&[&others[0], &others[1]]), Outcome::Degraded);
    }

    #[test]
    fn an_entry_of_a_clock_that_is_ahead_is_not_passed_over() {
        let of = |text: &str, at: &str| {
            format!("<title>Errors</title><description>{text}</description><pubDate>{at} GMT</pubDate>")
        };
        for at in ["14 Nov 2023 23:30:00", "15 Nov 2023 08:00:00", "24 Nov 2023 08:00:00"] {
            assert_eq!(whole(&[&of("We are investigating", at)]), Outcome::Degraded, "{at}");
            assert_eq!(whole(&[&of("Something happened", at)]), Outcome::Unknown, "{at}");
        }
        let over = "<title>[Resolved] Other</title><guid>y</guid>";
        assert_eq!(whole(&[&of("We are investigating", "15 Nov 2023 08:00:00"), over]), Outcome::Degraded);
        assert_eq!(whole(&[&of("Something happened", "15 Nov 2023 08:00:00"), over]), Outcome::Unknown);
    }

    #[test]
    fn entries_that_nothing_tells_apart_are_not_taken_for_one() {
        let of = |label: &str, hour: u8| {
            format!("<description>{label}: text</description><pubDate>14 Nov 2023 {hour}:00:00 GMT</pubDate>")
        };
        assert_eq!(whole(&[&of("Resolved", 12), &of("Investigating", 11)]), Outcome::Degraded);
    }
}
