//! What an entry of a supplier's feed says in so many words of how its incident is.

use super::entry::State;
use crate::outcome::Outcome;

/// The labels that feeds put before what they say. "Update" repeats the label before it.
const LABELS: [(&str, State); 19] = [
    ("resolved", State::Over),
    ("completed", State::Over),
    ("postmortem", State::Over),
    ("closed", State::Over),
    ("cancelled", State::Over),
    ("canceled", State::Over),
    ("scheduled", State::Planned),
    ("maintenance scheduled", State::Planned),
    ("planned", State::Planned),
    ("not started yet", State::Planned),
    ("notstartedyet", State::Planned),
    ("in progress", State::Working),
    ("inprogress", State::Working),
    ("maintenance in progress", State::Working),
    ("verifying", State::Working),
    ("monitoring", State::Open(Outcome::Degraded)),
    ("identified", State::Open(Outcome::Degraded)),
    ("investigating", State::Open(Outcome::Degraded)),
    (UPDATE, State::Open(Outcome::Degraded)),
];
const UPDATE: &str = "update";
/// What AWS puts before the titles of entries, each of which tells anew how the service is that its `guid` names.
const AWS: [(&str, State); 6] = [
    ("service is operating normally", State::Over),
    ("informational message", State::Open(Outcome::Degraded)),
    ("performance issues", State::Open(Outcome::Degraded)),
    ("service degradation", State::Open(Outcome::Degraded)),
    ("service impact", State::Open(Outcome::Partial)),
    ("service disruption", State::Open(Outcome::Partial)),
];
/// Pieces of a line in which a label may stand.
const PLACES: usize = 2;

/// Whether a label only repeats the one before it.
pub fn is_update(word: &str) -> bool {
    word.eq_ignore_ascii_case(UPDATE)
}

/// The label of a line: its first words up to a dash or a colon, or those after one, as in `Status: Resolved`; in brackets
/// or not.
pub fn label(line: &str) -> Option<(&str, State)> {
    pieces(line).take(PLACES).find_map(labelled)
}

/// A title without its label, in small letters: what it keeps from one update to the next.
pub fn without_label(title: &str) -> String {
    let title = if of_aws(title).is_some() { title.split_once(':').unwrap_or_default().1 } else { title };
    let at = pieces(title).take(PLACES).position(|piece| labelled(piece).is_some());
    let kept = pieces(title).enumerate().map(|(index, piece)| match at {
        Some(at) if at == index => in_brackets(piece).map_or("", |(_, behind)| behind.trim()),
        _ => piece,
    });
    kept.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What a title says that begins as those of AWS do.
pub fn of_aws(title: &str) -> Option<State> {
    let words = title.split(':').next().unwrap_or_default().trim().to_lowercase();
    AWS.iter().find(|(known, _)| *known == words).map(|(_, state)| *state)
}

/// What dashes and colons part a line into.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let pieces =
        line.split(['–', '—']).flat_map(|piece| piece.split(" - ")).flat_map(|piece| piece.split(": "));
    pieces.map(|piece| piece.trim().trim_end_matches(':')).filter(|piece| !piece.is_empty())
}

/// The label that a piece is, or that stands in brackets at its beginning.
fn labelled(piece: &str) -> Option<(&str, State)> {
    let piece = in_brackets(piece).map_or(piece, |(inside, _)| inside).trim();
    let lower = piece.to_lowercase().replace('_', " ");
    LABELS.iter().find(|(label, _)| *label == lower).map(|(_, state)| (piece, *state))
}

/// What stands in brackets at the beginning, and what stands behind them.
fn in_brackets(piece: &str) -> Option<(&str, &str)> {
    piece.strip_prefix('[')?.split_once(']')
}
