//! `pharos`: what `pharos export --to` wrote of another Pharos.

mod events;

use std::collections::BTreeMap;

use async_trait::async_trait;
use pharos_model::{ComponentId, Status, Text};

use crate::limits::{COMPONENTS_MAX, TURNS_MAX};
use crate::{At, Component, Document, Haul, ImportError, Input, Source, Spot, Turn};

/// An export of Pharos.
pub struct Pharos;

/// The files of an export.
pub const CONFIGURATION: &str = "pharos.yaml";
/// When it was made.
pub const ABOUT: &str = "export.json";
/// Its incidents; see [`piece`].
pub const INCIDENTS: &str = "incidents";
/// Its maintenances; see [`piece`].
pub const MAINTENANCES: &str = "maintenances";
/// The folder with the spans of each component; see [`piece`].
pub const SPANS: &str = "spans";
/// The key of [`ABOUT`] under which stands of how many files each list is made.
pub const PIECES: &str = "pieces";
/// Bytes of each of them but for one long part: a file of that many is read, whatever it is made of.
pub const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// The file with a piece of a list, counted from 1.
pub fn piece(stem: &str, number: usize) -> String {
    if number < 2 { format!("{stem}.json") } else { format!("{stem}.{number}.json") }
}

#[async_trait]
impl Source for Pharos {
    fn name(&self) -> &'static str {
        "pharos"
    }

    fn takes(&self) -> &'static str {
        "the folder that `pharos export --to FOLDER` wrote"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let folder = input.paths().into_iter().next();
        let folder =
            folder.ok_or_else(|| Input::nothing("name the folder that `pharos export --to` wrote"))?;
        let mut reader = Reader::default();
        reader.configuration(&input.file(&folder.join(CONFIGURATION))?)?;
        reader.about(&input.file(&folder.join(ABOUT))?)?;
        for id in reader.haul.components.iter().map(|part| part.id.clone()).collect::<Vec<_>>() {
            let stem = format!("{SPANS}/{id}");
            for number in 1..=reader.pieces(&stem) {
                reader.spans(&id, &input.file(&folder.join(piece(&stem, number)))?)?;
            }
        }
        for number in 1..=reader.pieces(INCIDENTS) {
            reader.incidents(&input.file(&folder.join(piece(INCIDENTS, number)))?)?;
        }
        for number in 1..=reader.pieces(MAINTENANCES) {
            reader.maintenances(&input.file(&folder.join(piece(MAINTENANCES, number)))?)?;
        }
        let spot = Spot::of(&folder.display().to_string());
        let why = "an export does not hold them; `pharos backup` and `pharos restore` copy all there is";
        reader.haul.leave(spot, "single looks, accounts, failovers, statements, announcements", why);
        Ok(reader.haul)
    }
}

#[derive(Default)]
struct Reader {
    haul: Haul,
    /// The language in which texts without a translation are.
    own: String,
    /// Of how many files each list is made.
    pieces: BTreeMap<String, usize>,
}

impl Reader {
    fn configuration(&mut self, document: &Document) -> Result<(), ImportError> {
        let root = document.yaml()?;
        let at = document.at(&root);
        let page = at.need("page")?;
        "en".clone_into(&mut self.own);
        if let Some(language) = page.get("language") {
            language.text()?.clone_into(&mut self.own);
        }
        for part in at.need("components")?.items()? {
            if self.haul.components.len() >= COMPONENTS_MAX {
                return Err(
                    part.error(format!("there are more than {COMPONENTS_MAX} components"), "import less")
                );
            }
            let id = id_of(&part.need("id")?)?;
            self.haul.components.push(Component {
                name: id.to_string(),
                id,
                description: String::new(),
                group: None,
                checks: Vec::new(),
                more: serde_json::Map::new(),
            });
        }
        self.haul.configuration = Some(document.text.clone());
        Ok(())
    }

    fn about(&mut self, document: &Document) -> Result<(), ImportError> {
        let root = document.json()?;
        let at = document.at(&root);
        self.haul.covers = Some(at.need("exported_at")?.moment()?);
        for (stem, count) in at.get(PIECES).map(|at| at.entries()).transpose()?.unwrap_or_default() {
            let count = usize::try_from(count.number()?).unwrap_or(usize::MAX);
            self.pieces.insert(stem.to_owned(), count);
        }
        Ok(())
    }

    /// Of how many files a list is made. Exports that do not tell have one of each.
    fn pieces(&self, stem: &str) -> usize {
        self.pieces.get(stem).copied().unwrap_or(1)
    }

    /// Spans, each from one moment until another, the newest first.
    fn spans(&mut self, id: &ComponentId, document: &Document) -> Result<(), ImportError> {
        let root = document.json()?;
        let at = document.at(&root);
        let mut stated = 0_u64;
        for span in at.items()? {
            if self.haul.turns.len() >= TURNS_MAX {
                return Err(
                    span.error(format!("there are more than {TURNS_MAX} spans"), "restore a backup instead")
                );
            }
            stated += u64::from(span.get("measured").is_some());
            let from = span.need("from")?.moment()?;
            let status = status(&span.need("status")?)?;
            self.haul.turns.push(Turn { from, component: id.clone(), status });
            self.haul.covers = self.haul.covers.max(Some(from));
        }
        if stated > 0 {
            let what = format!("what the checks found beside {stated} statements of `{id}`");
            self.haul.leave(at.spot(), what, "what was shown is carried");
        }
        Ok(())
    }

    /// A text: plain, or by language.
    fn text(&self, at: &At<'_>) -> Result<Text, ImportError> {
        if !at.is_section() {
            return Ok(at.text()?.into());
        }
        let mut plain = None;
        let mut others = Vec::new();
        for (language, words) in at.entries()? {
            if language == self.own {
                plain = Some(words.text()?.to_owned());
            } else {
                others.push((language.to_owned(), words.text()?.to_owned()));
            }
        }
        let plain = plain.ok_or_else(|| {
            at.error(
                format!("nothing is said in the page's own language, `{}`", self.own),
                "export it once more",
            )
        })?;
        Ok(Text::translated(plain, others))
    }
}

fn id_of(at: &At<'_>) -> Result<ComponentId, ImportError> {
    ComponentId::new(at.text()?)
        .map_err(|_| at.error(format!("{} is no identifier", at.shown()), "export it once more"))
}

fn status(at: &At<'_>) -> Result<Status, ImportError> {
    let word = at.text()?;
    let found = Status::ALL.into_iter().find(|status| status.as_str() == word);
    found.ok_or_else(|| at.error(format!("{} is no status", at.shown()), "export it once more"))
}
