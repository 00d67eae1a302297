//! `statuspage`: a page that speaks the public API of Statuspage, by its address or by files that were saved of it: API, feed and pages of its
//! history.

mod events;
mod feed;
mod history;
mod page;
mod turns;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use pharos_model::{ComponentId, GroupId, UnixMs};
use url::Url;

use crate::limits::HISTORY_PAGES_MAX;
use crate::{At, Document, Haul, ImportError, Input, Names, Source, Spot};

/// A page of Statuspage.
pub struct Statuspage;

/// How many incidents its API tells of: one that tells of so many may have had more.
const TOLD_MAX: usize = 50;

#[async_trait]
impl Source for Statuspage {
    fn name(&self) -> &'static str {
        "statuspage"
    }

    fn takes(&self) -> &'static str {
        "the address of the page, or saved files: summary.json, components.json, incidents.json, scheduled-maintenances.json, history.atom, pages of /history"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let mut reader = Reader::default();
        let documents = match input.address() {
            Some(address) => fetched(input, &address, &mut reader).await?,
            None => input.files(&["json", "atom", "xml", "html", "htm"])?,
        };
        reader.whole(&documents)
    }
}

/// Asks a page for all that it tells.
async fn fetched(input: &Input<'_>, page: &Url, reader: &mut Reader) -> Result<Vec<Document>, ImportError> {
    let at = |path: &str| {
        page.join(path).map_err(|error| {
            ImportError::new(
                Spot::of(page.as_str()),
                format!("it is no address: {error}"),
                "give scheme and host",
            )
        })
    };
    let mut documents = vec![input.fetch(&at("/api/v2/summary.json")?).await?];
    for path in ["/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json"] {
        match input.fetch(&at(path)?).await {
            Ok(document) => documents.push(document),
            Err(error) => reader.haul.leave(error.spot, "what it tells", error.what),
        }
    }
    for number in 1..=HISTORY_PAGES_MAX {
        match input.fetch(&at(&format!("/history?page={number}"))?).await {
            Ok(document) if !history::is_page(&document.text) => {
                let what = "incidents that are older than those its API tells of";
                let why = "its history is of a form that is not known here; save the feed, history.atom, and import that too";
                reader.haul.leave(Spot::of(&document.name), what, why);
                return Ok(documents);
            }
            Ok(document) => {
                let goes_on = history::goes_on(&document);
                documents.push(document);
                if !goes_on {
                    return Ok(documents);
                }
            }
            Err(error) => {
                let what = "incidents that are older than those its API tells of";
                reader.haul.leave(error.spot, what, error.what);
                return Ok(documents);
            }
        }
    }
    let what = format!("incidents before the last {HISTORY_PAGES_MAX} pages of its history");
    reader.haul.leave(Spot::of(page.as_str()), what, "so far back is not read");
    Ok(documents)
}

/// What is known of a component beside its name.
#[derive(Debug)]
struct Known {
    id: ComponentId,
    /// Its status when the page was read, and since when at the latest.
    status: pharos_model::Status,
    changed_at: UnixMs,
    /// Since when it is on the page.
    began_at: UnixMs,
}

/// Reads documents one after the other, what says more before what says less.
#[derive(Default)]
struct Reader {
    haul: Haul,
    names: Names,
    /// Groups by their codes.
    groups: BTreeMap<String, GroupId>,
    /// Components by their codes.
    known: BTreeMap<String, Known>,
    /// Incidents and maintenances that were read, by their codes.
    seen: BTreeSet<String>,
    /// Incidents of which all was told, and the beginning of the oldest of them.
    told: usize,
    oldest: Option<UnixMs>,
    /// Whether the list of incidents may have been cut.
    is_cut: bool,
    turns: Vec<turns::Told>,
    /// The newest moment of which anything is told.
    newest: Option<UnixMs>,
    /// The zone of the page, for times that say no offset.
    zone: Option<jiff::tz::TimeZone>,
}

impl Reader {
    fn whole(mut self, documents: &[Document]) -> Result<Haul, ImportError> {
        let mut trees = Vec::new();
        let mut feeds = Vec::new();
        let mut pages = Vec::new();
        for document in documents {
            let start = document.text.trim_start();
            if start.starts_with('{') {
                trees.push((document, document.json()?));
            } else if history::is_page(&document.text) {
                pages.push(document);
            } else if start.starts_with("<?xml") || start.starts_with("<feed") || start.starts_with("<rss") {
                feeds.push(document);
            } else {
                let hint = "give summary.json, incidents.json, scheduled-maintenances.json, history.atom or a page of /history";
                return Err(ImportError::new(
                    Spot::of(&document.name),
                    "this is none of the files of a page",
                    hint,
                ));
            }
        }
        let trees: Vec<At<'_>> = trees.iter().map(|(document, node)| document.at(node)).collect();
        for at in &trees {
            self.page(at)?;
        }
        if self.haul.components.is_empty() {
            let name = documents.first().map_or("input", |document| &document.name);
            let hint = "give summary.json or components.json too: without components there is no page";
            return Err(ImportError::new(Spot::of(name), "no components are told of", hint));
        }
        for at in &trees {
            self.events(at)?;
        }
        for at in &trees {
            if let Some(months) = at.get("months") {
                self.months(&months)?;
            }
        }
        for document in feeds {
            self.feed(document)?;
        }
        for document in pages {
            self.history_page(document)?;
        }
        self.finish_turns();
        let first = documents.first().map_or("input", |document| &document.name);
        let why = "Statuspage looks at nothing by itself; until checks are added to the file, people state how components are";
        self.haul.leave(Spot::of(first), "checks", why);
        self.haul.leave(Spot::of(first), "subscribers", "no page tells who they are");
        self.haul.covers = self.newest;
        Ok(self.haul)
    }

    /// Notes a moment of which something is told.
    fn reach(&mut self, at: UnixMs) {
        self.newest = self.newest.max(Some(at));
    }
}

#[cfg(test)]
mod tests;
