//! Documents in formats that others already speak: each a view of the snapshot, in one list that the router, the page
//! cache, the site map and a static copy all walk.

mod address;
mod badge;
mod calendar;
mod discovery;
mod feed;
mod look;
mod moment;
mod plain;
#[cfg(test)]
pub mod samples;
mod spans;
mod statuspage;
mod view;
mod xml;

use std::hash::{Hash, Hasher};

use http::header::{
    CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, LAST_MODIFIED,
};
use pharos_model::{Snapshot, UnixMs};

pub use address::{Asked, find, routes};
pub use pharos_model::{code, is_code};
pub use view::{Need, Of, Subject, View};

/// A document.
#[derive(Debug)]
pub struct Wire {
    /// Its address without a language; `{id}` stands for what it is about.
    pub pattern: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What it is about.
    pub of: Of,
    /// Whether it is there in every language, at addresses that begin with one. All are there in the page's own.
    pub is_spoken: bool,
    /// How many pages it has; 1 unless its address takes a page.
    pub pages_max: u32,
    /// How long others may hold it without asking, in seconds.
    pub max_age_s: u32,
    /// What the store must tell for it.
    pub needs: &'static [Need],
    /// Writes it; `None` when there is no such document.
    pub write: fn(&View) -> Option<Written>,
}

/// There is one document to a pattern.
impl PartialEq for Wire {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Wire {}

impl Hash for Wire {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

/// A document that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub body: String,
    /// When what it tells last changed, where it says so.
    pub changed_at: Option<UnixMs>,
}

impl From<String> for Written {
    fn from(body: String) -> Self {
        Self { body, changed_at: None }
    }
}

/// Every list of documents. The first whose pattern fits an address is the one.
const LISTS: &[&[Wire]] =
    &[statuspage::WIRES, feed::WIRES, calendar::WIRES, badge::WIRES, discovery::WIRES, spans::WIRES];

/// Every document.
pub fn all() -> impl Iterator<Item = &'static Wire> {
    LISTS.iter().copied().flatten()
}

impl Wire {
    /// What goes out with it, beside what every answer carries.
    pub fn headers(&self, view: &View, written: &Written) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if let (true, Ok(tag)) = (self.is_spoken, HeaderValue::from_str(view.words.tag())) {
            headers.insert(CONTENT_LANGUAGE, tag);
        }
        if let Some(Ok(at)) = written.changed_at.map(|at| HeaderValue::from_str(&moment::http(at))) {
            headers.insert(LAST_MODIFIED, at);
        }
        // A table is kept as a file by who opens it, under a name that says of what it is.
        if let Some(component) = view.component().filter(|_| self.media_type == spans::MEDIA_TYPE) {
            let file = format!("attachment; filename=\"{}-spans.csv\"", component.definition.id);
            headers.extend(HeaderValue::from_str(&file).ok().map(|file| (CONTENT_DISPOSITION, file)));
        }
        headers
    }

    /// All its addresses without a language, as of a snapshot.
    pub fn addresses(&self, snapshot: &Snapshot) -> Vec<String> {
        let Some((before, after)) = self.pattern.split_once("{id}") else {
            return vec![self.pattern.to_owned()];
        };
        let named = |id: &str| [before, id, after].concat();
        match self.of {
            Of::Page => Vec::new(),
            Of::Component => {
                let components = snapshot.components.iter();
                components.map(|component| named(component.definition.id.as_str())).collect()
            }
            Of::Group => snapshot.groups.iter().map(|group| named(group.id.as_str())).collect(),
            Of::Incident => snapshot.incidents.iter().map(|incident| named(incident.id.as_str())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_document_leads_to_that_document() {
        let snapshot = samples::outage();
        let mut count = 0;
        for wire in all() {
            for address in wire.addresses(&snapshot) {
                let (language, asked) = find(&address, None).unwrap();
                assert_eq!((language.is_none(), asked.wire.pattern), (true, wire.pattern), "{address}");
                count += 1;
            }
        }
        assert!(count > all().count() / 2, "{count}");
    }

    #[test]
    fn only_documents_with_words_are_there_in_every_language() {
        let is_there = |path: &str| find(path, None).is_some();
        assert!(is_there("/api/v2/summary.json") && !is_there("/de/api/v2/summary.json"));
    }
}
