//! A supplier's feed of incidents, in Atom 1.0 or RSS 2.0, as status pages write it: an entry for each incident, its newest
//! update first.
//!
//! An entry says by a label of its newest update how its incident is, as in `Resolved - …`. A feed without an open entry is
//! well, however old the newest is: quiet suppliers are normal. An entry without a label is over after a day; until then it
//! is not known how the supplier is, or it is degraded where the text speaks of investigating. A feed of which no entry ever
//! says how anything is, such as one of news, tells nothing.

mod entry;
mod html;
pub mod xml;

use std::collections::BTreeMap;

use super::reading::{Document, Reading};
use crate::limits::{ENTRY_OPEN_S_MAX, FEED_AHEAD_S_MAX, FEED_ENTRIES_MAX};
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
    let is_young = |entry: &Entry| (-FEED_AHEAD_S_MAX..ENTRY_OPEN_S_MAX).contains(&age_s(entry));
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
        let key = if entry.replaces {
            Default::default()
        } else {
            (entry.link.clone(), entry.title.to_lowercase())
        };
        match places.get(&key) {
            Some(place) if entry.at_s > kept[*place].at_s && kept[*place].at_s.is_some() => {
                kept[*place] = entry;
            }
            Some(_) => {}
            None => {
                places.insert(key, kept.len());
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
