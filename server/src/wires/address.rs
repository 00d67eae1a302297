//! Where documents are: from an address to what is asked for, and the routes that lead here.

use std::collections::BTreeSet;

use pharos_app::{Language, language};
use pharos_model::limits::INCIDENT_ID_CHARS_MAX;

use super::look::Look;
use super::{Wire, all};

/// How the addresses of what speaks Statuspage's API begin.
pub const STATUSPAGE: &str = "/api/v2/";
/// Routes that pages have already; they hand on what has an ending.
const OF_PAGES: [&str; 2] = ["/incidents/{id}", "/components/{id}"];

/// A document that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The document.
    pub wire: &'static Wire,
    /// What it is about, where its pattern leaves that open.
    pub id: Option<String>,
    /// Which page of it, from 1 on.
    pub page: u32,
    /// How it looks, where it is a picture.
    pub look: Look,
}

/// What is at an address, and in which language where the address begins with one.
pub fn find(path: &str, query: Option<&str>) -> Option<(Option<&'static Language>, Asked)> {
    let (first, _) = path.strip_prefix('/')?.split_once('/').unwrap_or_default();
    let spoken = language(first);
    let rest = spoken.map_or(path, |language| &path[1 + language.tag.len()..]);
    let mut known = all().filter(|wire| spoken.is_none() || wire.is_spoken);
    let (wire, id) = known.find_map(|wire| Some((wire, named(wire.pattern, rest)?)))?;
    let parameter = |name: &str| {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    };
    let page = parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    // What a document does not take must not make another of it: nobody may have the same made again and again.
    let page = if wire.pages_max == 1 { 1 } else { page };
    let is_picture = wire.media_type.starts_with("image/");
    let look = if is_picture { Look::asked(parameter("style"), parameter("theme")) } else { Look::default() };
    if page > wire.pages_max {
        return None;
    }
    let id = (!id.is_empty()).then(|| id.to_owned());
    Some((spoken, Asked { wire, id, page, look }))
}

/// What stands for `{id}` in an address of this pattern, nothing where the pattern has no such place; `None` when it is another
/// address.
fn named<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once("{id}") else {
        return (pattern == path).then_some("");
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = !id.is_empty() && id.len() <= INCIDENT_ID_CHARS_MAX && id.bytes().all(is_plain);
    fits.then_some(id)
}

/// The router's patterns for all documents: of every language or of the page's own alone. A step with an ending is a whole
/// step to the router.
pub fn routes(spoken: bool) -> BTreeSet<String> {
    let patterns = all().filter(|wire| !spoken || wire.is_spoken).map(|wire| wire.pattern);
    let steps = patterns.filter(|pattern| !pattern.starts_with(STATUSPAGE)).map(|pattern| {
        let steps = pattern.split('/').map(|step| if step.starts_with("{id}") { "{id}" } else { step });
        steps.collect::<Vec<_>>().join("/")
    });
    steps.filter(|route| !OF_PAGES.contains(&route.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_names_is_plain_and_of_a_bounded_length() {
        let pattern = "/uptime/{id}.json";
        assert_eq!(named(pattern, "/uptime/api.json"), Some("api"));
        let long = format!("/uptime/{}.json", "a".repeat(INCIDENT_ID_CHARS_MAX + 1));
        for bad in
            ["/uptime/.json", "/uptime/api", "/uptime/a/b.json", "/uptime/a.b.json", "/uptime/A.json", &long]
        {
            assert_eq!(named(pattern, bad), None, "{bad}");
        }
    }

    #[test]
    fn what_a_document_does_not_take_makes_no_other_of_it() {
        let asked = |path, query| find(path, Some(query)).map(|(_, asked)| asked);
        for path in ["/api/v2/summary.json", "/badge/api.json"] {
            assert_eq!(asked(path, "page=7&style=flat-square&x=y"), asked(path, ""), "{path}");
        }
        assert_ne!(asked("/badge/api.svg", "style=flat-square"), asked("/badge/api.svg", ""));
        assert_eq!(asked("/badge/api.svg", "style=other"), asked("/badge/api.svg", ""));
        assert_eq!(asked("/uptime/api.json", "page=4000000000"), None);
    }

    #[test]
    fn a_page_that_is_no_number_is_the_first() {
        let page = |query| find("/uptime/api.json", query).unwrap().1.page;
        assert_eq!(
            (page(None), page(Some("page=3")), page(Some("page=x")), page(Some("page=0"))),
            (1, 3, 1, 1)
        );
    }
}
