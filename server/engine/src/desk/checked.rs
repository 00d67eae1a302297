//! What is checked of every value that operators give.

use pharos_model::{Affected, ComponentId, Prose, Snapshot, Text, UnixMs};

use super::Refusal;
use crate::limits::{DATED_MS_MAX, HTML_CHARS_MAX, SOURCE_CHARS_MAX, TITLE_CHARS_MAX};

/// One line: not empty, not too long, without line breaks.
pub fn line(field: &'static str, text: &Text) -> Result<(), Refusal> {
    plain_line(field, text.plain())?;
    bounded(field, text, TITLE_CHARS_MAX)
}

/// The same for what has no translations.
pub fn plain_line(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::invalid(field, "is empty", "say it in one line"));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            field,
            "holds a line break or a control character",
            "keep it to one line",
        ));
    }
    not_longer(field, text, TITLE_CHARS_MAX)
}

/// A text of at most so many characters, with each of its translations.
pub fn bounded(field: &'static str, text: &Text, chars_max: usize) -> Result<(), Refusal> {
    text.all().try_for_each(|text| not_longer(field, text, chars_max))
}

fn not_longer(field: &'static str, text: &str, chars_max: usize) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if chars > chars_max {
        let why = format!("has {chars} characters");
        return Err(Refusal::invalid(field, why, format!("at most {chars_max} are kept")));
    }
    Ok(())
}

/// What somebody wrote: not too long. To be asked before anything is made of it.
///
/// # Errors
/// When it, or one of its translations, has more than [`SOURCE_CHARS_MAX`] characters.
pub fn source(field: &'static str, text: &Text) -> Result<(), Refusal> {
    bounded(field, text, SOURCE_CHARS_MAX)
}

/// What somebody says: not too long.
pub fn prose(field: &'static str, prose: &Prose) -> Result<(), Refusal> {
    source(field, &prose.source)?;
    bounded(field, &prose.html, HTML_CHARS_MAX)
}

/// What somebody must say: not empty either.
pub fn spoken(field: &'static str, said: &Prose) -> Result<(), Refusal> {
    if said.source.plain().trim().is_empty() {
        return Err(Refusal::invalid(
            field,
            "is empty",
            "say what is known, what you do, and what readers can do",
        ));
    }
    prose(field, said)
}

/// Components that are on the page, each once.
pub fn components(field: &'static str, wanted: &[ComponentId], board: &Snapshot) -> Result<(), Refusal> {
    for (place, id) in wanted.iter().enumerate() {
        if board.component(id).is_none() {
            return Err(unknown_component(field, id, board));
        }
        if wanted[..place].contains(id) {
            return Err(Refusal::invalid(field, format!("names \"{id}\" twice"), "name it once"));
        }
    }
    Ok(())
}

/// At least one of them.
pub fn some_components(field: &'static str, wanted: &[ComponentId], board: &Snapshot) -> Result<(), Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::invalid(field, "names no component", "name at least one"));
    }
    components(field, wanted, board)
}

/// The components of what an update says, each once.
pub fn affected(field: &'static str, affected: &[Affected], board: &Snapshot) -> Result<(), Refusal> {
    let ids: Vec<ComponentId> = affected.iter().map(|affected| affected.component.clone()).collect();
    components(field, &ids, board)
}

fn unknown_component(field: &'static str, id: &ComponentId, board: &Snapshot) -> Refusal {
    let known: Vec<&str> =
        board.components.iter().take(10).map(|component| component.definition.id.as_str()).collect();
    let more = if board.components.len() > known.len() { ", and more" } else { "" };
    let hint = format!("the page has {}{more}", known.join(", "));
    Refusal::invalid(field, format!("names \"{id}\", which is not on the page"), hint)
}

/// A moment that is not after `now`, nor absurdly long ago.
pub fn past(field: &'static str, at: UnixMs, now: UnixMs) -> Result<(), Refusal> {
    if at > now {
        return Err(Refusal::invalid(field, "lies in the future", "state a moment that has passed, or none"));
    }
    if now.since_ms(at) > DATED_MS_MAX {
        return Err(Refusal::invalid(field, "lies too far in the past", "at most ten years are kept"));
    }
    Ok(())
}

/// A moment after `now`, and not absurdly far ahead.
pub fn future(field: &'static str, at: UnixMs, now: UnixMs) -> Result<(), Refusal> {
    if at <= now {
        return Err(Refusal::invalid(field, "has passed already", "state a moment to come"));
    }
    if at.since_ms(now) > DATED_MS_MAX {
        return Err(Refusal::invalid(field, "lies too far ahead", "at most ten years are planned"));
    }
    Ok(())
}

/// Whether the operator saw what there is.
pub fn current(seen: Option<u32>, current: u32) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != current => Err(Refusal::Changed { seen, current }),
        _ => Ok(()),
    }
}

/// A name in an address made of a text: its letters and digits, the rest as dashes.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for part in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        let longer = slug.len() + part.len() + 1;
        if !slug.is_empty() && longer > 48 {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(part.chars().take(48).map(|c| c.to_ascii_lowercase()));
    }
    slug
}

/// The first of `stem`, `stem-2`, `stem-3` and so on that is not taken. `None` when the stem cannot be a name.
pub fn free<T>(stem: &str, named: impl Fn(&str) -> Option<T>, taken: impl Fn(&T) -> bool) -> Option<T> {
    let first = named(stem)?;
    if !taken(&first) {
        return Some(first);
    }
    (2..10_000).find_map(|number| named(&format!("{stem}-{number}")).filter(|id| !taken(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_an_address_is_made_of_the_letters_of_a_title() {
        for (title, expected) in
            [("Checkout is slow!", "checkout-is-slow"), ("  --  ", ""), ("障害", ""), ("A/B <b>", "a-b-b")]
        {
            assert_eq!(slug(title), expected);
        }
        assert!(slug(&"word ".repeat(40)).len() <= 48);
        assert_eq!(slug(&"x".repeat(90)).len(), 48);
    }

    #[test]
    fn the_first_name_that_is_free_is_taken() {
        let taken = ["a", "a-2"];
        let named = |text: &str| Some(text.to_owned());
        assert_eq!(free("a", named, |id| taken.contains(&id.as_str())), Some("a-3".into()));
    }
}
