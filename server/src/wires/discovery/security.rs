//! Whom to tell of weaknesses, RFC 9116.

use super::super::moment::rfc3339;
use super::super::{View, Written};

/// How long the document holds, in milliseconds. It is written anew every day.
const HOLDS_MS: u64 = 180 * 86_400_000;

/// The document; `None` while the operator named nobody.
pub fn write(view: &View) -> Option<Written> {
    let presentation = &view.snapshot.page.presentation;
    if presentation.security_contact.is_empty() {
        return None;
    }
    // From the beginning of the day, so that it does not change with every event.
    let day = view.snapshot.days.last().map_or(view.snapshot.at, |day| day.starts_at);
    let mut text = format!(
        "Contact: {}\nExpires: {}\nPreferred-Languages: {}\n",
        presentation.security_contact,
        rfc3339(day.plus_ms(HOLDS_MS)),
        view.words.tag(),
    );
    if !presentation.url.is_empty() {
        text += &["Canonical: ", &view.address("/.well-known/security.txt"), "\n"].concat();
    }
    Some(text.into())
}
