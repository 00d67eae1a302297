//! Feeds of what happened and what is planned: of the page, of a group and of a component, in three formats.

mod atom;
mod entry;
mod json;
mod rss;
#[cfg(test)]
mod tests;

pub use entry::status_label;

use pharos_model::limits::MAINTENANCES_MAX;

use super::view::{Need, Of, Subject, View};
use super::{Wire, Written};

/// Entries of a feed.
const ENTRIES_MAX: usize = 25;
/// How long others may hold it, in seconds.
const MAX_AGE_S: u32 = 60;
/// All maintenances that there may be in memory: those that are planned farthest ahead are not those that changed last.
const NEEDS: &[Need] = &[Need::Incidents(ENTRIES_MAX), Need::Maintenances(MAINTENANCES_MAX)];

const ATOM: &str = "application/atom+xml; charset=utf-8";
const RSS: &str = "application/rss+xml; charset=utf-8";
const JSON: &str = "application/feed+json; charset=utf-8";

type Write = fn(&View) -> Option<Written>;

const fn feed(pattern: &'static str, of: Of, media_type: &'static str, write: Write) -> Wire {
    Wire { pattern, media_type, of, is_spoken: true, pages_max: 1, max_age_s: MAX_AGE_S, needs: NEEDS, write }
}

/// The feeds.
pub const WIRES: &[Wire] = &[
    feed("/history.atom", Of::Page, ATOM, |view| Some(atom::write(view))),
    feed("/history.rss", Of::Page, RSS, |view| Some(rss::write(view))),
    feed("/feed.json", Of::Page, JSON, |view| Some(json::write(view))),
    feed("/groups/{id}/history.atom", Of::Group, ATOM, |view| Some(atom::write(view))),
    feed("/groups/{id}/history.rss", Of::Group, RSS, |view| Some(rss::write(view))),
    feed("/groups/{id}/feed.json", Of::Group, JSON, |view| Some(json::write(view))),
    feed("/components/{id}/history.atom", Of::Component, ATOM, |view| Some(atom::write(view))),
    feed("/components/{id}/history.rss", Of::Component, RSS, |view| Some(rss::write(view))),
    feed("/components/{id}/feed.json", Of::Component, JSON, |view| Some(json::write(view))),
];

/// What stands over the entries of a feed.
struct Feed<'a> {
    view: &'a View,
    title: String,
    /// The page for people that tells of the same.
    home: String,
    /// How the addresses of its formats begin.
    stem: String,
}

impl<'a> Feed<'a> {
    fn of(view: &'a View) -> Self {
        let (words, snapshot) = (view.words, &view.snapshot);
        let history = words.page().history;
        let (name, home, stem) = match &view.subject {
            Subject::Component(id) => {
                let at = ["/components/", id.as_str()].concat();
                (Some(view.name_of(id)), at.clone(), at)
            }
            Subject::Group(group) => {
                let at = ["/groups/", group.id.as_str()].concat();
                (Some(group.name.of(words.tag())), ["/#group-", group.id.as_str()].concat(), at)
            }
            Subject::Page | Subject::Incident(_) => (None, "/".to_owned(), String::new()),
        };
        let about = name.map_or_else(|| history.to_owned(), |name| words.day_title(name, history));
        Self { view, title: words.title(&about, snapshot), home: view.address(&home), stem }
    }

    /// The address of one of its formats.
    fn address(&self, name: &str) -> String {
        self.view.address(&[&self.stem, "/", name].concat())
    }

    /// A name for the feed or an entry that stays what it is.
    fn tag(&self, of: &str) -> String {
        let url = &self.view.snapshot.page.presentation.url;
        let host = url.split("//").last().unwrap_or_default();
        let host = host.split([':', '/']).next().filter(|host| !host.is_empty()).unwrap_or("localhost");
        ["tag:", host, ",2026:", of].concat()
    }
}
