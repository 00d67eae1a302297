//! `cachet`: a page of Cachet, versions 2 and 3, by its address or by saved answers of its API.

mod ask;
mod item;
mod parts;
mod said;

use std::collections::BTreeMap;

use async_trait::async_trait;
use pharos_model::{ComponentId, UnixMs};

use crate::document::Node;
use crate::layers::Stretch;
use crate::{Document, Haul, ImportError, Input, Names, Source, Spot, Turn};
use item::Item;

/// A page of Cachet.
pub struct Cachet;

/// A list that its API gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Groups,
    Components,
    Incidents,
    Schedules,
    Metrics,
}

impl List {
    /// All of them, with where versions 2 and 3 have them, and what goes with each in version 3.
    const ALL: [(Self, &'static str, &'static str, &'static str); 5] = [
        (Self::Groups, "components/groups", "component-groups", "components"),
        (Self::Components, "components", "components", "group"),
        (Self::Incidents, "incidents", "incidents", "components,updates"),
        (Self::Schedules, "schedules", "schedules", "components,updates"),
        (Self::Metrics, "metrics", "metrics", ""),
    ];

    /// What a file holds, by its name.
    fn of(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
        let words = [
            ("group", Self::Groups),
            ("component", Self::Components),
            ("incident", Self::Incidents),
            ("schedule", Self::Schedules),
            ("metric", Self::Metrics),
        ];
        words.into_iter().find(|(word, _)| name.contains(word)).map(|(_, list)| list)
    }
}

#[async_trait]
impl Source for Cachet {
    fn name(&self) -> &'static str {
        "cachet"
    }

    fn takes(&self) -> &'static str {
        "the address of the page, or saved answers of its API: components.json, groups.json, incidents.json, schedules.json, metrics.json, with numbers where there are several pages"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let mut haul = Haul::default();
        let answers = match input.address() {
            Some(address) => ask::all(input, &address, &mut haul).await?,
            None => saved(input.files(&["json"])?, &mut haul),
        };
        read(&answers, haul)
    }
}

/// Files by what they hold.
fn saved(documents: Vec<Document>, haul: &mut Haul) -> Vec<(List, Document)> {
    let mut found = Vec::new();
    for document in documents {
        if let Some(list) = List::of(&document.name) {
            found.push((list, document));
        } else {
            let why = "its name tells of none of components, groups, incidents, schedules and metrics";
            haul.leave(Spot::of(&document.name), "the file", why);
        }
    }
    found
}

/// A list with what came along with it.
struct Answer {
    list: List,
    document: Document,
    root: Node,
}

/// What was read so far.
struct Reader {
    haul: Haul,
    names: Names,
    /// Components by Cachet's identifiers.
    known: BTreeMap<u64, ComponentId>,
    /// How components were.
    stretches: BTreeMap<ComponentId, Vec<Stretch>>,
    /// The newest moment of which anything is told.
    covers: Option<UnixMs>,
}

/// Reads answers.
fn read(answers: &[(List, Document)], haul: Haul) -> Result<Haul, ImportError> {
    let mut read = Vec::new();
    for (list, document) in answers {
        read.push(Answer { list: *list, document: document.clone(), root: document.json()? });
    }
    let mut reader = Reader {
        haul,
        names: Names::default(),
        known: BTreeMap::new(),
        stretches: BTreeMap::new(),
        covers: None,
    };
    reader.parts(&read)?;
    reader.said(&read)?;
    reader.end(&read)
}

impl Answer {
    /// The things of the list.
    fn items(&self) -> Result<Vec<Item<'_>>, ImportError> {
        let at = self.document.at(&self.root);
        let data = if at.is_list() { at } else { at.need("data")? };
        Ok(data.items()?.into_iter().map(Item::of).collect())
    }

    /// What came along with them, by kind and identifier.
    fn along(&self, kind: &str) -> Result<BTreeMap<u64, Item<'_>>, ImportError> {
        let mut found = BTreeMap::new();
        let included = self.document.at(&self.root).get("included");
        for at in included.map(|at| at.items()).transpose()?.unwrap_or_default() {
            if at.get("type").is_some_and(|of| of.text() == Ok(kind)) {
                let item = Item::of(at);
                found.insert(item.id()?, item);
            }
        }
        Ok(found)
    }
}

/// The things of a list, over all its pages, each once.
fn listed(answers: &[Answer], list: List) -> Result<Vec<(&Answer, Item<'_>)>, ImportError> {
    let (mut found, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    for answer in answers.iter().filter(|answer| answer.list == list) {
        for item in answer.items()? {
            if seen.insert(item.id()?) {
                found.push((answer, item));
            }
        }
    }
    Ok(found)
}

impl Reader {
    fn reach(&mut self, at: UnixMs) {
        self.covers = self.covers.max(Some(at));
    }

    fn end(mut self, answers: &[Answer]) -> Result<Haul, ImportError> {
        for (_, metric) in listed(answers, List::Metrics)? {
            let name: String = metric.text("name")?.chars().take(60).collect();
            let why = "its points are figures of any kind; Pharos charts what its own checks measure";
            self.haul.leave(metric.spot(), format!("the metric \"{name}\""), why);
        }
        let Some(covers) = self.covers else { return Ok(self.haul) };
        self.haul.covers = Some(covers);
        for (component, stretches) in self.stretches {
            let turns = crate::layers::layered(&stretches, covers).into_iter();
            self.haul.turns.extend(turns.map(|(from, status)| Turn {
                from,
                component: component.clone(),
                status,
            }));
        }
        if let Some(first) = answers.first() {
            let spot = || Spot::of(&first.document.name);
            let why = "the API tells how each component is, and since when, but not how it was before: that time is unknown here";
            self.haul.leave(spot(), "how components were", why);
            let why = "the API does not name the zone of its times; they are read as UTC";
            self.haul.leave(spot(), "the time zone", why);
        }
        Ok(self.haul)
    }
}
