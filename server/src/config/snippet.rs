//! Shows the line a problem is in, with a caret under the words concerned and without anybody's secrets.

use std::fmt::Write as _;

use super::limits::EXCERPT_CHARS_MAX;

/// A place in the file. Lines and columns count from 1, columns and widths in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column of the first character concerned.
    pub column: usize,
    /// How many characters are concerned.
    pub width: usize,
}

/// Parts of keys whose values are not for everybody's eyes.
const SECRET_WORDS: [&str; 9] =
    ["token", "password", "passwd", "secret", "bearer", "basic", "authorization", "cookie", "key"];

/// Whole keys whose values are not for everybody's eyes.
const SECRET_KEYS: [&str; 2] = ["headers", "body"];

/// Stands for a value that is not shown.
const HIDDEN: char = '*';

/// Whether what stands under `key` must not be repeated in messages.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.contains(&key.as_str()) || SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether what stands at the end of a way of keys must not be repeated; `[]` stands for an entry of a list.
///
/// A list of headers holds what is expected of an answer, a section of them what is sent.
pub fn is_secret_way(steps: &[String]) -> bool {
    steps.iter().enumerate().any(|(index, step)| {
        let expected = step == "headers" && steps.get(index + 1).is_some_and(|next| next == "[]");
        is_secret(step) && !expected
    })
}

/// The line of `place` with a caret under what is concerned.
pub fn excerpt(text: &str, place: Place) -> String {
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or("");
    let shown: Vec<char> = match parent_key(text, place.line) {
        Some(("headers", _)) if !line.trim_start().starts_with('-') => hide_secrets(line, true),
        Some((key, is_value)) if is_value && is_secret(key) => hide_all(line),
        _ => hide_secrets(line, false),
    };
    let first = place.column.saturating_sub(1).min(shown.len());
    let width = place.width.clamp(1, (shown.len() - first).max(1));
    let skip = first.saturating_sub(EXCERPT_CHARS_MAX / 2);
    let visible: String = shown.iter().skip(skip).take(EXCERPT_CHARS_MAX).map(|c| blank(*c)).collect();
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(first - skip);
    let carets = "^".repeat(width.min(EXCERPT_CHARS_MAX.saturating_sub(first - skip)).max(1));
    let mut out = String::new();
    let _ = writeln!(out, "{margin} |");
    let _ = writeln!(out, "{number} | {}", visible.trim_end());
    let _ = write!(out, "{margin} | {indent}{carets}");
    out
}

/// Control characters would move the caret, or worse, the terminal.
fn blank(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Replaces the values of secret keys in one line by asterisks, references to the environment excepted.
///
/// With `every` all keys are taken to be secret.
fn hide_secrets(line: &str, every: bool) -> Vec<char> {
    let mut chars: Vec<char> = line.chars().collect();
    let mut from = 0;
    while let Some(colon) = (from..chars.len()).find(|i| chars[*i] == ':') {
        let (key, before) = key_before(&chars[..colon]);
        let quoted = chars[..colon].last().is_some_and(|c| matches!(c, '"' | '\''));
        let is_first = before.iter().all(|c| matches!(c, ' ' | '-' | '{' | '"' | '\''));
        let is_key = quoted || is_first || chars.get(colon + 1).is_none_or(|c| c.is_whitespace());
        from = colon + 1;
        if is_key && (every || is_secret(&key)) {
            from = hide_value(&mut chars, colon + 1);
        }
    }
    hide_credentials(&mut chars);
    chars
}

/// The key that ends before a colon, and what stands before it.
fn key_before(chars: &[char]) -> (String, &[char]) {
    let end = chars.iter().rposition(|c| !matches!(c, ' ' | '"' | '\'')).map_or(0, |last| last + 1);
    let of_key = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let start = chars[..end].iter().rposition(|c| !of_key(c)).map_or(0, |last| last + 1);
    (chars[start..end].iter().collect(), &chars[..start])
}

/// A text without the user names and passwords that addresses in it hold.
pub fn without_credentials(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    hide_credentials(&mut chars);
    chars.into_iter().collect()
}

/// Hides what stands between `://` and `@`, references to the environment excepted.
fn hide_credentials(chars: &mut [char]) {
    let mut from = 0;
    while let Some(start) = (from..chars.len()).find(|i| chars[*i..].starts_with(&[':', '/', '/'])) {
        from = start + 3;
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '?' | '#');
        let end = (from..chars.len()).find(|i| ends(chars[*i])).unwrap_or(chars.len());
        if let Some(at) = (from..end).rev().find(|i| chars[*i] == '@') {
            hide_range(chars, from, at);
        }
    }
}

/// Hides the value that begins at `start` and returns where it ends.
fn hide_value(chars: &mut [char], start: usize) -> usize {
    let begin = (start..chars.len()).find(|i| !chars[*i].is_whitespace()).unwrap_or(chars.len());
    let opens_section = chars.get(begin).is_some_and(|c| matches!(c, '{' | '['));
    if opens_section {
        return hide_flow(chars, begin);
    }
    let within_flow = count(&chars[..start], '{') > count(&chars[..start], '}');
    let end = if within_flow { flow_value_end(chars, begin) } else { chars.len() };
    hide_range(chars, begin, end);
    end
}

fn count(chars: &[char], wanted: char) -> usize {
    chars.iter().filter(|c| **c == wanted).count()
}

/// Where a value within braces ends: at the quote that closes it, else at the next `,` or `}`.
fn flow_value_end(chars: &[char], begin: usize) -> usize {
    let quote = chars.get(begin).copied().filter(|c| matches!(c, '"' | '\''));
    let mut rest = begin + usize::from(quote.is_some())..chars.len();
    let refers = chars[begin.min(chars.len())..].starts_with(&['$', '{']);
    match quote {
        Some(quote) => rest.find(|i| chars[*i] == quote).map_or(chars.len(), |end| end + 1),
        None if refers => rest.find(|i| chars[*i] == '}').map_or(chars.len(), |end| end + 1),
        None => rest.find(|i| matches!(chars[*i], ',' | '}')).unwrap_or(chars.len()),
    }
}

/// Hides every word within a bracket, but keeps its keys readable.
fn hide_flow(chars: &mut [char], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < chars.len() && !matches!(chars[at], '}' | ']') {
        let end = (at..chars.len()).find(|i| matches!(chars[*i], ',' | '}' | ']')).unwrap_or(chars.len());
        let value = (at..end).find(|i| chars[*i] == ':').map_or(at, |colon| colon + 1);
        let value = (value..end).find(|i| !chars[*i].is_whitespace()).unwrap_or(end);
        hide_range(chars, value, end);
        at = end + usize::from(chars.get(end) == Some(&','));
    }
    at
}

fn hide_range(chars: &mut [char], from: usize, to: usize) {
    let value: String = chars[from..to].iter().collect();
    let value = value.trim().trim_matches(['"', '\'']);
    let one_reference = value.starts_with("${") && value.find('}') == Some(value.len().saturating_sub(1));
    let refers = one_reference && !value.contains(":-");
    let is_block = matches!(value, "|" | ">" | "|-" | ">-" | "|+" | ">+");
    if refers || is_block || value.starts_with('#') {
        return;
    }
    for c in &mut chars[from..to] {
        if !c.is_whitespace() {
            *c = HIDDEN;
        }
    }
}

fn hide_all(line: &str) -> Vec<char> {
    line.chars().map(|c| if c.is_whitespace() { c } else { HIDDEN }).collect()
}

/// The key under which a line stands, and whether the line is its value rather than a key of its section.
fn parent_key(text: &str, line: usize) -> Option<(&str, bool)> {
    let indent_of = |line: &str| line.chars().take_while(|c| *c == ' ').count();
    let lines: Vec<&str> = text.lines().take(line).collect();
    let (own, above) = lines.split_last()?;
    let indent = indent_of(own);
    let parent = above.iter().rev().find(|line| !line.trim().is_empty() && indent_of(line) < indent)?;
    let (key, rest) = parent.trim_start_matches([' ', '-']).split_once(':')?;
    let own_has_key = own.trim_start_matches([' ', '-']).contains(": ");
    Some((key.trim_matches(['"', '\'']), !rest.trim().is_empty() || !own_has_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(line: &str) -> String {
        hide_secrets(line, false).into_iter().collect()
    }

    #[test]
    fn the_caret_stands_under_the_words_concerned() {
        let text = "page:\n  nam: Example\n";
        let place = Place { line: 2, column: 3, width: 3 };
        assert_eq!(excerpt(text, place), "  |\n2 |   nam: Example\n  |   ^^^");
    }

    #[test]
    fn a_place_beyond_the_end_is_shown_without_panic() {
        assert_eq!(excerpt("a", Place { line: 9, column: 9, width: 9 }), "  |\n9 | \n  | ^");
        assert_eq!(excerpt("", Place::default()), "  |\n0 | \n  | ^");
    }

    #[test]
    fn the_value_of_a_secret_key_is_hidden() {
        assert_eq!(hidden("  token: abc def # why"), "  token: *** *** * ***");
        assert_eq!(hidden("push: { token: abc, period: 1d }"), "push: { token: ***, period: 1d }");
        assert_eq!(hidden("X-Api-Key: \"abc\""), "X-Api-Key: *****");
        assert_eq!(hidden("basic: { username: me, password: pw }"), "basic: { username: **, password: ** }");
    }

    #[test]
    fn a_secret_is_hidden_where_the_space_after_its_key_is_missing() {
        assert_eq!(hidden("  - token:abc"), "  - token:***");
        assert_eq!(
            hidden(r#"is: '{"user":"me","password":"pw"}'"#),
            r#"is: '{"user":"me","password":****}'"#
        );
        assert_eq!(hidden("name: a token:abc"), "name: a token:abc");
    }

    #[test]
    fn the_credentials_of_an_address_are_hidden() {
        assert_eq!(hidden("url: https://me:pw@host:8080/a@b"), "url: https://*****@host:8080/a@b");
        assert_eq!(without_credentials("`https://me@host` is bad"), "`https://**@host` is bad");
        assert_eq!(hidden("url: \"https://${USER}@host/\""), "url: \"https://${USER}@host/\"");
        assert_eq!(hidden("to: a@b, see https://host/"), "to: a@b, see https://host/");
    }

    #[test]
    fn a_reference_to_the_environment_is_not_a_secret() {
        assert_eq!(hidden("  token: ${TOKEN}"), "  token: ${TOKEN}");
        assert_eq!(hidden("{ token: ${T}, a: b }"), "{ token: ${T}, a: b }");
        assert_eq!(hidden("{ token: \"${T}\", a: b }"), "{ token: \"${T}\", a: b }");
        assert_eq!(hidden("  token: ${TOKEN:-abc}"), "  token: *************");
    }

    #[test]
    fn a_block_under_a_secret_key_is_hidden() {
        let text = "bearer: |\n  abc\n  def\n";
        assert!(excerpt(text, Place { line: 3, column: 3, width: 3 }).contains("***"));
        let keyed = "basic:\n  username: me\n";
        assert!(excerpt(keyed, Place { line: 2, column: 3, width: 3 }).contains("username: me"));
    }

    #[test]
    fn the_values_of_headers_are_hidden() {
        let text = "http:\n  headers:\n    X-Who: me\n  expect:\n    headers:\n      - name: X-You\n";
        assert!(excerpt(text, Place { line: 3, column: 5, width: 5 }).contains("X-Who: **"));
        assert!(excerpt(text, Place { line: 6, column: 9, width: 4 }).contains("name: X-You"));
        assert_eq!(hidden("headers: { X-Who: me }"), "headers: { X-Who: ** }");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{}here{}", "x".repeat(500), "y".repeat(500));
        let shown = excerpt(&text, Place { line: 1, column: 501, width: 4 });
        assert!(shown.contains("here") && shown.lines().all(|line| line.chars().count() < 170), "{shown}");
    }
}
