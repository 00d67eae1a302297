//! The pages of a copy: the main one, and each further one below its path, or in a folder for its host.

use std::sync::Arc;

use pharos_bucket::Key;
use pharos_model::{Incident, Snapshot};

use super::list::{List, Sources, Wanted, list};
use crate::config::Brand;
use crate::further::{Further, FurtherPages};
use crate::http::Assets;
use crate::limits::COPY_DOCUMENTS_MAX;
use crate::pages::Renderer;

/// The folder of pages that have a host to themselves.
const HOSTS: &str = "hosts/";

/// A page of a copy.
pub struct Shown {
    /// What it shows.
    pub snapshot: Arc<Snapshot>,
    /// Makes it.
    pub renderer: Renderer,
    /// The incidents that have pages, beside those of the snapshot.
    pub incidents: Arc<[Incident]>,
    /// How the keys of its parts begin, where that is not said by its addresses.
    folder: String,
}

impl Shown {
    /// The main page.
    pub fn main(snapshot: Arc<Snapshot>, renderer: Renderer) -> Self {
        Self { snapshot, renderer, incidents: Arc::default(), folder: String::new() }
    }

    /// The same, with what is told there of these incidents.
    pub fn with(self, known: &Arc<[Incident]>) -> Self {
        let incidents = if self.renderer.is_further() {
            self.renderer.told(known.to_vec(), &self.snapshot).into()
        } else {
            Arc::clone(known)
        };
        Self { incidents, ..self }
    }

    /// The further pages, as they are now.
    pub fn all(further: &FurtherPages) -> Vec<Self> {
        further.all().iter().map(|page| Self::further(page)).collect()
    }

    fn further(page: &Further) -> Self {
        let host = page.definition.host.as_str();
        let folder = if host.is_empty() { String::new() } else { [HOSTS, host, "/"].concat() };
        Self { folder, ..Self::main(page.pages.snapshot(), page.pages.renderer().clone()) }
    }
}

/// Everything of all pages, of which the first is the main one: the further ones have half of the room at most.
pub fn list_all(shown: &[Shown], (assets, brand): (&Assets, &Brand)) -> List {
    let share = COPY_DOCUMENTS_MAX / 2 / shown.len().saturating_sub(1).max(1);
    let (mut whole, mut lists) = (List::default(), Vec::new());
    let mut room = COPY_DOCUMENTS_MAX;
    for (index, page) in shown.iter().enumerate().rev() {
        let sources = Sources { snapshot: &page.snapshot, incidents: &page.incidents, assets, brand };
        let mut list = list(&sources, if index == 0 { room } else { share });
        list.front.iter_mut().chain(&mut list.rest).for_each(|wanted| page.put(wanted, index));
        room = room.saturating_sub(list.front.len() + list.rest.len());
        lists.push(list);
    }
    for list in lists.into_iter().rev() {
        whole.front.extend(list.front);
        whole.rest.extend(list.rest);
        whole.left_out += list.left_out;
    }
    whole
}

impl Shown {
    fn put(&self, wanted: &mut Wanted, index: usize) {
        wanted.page = index;
        if let Ok(key) = Key::new(&[self.folder.as_str(), wanted.key.as_str()].concat()) {
            wanted.key = key;
        }
    }
}

#[cfg(test)]
mod tests {
    use pharos_app::Shell;
    use pharos_store::SqliteStore;

    use super::*;
    use crate::wires::samples;

    #[tokio::test]
    async fn each_page_stands_below_its_path_or_in_the_folder_of_its_host_and_there_is_room_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let renderer = Renderer::new(store, Shell::new(None));
        let main = Shown::main(Arc::new(samples::operational()), renderer.clone());
        let mut small = samples::operational();
        small.components.truncate(1);
        let own = Shown {
            folder: "hosts/a.example.com/".to_owned(),
            ..Shown::main(Arc::new(small.clone()), renderer.clone())
        };
        small.page.presentation.base_path = "/partners".to_owned();
        let below = Shown::main(Arc::new(small), renderer);
        let (assets, brand) = (Assets::default(), Brand::default());
        let list = list_all(&[main, below, own], (&assets, &brand));
        let all: Vec<&Wanted> = list.front.iter().chain(&list.rest).collect();
        let is_there =
            |key: &str, page: usize| all.iter().any(|part| part.key.as_str() == key && part.page == page);
        for (start, page) in [("", 0), ("partners/", 1), ("hosts/a.example.com/", 2)] {
            for rest in ["index.html", "de/components/api/index.html", "api/v2/summary.json", "widget.js"] {
                assert!(is_there(&[start, rest].concat(), page), "{start}{rest}");
            }
        }
        assert!(is_there("components/search/index.html", 0));
        assert!(!is_there("partners/components/search/index.html", 1));
        assert!(all.len() <= COPY_DOCUMENTS_MAX && list.front[0].page == 0);
    }
}
