//! Pages for a status page that is below a path of its host: in all that is drawn, an address that begins with a slash is one of ours,
//! because links of people are whole (`operators/markdown.rs` lets no others through).

/// What holds addresses.
const ATTRIBUTES: [&str; 4] = [" href=\"/", " action=\"/", " src=\"/", " formaction=\"/"];

/// The same markup with all of our addresses below `base`.
pub fn below(html: &str, base: &str) -> String {
    if base.is_empty() {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len() + html.len() / 20);
    let mut rest = html;
    // In text and in values there is no such sign: only elements begin with it.
    while let Some((text, from)) = rest.split_once('<') {
        out.push_str(text);
        out.push('<');
        let tag = &from[..end(from)];
        let put =
            |tag: String, start: &str| tag.replace(start, &[&start[..start.len() - 1], base, "/"].concat());
        out.push_str(&ATTRIBUTES.into_iter().fold(tag.to_owned(), put));
        rest = &from[tag.len()..];
    }
    out + rest
}

/// Where an element that begins here has its end; a value may hold anything but its own quotes.
fn end(tag: &str) -> usize {
    let mut is_quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'>' if !is_quoted => return at,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_ours_is_below_the_path() {
        let html = "<link rel=\"icon\" href=\"/favicon.svg\"><a href=\"/\">x</a><form method=\"post\" action=\"/admin/me\"><script src=\"/admin/admin.js\" defer></script>";
        let expected = "<link rel=\"icon\" href=\"/s/favicon.svg\"><a href=\"/s/\">x</a><form method=\"post\" action=\"/s/admin/me\"><script src=\"/s/admin/admin.js\" defer></script>";
        assert_eq!(below(html, "/s"), expected);
        assert_eq!(below(html, ""), html);
    }

    #[test]
    fn what_people_wrote_stays_as_it_is() {
        for html in [
            "<p>say href=\"/x\" there</p>",
            "<textarea>&lt;a href=\"/x\"&gt;</textarea>",
            "<input value=\"> <a href='/x'\">",
            "<a href=\"https://example.com/\">x</a><a href=\"#main\">y</a>",
            "1 < 2",
        ] {
            assert_eq!(below(html, "/s"), html);
        }
    }
}
