//! HTML of others as Markdown: what was said, without what could run, load or leave its place. The server makes HTML of it again by its own
//! rules, so nothing here has to be trusted.

/// The text of a piece of HTML: line breaks and paragraphs kept, links as Markdown has them, all other tags gone, entities read. Text in
/// which nothing looks like a tag comes out as it went in, but for its line ends.
pub fn from_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut link: Option<String> = None;
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        push_text(&mut out, &rest[..start]);
        let after = &rest[start + 1..];
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let Some(end) = after.find('>').filter(|_| is_tag) else {
            out.push('<');
            rest = after;
            continue;
        };
        tag(&after[..end], &mut out, &mut link);
        rest = &after[end + 1..];
    }
    push_text(&mut out, rest);
    tidy(&out)
}

/// What a tag means for the text.
fn tag(tag: &str, out: &mut String, link: &mut Option<String>) {
    let name: String = tag
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_end = tag.starts_with('/');
    match name.as_str() {
        "br" => out.push('\n'),
        "p" | "div" | "ul" | "ol" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            out.push_str("\n\n");
        }
        "li" if !is_end => out.push_str("\n- "),
        "strong" | "b" => out.push_str("**"),
        "em" | "i" => out.push('*'),
        "code" => out.push('`'),
        "a" if is_end => {
            if let Some(address) = link.take() {
                out.push_str("](");
                out.push_str(&address);
                out.push(')');
            }
        }
        "a" => {
            *link = attribute(tag, "href").filter(|address| {
                ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
                    && !address.contains([' ', ')', '<', '>', '\n'])
            });
            if link.is_some() {
                out.push('[');
            }
        }
        _ => {}
    }
}

/// The value of an attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = &tag[at..];
    let found = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split(|c: char| c.is_whitespace()).next()?,
    };
    let mut text = String::new();
    push_text(&mut text, found);
    Some(text)
}

/// Text with its entities read.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let end = after.bytes().take(10).position(|byte| byte == b';');
        if let Some((end, c)) = end.and_then(|end| Some((end, entity(&after[..end])?))) {
            out.push(c);
            rest = &after[end + 1..];
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    if let Some(number) = number {
        return char::from_u32(number).filter(|c| !c.is_control() || *c == '\n');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "mdash" => '\u{2014}',
        "ndash" => '\u{2013}',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => return None,
    })
}

/// One kind of line end, no spaces before it, at most one empty line in a row.
fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, markdown: &str) {
        assert_eq!(from_html(html), markdown);
    }

    #[test]
    fn line_breaks_and_paragraphs_are_kept() {
        check("One.<br />Two.<BR>Three.", "One.\nTwo.\nThree.");
        check("<p>One.</p><p>Two.</p>", "One.\n\nTwo.");
        check("One.\r\n\r\n\r\nTwo.", "One.\n\nTwo.");
    }

    #[test]
    fn links_lists_and_stress_are_as_markdown_has_them() {
        check(
            "See <a href=\"https://example.com/a?b=1&amp;c=2\">this</a>.",
            "See [this](https://example.com/a?b=1&c=2).",
        );
        check("<ul><li>One</li><li><b>Two</b></li></ul>", "- One\n- **Two**");
    }

    #[test]
    fn what_could_run_or_lead_astray_is_gone() {
        check("<a href=\"javascript:alert(1)\">here</a>", "here");
        check("<img src=x onerror=alert(1)>seen", "seen");
    }

    #[test]
    fn text_that_is_no_html_stays_as_it_is() {
        check("5 < 6 & 7 > 2, R&D", "5 < 6 & 7 > 2, R&D");
        check("a &bogus; b &#65; &#x1F600; &#0;", "a &bogus; b A 😀 &#0;");
    }
}
