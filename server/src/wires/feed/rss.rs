//! RSS 2.0, with the end of a maintenance as readers of Statuspage's feeds expect it, and beside it an element of ours with both
//! ends.

use super::super::Written;
use super::super::moment::{rfc822, rfc3339};
use super::super::view::View;
use super::super::xml::Xml;
use super::Feed;
use super::entry::{changed_at, entries};

/// The name space of our element.
const SPACE: &str = "urn:pharos:feed:1";

/// The feed.
pub fn write(view: &View) -> Written {
    let (feed, entries) = (Feed::of(view), entries(view));
    let updated = changed_at(view, &entries);
    let mut xml = Xml::new();
    let spaces = [
        ("version", "2.0"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:pharos", SPACE),
    ];
    xml.open("rss", &spaces);
    xml.open("channel", &[]);
    xml.leaf("title", &[], &feed.title);
    xml.leaf("link", &[], &feed.home);
    xml.leaf("description", &[], &feed.title);
    xml.leaf("language", &[], view.words.tag());
    xml.leaf("pubDate", &[], &rfc822(updated));
    xml.leaf("lastBuildDate", &[], &rfc822(updated));
    let own = feed.address("history.rss");
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", &own)]);
    for entry in &entries {
        xml.open("item", &[]);
        xml.leaf("title", &[], &entry.title);
        xml.leaf("description", &[], &entry.html);
        xml.leaf("pubDate", &[], &rfc822(entry.updated));
        if let Some((start, end)) = entry.window {
            xml.leaf("maintenanceEndDate", &[], &rfc822(end));
            let (start, end) = (rfc3339(start), rfc3339(end));
            xml.empty("pharos:maintenance", &[("from", &start), ("until", &end)]);
        }
        xml.leaf("link", &[], &entry.address);
        xml.leaf("guid", &[("isPermaLink", "false")], &feed.tag(&entry.name));
        for component in &entry.components {
            xml.leaf("category", &[], component);
        }
        xml.close("item");
    }
    xml.close("channel");
    xml.close("rss");
    Written { body: xml.finish(), changed_at: Some(updated) }
}
