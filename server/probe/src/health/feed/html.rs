//! HTML from strangers, reduced to lines of text: nothing of it is kept but characters that are shown.

use crate::limits::ENTRY_LINES_MAX;

/// Elements that end a line where they begin and where they end.
const BREAKS: [&str; 18] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "small",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "hr",
    "blockquote",
    "pre",
];
/// Elements of which nothing is shown.
const SILENT: [&str; 3] = ["script", "style", "template"];

/// The lines of a text in HTML that are not empty, at most so many as are looked at.
pub fn lines(html: &str) -> Vec<String> {
    let text = text(html);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).take(ENTRY_LINES_MAX).collect()
}

fn text(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let tag = at + found;
        unescape(&html[at..tag], &mut out);
        let inside = &lower[tag + 1..];
        let name_at = inside.strip_prefix('/').unwrap_or(inside);
        let name_end = name_at.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name_at.len());
        let name = &name_at[..name_end];
        if inside.starts_with("!--") {
            at = lower[tag..].find("-->").map_or(html.len(), |end| tag + end + 3);
            continue;
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) && !inside.starts_with(['!', '?']) {
            out.push('<');
            at = tag + 1;
            continue;
        }
        at = lower[tag..].find('>').map_or(html.len(), |end| tag + end + 1);
        if BREAKS.contains(&name) {
            out.push('\n');
        }
        if SILENT.contains(&name) && !inside.starts_with('/') {
            let end = format!("</{name}");
            at = lower[at..].find(&end).map_or(html.len(), |found| at + found);
        }
    }
    unescape(&html[at..], &mut out);
    out
}

/// Adds a text with its references resolved, as far as feeds use any.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(found) = rest.find('&') {
        out.push_str(&rest[..found]);
        rest = &rest[found + 1..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(&rest[..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
}

fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').map(|number| match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    });
    match number {
        Some(number) => char::from_u32(number.ok()?),
        None => match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_out_and_blocks_end_lines() {
        for (html, expected) in [
            ("<p>a <b>b</b></p><p>c<br/>d</p>", &["a b", "c", "d"][..]),
            ("a&nbsp;&amp; &#98; &unknown; &", &["a & b &unknown; &"]),
            ("<script>alert('<p>')</script>x<!-- <p>y</p> -->z", &["xz"]),
            ("1 < 2 <i", &["1 < 2"]),
            ("<img src=x onerror='alert(1)'>x", &["x"]),
            ("<SCRIPT>x", &[]),
            ("a\u{a0}\n\n  b", &["a", "b"]),
        ] {
            assert_eq!(lines(html), expected, "{html}");
        }
    }

    #[test]
    fn what_is_escaped_twice_does_not_become_a_tag() {
        assert_eq!(lines("&lt;script&gt;"), ["<script>"]);
    }
}
