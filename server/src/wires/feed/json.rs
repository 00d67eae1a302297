//! JSON Feed 1.1.

use serde::Serialize;

use super::super::Written;
use super::super::moment::rfc3339;
use super::super::view::View;
use super::Feed;
use super::entry::{changed_at, entries};

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: String,
    language: &'static str,
    authors: [Author<'a>; 1],
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Item {
    id: String,
    url: String,
    title: String,
    content_html: String,
    date_published: String,
    date_modified: String,
    tags: Vec<String>,
}

/// The feed.
pub fn write(view: &View) -> Written {
    let (feed, entries) = (Feed::of(view), entries(view));
    let updated = changed_at(view, &entries);
    let items = entries.into_iter().map(|entry| Item {
        id: feed.tag(&entry.name),
        url: entry.address,
        title: entry.title,
        content_html: entry.html,
        date_published: rfc3339(entry.published),
        date_modified: rfc3339(entry.updated),
        tags: entry.components,
    });
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: feed.address("feed.json"),
        language: view.words.tag(),
        authors: [Author { name: view.words.page_name(&view.snapshot) }],
        items: items.collect(),
    };
    // Names, words and moments: all of it can be written.
    let body = serde_json::to_string(&document).unwrap_or_default();
    Written { body, changed_at: Some(updated) }
}
