//! What the text of a field must be like: itself, or anything in the place of each `*`.

/// A text in which each `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// Stands for "anything" where one pattern is held against another. No text that can be sent holds it.
const ANYTHING: char = '\u{10ffff}';

impl Pattern {
    /// Takes `text` as a pattern.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether `text` is like it. Takes no longer than the length of one times that of the other.
    pub fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
        let mut rest = rest;
        for part in middle {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }

    /// Whether everything that is like `other` is like this one too, as far as that can be seen.
    pub fn covers(&self, other: &Self) -> bool {
        self.fits(&other.0.replace('*', &ANYTHING.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fits) in [
            ("critical", "critical", true),
            ("critical", "critical ", false),
            ("*", "", true),
            ("api-*", "api-eu", true),
            ("api-*", "web-eu", false),
            ("*-eu", "api-eu", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a**b", "ab", true),
            ("aa*aa", "aaa", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one() {
        for (one, other, covers) in [
            ("*", "a*", true),
            ("a*", "ab*", true),
            ("a*", "a", true),
            ("ab*", "a*", false),
            ("a", "a*", false),
            ("*b*", "*abc*", true),
        ] {
            assert_eq!(Pattern::new(one).covers(&Pattern::new(other)), covers, "{one} {other}");
        }
    }
}
