//! People's words where no markup may stand: from HTML that was made safe to lines of text, and back to the little that is left.

/// Elements after which a line ends.
const ENDS: [&str; 12] =
    ["/p", "br", "/li", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6", "/blockquote", "/pre", "/tr"];
/// How characters are written in markup.
const ENTITIES: [(&str, char); 7] = [
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("#39", '\''),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("amp", '&'),
];

/// The lines of a text in HTML, without markup. Lines without letters are left out.
pub fn lines(html: &str) -> Vec<String> {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.split([' ', '\n']).next().unwrap_or_default().to_ascii_lowercase();
        let name = if name == "br/" { "br" } else { &*name };
        if ENDS.contains(&name) {
            text.push('\n');
        }
        if name == "li" {
            text.push_str("- ");
        }
        rest = after;
    }
    text.push_str(rest);
    let plain =
        text.lines().map(|line| unescaped(line).chars().filter(|c| is_allowed(*c)).collect::<String>());
    plain.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = ENTITIES.iter().find_map(|(name, c)| {
            let after = after.strip_prefix(name)?.strip_prefix(';')?;
            Some((*c, after))
        });
        let (c, after) = known.unwrap_or(('&', after));
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// Text as it may stand in markup and in its attributes. Characters that no document may hold are left out.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether XML allows a character.
pub fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Lines as the little markup that Statuspage's readers know: safe text, with `<br />` between lines.
pub fn broken(lines: &[String]) -> String {
    let safe: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    safe.join("<br />")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_lines() {
        let html =
            "<p>One &amp; <strong>two</strong><br>three</p>\n<ul>\n<li>a &lt;b&gt;</li>\n<li>c</li>\n</ul>";
        assert_eq!(lines(html), ["One & two", "three", "- a <b>", "- c"]);
        assert_eq!(lines("plain & simple"), ["plain & simple"]);
        assert!(lines("<p></p>").is_empty());
        assert!(lines("<p>\u{1}</p>&nbsp;").is_empty());
    }

    #[test]
    fn what_was_text_cannot_become_markup_on_the_way() {
        let lines = lines("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>&amp;lt;</p>");
        assert_eq!(broken(&lines), "&lt;script&gt;alert(1)&lt;/script&gt;<br />&amp;lt;");
    }

    #[test]
    fn a_character_that_no_document_may_hold_is_left_out() {
        assert_eq!(escaped("a\0b\u{b}c\u{ffff}\td"), "abc\td");
    }
}
