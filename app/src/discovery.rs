//! What a page says in its head to those who lead others to it: search engines, social networks, sites that embed.

use std::fmt::Write;

use pharos_model::Snapshot;

use crate::document::{Head, escaped};
use crate::parts::{COMPONENTS, INCIDENTS};
use crate::words::{LANGUAGES, Words};

/// Elements for the head of a page with an address of its own; nothing for any other.
pub(crate) fn discovery(snapshot: &Snapshot, words: Words, head: &Head<'_>) -> String {
    let Some(path) = head.path else { return String::new() };
    let base = snapshot.page.presentation.url.as_str();
    let mut out = String::new();
    let own = Words::of_page(&snapshot.page);
    // A page in the page's own language is at two addresses: the one without a language counts.
    let address = if words.tag() == own.tag() { own.address(path) } else { words.address(path) };
    let mut alternate = |language: &str, path: &str| {
        let address = escaped(&[base, path].concat());
        let _ = write!(out, "<link rel=\"alternate\" hreflang=\"{language}\" href=\"{address}\">");
    };
    for language in LANGUAGES {
        let other = if language.tag == own.tag() { own } else { own.in_language(language) };
        alternate(language.tag, &other.address(path));
    }
    alternate("x-default", &own.address(path));
    documents(&mut out, words, path);
    if !base.is_empty() {
        told(&mut out, snapshot, words, head, (&address, path));
    }
    out
}

/// Where programs read what stands on the page: feeds, the calendar and text.
fn documents(out: &mut String, words: Words, path: &str) {
    // A component has its own; what other pages tell is in those of the whole page.
    let is_component = path.strip_prefix(COMPONENTS).is_some_and(|id| !id.contains('/'));
    let owner = if is_component { path } else { "" };
    for (name, media_type) in [
        ("/history.atom", "application/atom+xml"),
        ("/history.rss", "application/rss+xml"),
        ("/feed.json", "application/feed+json"),
        ("/calendar.ics", "text/calendar"),
    ] {
        let address = escaped(&words.address(&[owner, name].concat()));
        let _ = write!(out, "<link rel=\"alternate\" type=\"{media_type}\" href=\"{address}\">");
    }
    let is_incident = path.strip_prefix(INCIDENTS).is_some_and(|id| !id.contains('/'));
    let text = match path {
        // The first page is asked for most and has few bytes to spare: `llms.txt` leads to its text.
        "/history" | "/resilience" => Some(path.to_owned()),
        _ if is_component || is_incident => Some(path.to_owned()),
        _ => None,
    };
    if let Some(text) = text {
        let address = escaped(&words.address(&[&*text, ".md"].concat()));
        let _ = write!(out, "<link rel=\"alternate\" type=\"text/markdown\" href=\"{address}\">");
    }
    let _ = write!(out, "<link rel=\"manifest\" href=\"{}\">", words.address("/manifest.webmanifest"));
}

/// What needs the address under which the public finds the page: that of its server, then `address`, which is `path` in
/// a language.
fn told(out: &mut String, snapshot: &Snapshot, words: Words, head: &Head<'_>, (address, path): (&str, &str)) {
    let base = snapshot.page.presentation.url.as_str();
    let address = &[base, address].concat();
    let title = escaped(&words.title(head.about, snapshot));
    let _ = write!(out, "<link rel=\"canonical\" href=\"{}\">", escaped(address));
    let _ = write!(
        out,
        "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"{}?url={}\" title=\"{title}\">",
        escaped(&[base, &words.shared_address("/oembed")].concat()),
        percent_encoded(address),
    );
    // An incident has a picture of its own; all other pages have that of the state.
    let owner = if path.starts_with(INCIDENTS) { path } else { "" };
    let image = [base, &words.address(&[owner, "/card.png"].concat())].concat();
    for (property, content) in [
        ("og:type", "website"),
        ("og:site_name", &*escaped(words.page_name(snapshot))),
        ("og:title", &*title),
        ("og:description", &*escaped(head.description)),
        ("og:url", &*escaped(address)),
        ("og:image", &*escaped(&image)),
        ("og:image:width", "1200"),
        ("og:image:height", "630"),
    ] {
        let _ = write!(out, "<meta property=\"{property}\" content=\"{content}\">");
    }
    out.push_str("<meta name=\"twitter:card\" content=\"summary_large_image\">");
}

/// Text as it may stand in the query of an address.
fn percent_encoded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::language;

    fn said(url: &str, own: &str, words: Words) -> String {
        let mut snapshot = Snapshot::default();
        snapshot.page.name = "Ex\"ample".into();
        snapshot.page.language = own.to_owned();
        snapshot.page.presentation.url = url.to_owned();
        let head = Head { about: "A < B", description: "C & D", path: Some("/history") };
        discovery(&snapshot, words, &head)
    }

    #[test]
    fn every_language_is_listed_and_the_own_one_at_the_address_without_a_language() {
        let said = said("https://status.example.com", "de", Words::new(language("fr").unwrap(), true));
        for language in LANGUAGES.iter().filter(|language| language.tag != "de") {
            let link =
                format!("hreflang=\"{0}\" href=\"https://status.example.com/{0}/history\"", language.tag);
            assert!(said.contains(&link), "{link}");
        }
        for tag in ["de", "x-default"] {
            assert!(
                said.contains(&format!("hreflang=\"{tag}\" href=\"https://status.example.com/history\""))
            );
        }
        assert!(said.contains("rel=\"canonical\" href=\"https://status.example.com/fr/history\""));
    }

    #[test]
    fn without_a_public_address_only_other_languages_are_told() {
        let said = said("", "", Words::english());
        assert!(said.contains("hreflang=\"ja\" href=\"/ja/history\""), "{said}");
        assert!(!said.contains("canonical") && !said.contains("og:") && !said.contains("oembed"));
    }

    #[test]
    fn whole_addresses_have_the_path_below_which_the_page_is() {
        let mut snapshot = Snapshot::default();
        snapshot.page.presentation.url = "https://www.example.com".to_owned();
        snapshot.page.presentation.base_path = "/status".to_owned();
        let words = Words::of_page(&snapshot.page).in_language(language("fr").unwrap());
        let head = Head { about: "A", description: "B", path: Some("/history") };
        let said = discovery(&snapshot, words, &head);
        for address in [
            "rel=\"canonical\" href=\"https://www.example.com/status/fr/history\"",
            "hreflang=\"en\" href=\"https://www.example.com/status/history\"",
            "hreflang=\"ja\" href=\"https://www.example.com/status/ja/history\"",
            "href=\"https://www.example.com/status/oembed?url=https%3A%2F%2Fwww.example.com%2Fstatus%2Ffr%2Fhistory\"",
            "rel=\"manifest\" href=\"/status/fr/manifest.webmanifest\"",
            "content=\"https://www.example.com/status/fr/card.png\"",
        ] {
            assert!(said.contains(address), "{address}: {said}");
        }
    }

    #[test]
    fn every_page_leads_to_its_feeds_in_its_language() {
        let said = said("", "", Words::new(language("fr").unwrap(), true));
        for path in
            ["/fr/history.atom", "/fr/history.rss", "/fr/feed.json", "/fr/calendar.ics", "/fr/history.md"]
        {
            assert!(said.contains(&format!("href=\"{path}\">")), "{path}: {said}");
        }
    }

    #[test]
    fn a_component_has_feeds_of_its_own() {
        let mut out = String::new();
        documents(&mut out, Words::english(), "/components/api");
        assert!(out.contains("href=\"/components/api/history.atom\""), "{out}");
        out.clear();
        documents(&mut out, Words::english(), "/components/api/days");
        assert!(out.contains("href=\"/history.atom\"") && !out.contains("markdown"), "{out}");
    }

    #[test]
    fn what_is_told_cannot_leave_its_place() {
        let said = said("https://status.example.com", "", Words::english());
        assert!(said.contains("content=\"A &lt; B · Ex&quot;ample\""), "{said}");
        assert!(said.contains("oembed?url=https%3A%2F%2Fstatus.example.com%2Fhistory\""), "{said}");
    }
}
