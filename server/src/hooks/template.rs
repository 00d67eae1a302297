//! Texts with places for the fields of an alert, as in `{{labels.service}}`. Values are put in once, from the left, and never read again.

use super::Fields;
use crate::limits::HOOK_VALUE_CHARS_MAX;

/// A text with places for fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A place does not end.
    #[error("`{{{{` is never closed")]
    Open,
    /// A place names nothing.
    #[error("`{{{{}}}}` names no field")]
    Empty,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// When a place does not end, or names nothing.
    pub fn read(text: &str) -> Result<Self, TemplateFault> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, behind) = after.split_once("}}").ok_or(TemplateFault::Open)?;
            let name = name.trim();
            if name.is_empty() {
                return Err(TemplateFault::Empty);
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Field(name.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The fields that it names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Its text, if it names no field.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with these values, cut to so many characters. What a sender leaves out leaves nothing.
    pub fn filled(&self, fields: &Fields, chars_max: usize) -> String {
        self.with(fields, chars_max, str::to_owned)
    }

    /// The same in Markdown: what a value brings means nothing there but itself.
    pub fn filled_markdown(&self, fields: &Fields, chars_max: usize) -> String {
        self.with(fields, chars_max, escaped)
    }

    fn with(&self, fields: &Fields, chars_max: usize, put: fn(&str) -> String) -> String {
        let mut text = String::new();
        let mut room = chars_max;
        for part in &self.0 {
            let piece = match part {
                Part::Text(text) => text.clone(),
                Part::Field(name) => fields.get(name).map(|value| put(&one_line(value))).unwrap_or_default(),
            };
            text.extend(piece.chars().take(room));
            room = room.saturating_sub(piece.chars().count());
        }
        text
    }
}

/// A value without line breaks and control characters, cut where it is too long.
fn one_line(value: &str) -> String {
    let mut line: String =
        value.split(|c: char| c.is_control() || c.is_whitespace()).fold(String::new(), |mut line, word| {
            if !line.is_empty() && !word.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        });
    if line.chars().count() > HOOK_VALUE_CHARS_MAX {
        line = line.chars().take(HOOK_VALUE_CHARS_MAX - 1).chain(['…']).collect();
    }
    line
}

/// A line in which nothing is Markdown. An underscore between letters is none anyway, and stays as people know it.
fn escaped(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let is_word =
        |index: Option<usize>| index.and_then(|index| chars.get(index)).is_some_and(|c| c.is_alphanumeric());
    let mut escaped = String::with_capacity(line.len());
    for (index, c) in chars.iter().enumerate() {
        let is_plain = match c {
            '_' => is_word(index.checked_sub(1)) && is_word(Some(index + 1)),
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '!' | '#' => false,
            // What would begin a list or a line below a heading.
            '-' | '+' | '=' => index > 0,
            '.' | ')' => !chars[..index].iter().all(char::is_ascii_digit),
            _ => true,
        };
        if !is_plain {
            escaped.push('\\');
        }
        escaped.push(*c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators;

    fn fields(value: &str) -> Fields {
        Fields::from([("labels.service".to_owned(), value.to_owned())])
    }

    fn filled(template: &str, value: &str) -> String {
        Template::read(template).unwrap().filled(&fields(value), 2_000)
    }

    #[test]
    fn fields_stand_in_their_places() {
        assert_eq!(filled("{{labels.service}} is slow", "api"), "api is slow");
        assert_eq!(filled("{{ labels.service }}{{labels.other}}!", "api"), "api!");
        assert_eq!(filled("{{labels.service}}", "{{labels.service}}"), "{{labels.service}}");
    }

    #[test]
    fn a_value_is_one_line_and_not_too_long() {
        assert_eq!(filled("{{labels.service}}", " a\n\tb\u{0}c "), "a b c");
        let long = filled("{{labels.service}}", &"x".repeat(100_000));
        assert_eq!(long.chars().count(), HOOK_VALUE_CHARS_MAX);
        assert_eq!(Template::read("abc").unwrap().filled(&fields(""), 2), "ab");
    }

    #[test]
    fn a_place_that_does_not_end_or_names_nothing_is_refused() {
        assert_eq!(Template::read("{{labels.service"), Err(TemplateFault::Open));
        assert_eq!(Template::read("{{ }}"), Err(TemplateFault::Empty));
    }

    #[test]
    fn what_a_value_brings_is_no_markdown() {
        let template = Template::read("{{labels.service}}").unwrap();
        for value in [
            "[click](https://evil.example)",
            "<https://evil.example>",
            "**x** _y_ `z` ~~w~~",
            "# x",
            "- x",
            "1. x",
            "![x](https://evil.example/p.png)",
            "<script>alert(1)</script>",
            "&lt;b&gt;",
            "a | b",
        ] {
            let source = template.filled_markdown(&fields(value), 2_000);
            let prose = operators::prose("message", source.into()).unwrap();
            let html = prose.html.plain();
            let inside = html.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>\n"));
            let inside = inside.unwrap_or_else(|| panic!("{value}: {html}"));
            assert!(!inside.contains('<'), "{value}: {html}");
        }
        assert_eq!(template.filled_markdown(&fields("node_exporter 1.5"), 2_000), "node_exporter 1.5");
    }
}
