//! One word in plain text: `OK`, `Healthy`, `UP`, `pong`, or the opposite.

use super::reading::{Document, Reading, meaning, said};
use crate::outcome::Outcome;

/// Characters of what is still a word with a remark and not a page.
const CHARS_MAX: usize = 80;

/// Remarks that turn a word into its opposite.
const DENIALS: [&str; 3] = ["false", "no", "0"];

fn word(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_one_line = text.len() <= CHARS_MAX && !text.contains(['\n', '<', '{']);
    let is_end = |c: char| [' ', ':', ',', '.', '!'].contains(&c);
    let (word, remark) = text.split_once(is_end).unwrap_or((text, ""));
    let is_denied = DENIALS.iter().any(|denial| remark.trim_matches(is_end).eq_ignore_ascii_case(denial));
    (is_one_line && !is_denied && meaning(word) != Outcome::Unknown).then_some(word)
}

/// A first word that is known.
pub fn recognise(document: &Document<'_>) -> bool {
    word(document.text).is_some()
}

/// Reads it.
pub fn read(document: &Document<'_>) -> Option<Reading> {
    Some(Reading::new(said(word(document.text)?), Vec::new()))
}
