//! Atom 1.0, RFC 4287.

use super::super::Written;
use super::super::moment::rfc3339;
use super::super::view::View;
use super::super::xml::Xml;
use super::Feed;
use super::entry::{changed_at, entries};

/// The feed.
pub fn write(view: &View) -> Written {
    let (feed, entries) = (Feed::of(view), entries(view));
    let updated = changed_at(view, &entries);
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", view.words.tag())]);
    xml.leaf("id", &[], &feed.tag(&view.words.address(&[&feed.stem, "/history"].concat())));
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.home)]);
    let own = feed.address("history.atom");
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &own)]);
    xml.leaf("title", &[], &feed.title);
    xml.leaf("updated", &[], &rfc3339(updated));
    xml.open("author", &[]);
    xml.leaf("name", &[], view.words.page_name(&view.snapshot));
    xml.close("author");
    for entry in &entries {
        xml.open("entry", &[]);
        xml.leaf("id", &[], &feed.tag(&entry.name));
        xml.leaf("published", &[], &rfc3339(entry.published));
        xml.leaf("updated", &[], &rfc3339(entry.updated));
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.address)]);
        xml.leaf("title", &[], &entry.title);
        for component in &entry.components {
            xml.empty("category", &[("term", component)]);
        }
        xml.leaf("content", &[("type", "html")], &entry.html);
        xml.close("entry");
    }
    xml.close("feed");
    Written { body: xml.finish(), changed_at: Some(updated) }
}
