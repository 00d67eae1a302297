//! `prometheus`: the jobs of Prometheus that look at targets through the blackbox exporter, and its modules.

mod modules;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::Map;

use crate::haul::named;
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::target::check_of;
use crate::{At, Component, Document, Group, Haul, ImportError, Input, Names, Source, Spot, literal};
use modules::{Module, length};

/// Jobs and modules.
pub struct Prometheus;

#[async_trait]
impl Source for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn takes(&self) -> &'static str {
        "the file with `scrape_configs`, that of the blackbox exporter with `modules`, and files of targets"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        haul(&input.files(&["yaml", "yml", "json"])?)
    }
}

/// Targets with their labels, as a job or a file of targets has them.
type Targets<'n> = Vec<At<'n>>;

/// What the files say.
fn haul(documents: &[Document]) -> Result<Haul, ImportError> {
    let roots = documents.iter().map(Document::yaml).collect::<Result<Vec<_>, _>>()?;
    let files: Vec<At<'_>> = documents.iter().zip(&roots).map(|(document, root)| document.at(root)).collect();
    let mut haul = Haul::default();
    let mut modules = BTreeMap::new();
    for at in files.iter().filter_map(|at| at.get("modules")) {
        modules.extend(modules::read(&at, &mut haul)?);
    }
    let has_modules = !modules.is_empty();
    if !has_modules {
        modules = modules::usual();
    }
    let jobs: Vec<At<'_>> = files.iter().filter_map(|at| at.get("scrape_configs")).collect();
    if jobs.is_empty() {
        let name = documents.first().map_or("input", |document| &document.name);
        let hint = "give the file that names the jobs; that of the modules alone names no targets";
        return Err(ImportError::new(Spot::of(name), "no file has `scrape_configs`", hint));
    }
    let lists: BTreeMap<&str, &At<'_>> = documents
        .iter()
        .zip(&files)
        .filter(|(_, at)| at.is_list())
        .map(|(document, at)| (base(&document.name), at))
        .collect();
    let interval = files.iter().find_map(|at| at.get("global")?.get("scrape_interval"));
    let interval_ms = interval.map(|at| length(&at)).transpose()?;
    let mut reader = Reader {
        haul,
        names: Names::default(),
        modules,
        has_modules,
        lists,
        used: BTreeSet::new(),
        interval_ms,
    };
    for job in jobs.iter().map(At::items).collect::<Result<Vec<_>, _>>()?.iter().flatten() {
        reader.job(job)?;
    }
    Ok(reader.finish())
}

/// The name of a file without its folders.
fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

struct Reader<'d> {
    haul: Haul,
    names: Names,
    modules: BTreeMap<String, Module>,
    /// Whether the file with the modules was given.
    has_modules: bool,
    /// Files of targets by their names.
    lists: BTreeMap<&'d str, &'d At<'d>>,
    used: BTreeSet<&'d str>,
    interval_ms: Option<u64>,
}

impl<'d> Reader<'d> {
    fn finish(mut self) -> Haul {
        for (name, at) in &self.lists {
            if !self.used.contains(name) {
                self.haul.leave(at.spot(), "its targets", "no job that was carried names this file");
            }
        }
        // A heading over everything says nothing.
        if self.haul.groups.len() == 1 && self.haul.components.iter().all(|part| part.group.is_some()) {
            self.haul.groups.clear();
            self.haul.components.iter_mut().for_each(|part| part.group = None);
        }
        self.haul
    }

    fn job(&mut self, job: &At<'d>) -> Result<(), ImportError> {
        let name = job.need("job_name")?;
        let module = job.get("params").and_then(|params| params.get("module"));
        let Some(module) = module else {
            let why = "it collects figures; only jobs that look through the blackbox exporter name what a page shows";
            self.haul.leave(job.spot(), format!("the job {}", name.shown()), why);
            return Ok(());
        };
        let words = if module.is_list() { module.items()? } else { vec![module.clone()] };
        let Some(word) = words.first() else { return Ok(()) };
        let Some(found) = self.modules.get(word.text()?).cloned() else {
            let why = if self.has_modules {
                "no file that was given has this module, or it could not be carried"
            } else {
                "give the file of the blackbox exporter that has this module too"
            };
            self.haul.leave(
                word.spot(),
                format!("the job {} with the module {}", name.shown(), word.shown()),
                why,
            );
            return Ok(());
        };
        if let Some(more) = words.get(1) {
            let why = "a job is looked at by one module here";
            self.haul.leave(more.spot(), format!("the module {}", more.shown()), why);
        }
        let interval_ms = job.get("scrape_interval").map(|at| length(&at)).transpose()?.or(self.interval_ms);
        let timeout_ms = job.get("scrape_timeout").map(|at| length(&at)).transpose()?;
        let targets = self.targets(job)?;
        let group = if targets.is_empty() { None } else { Some(self.group(&name)?) };
        for entry in &targets {
            let labels = entry.get("labels");
            for target in entry.need("targets")?.items()? {
                let limits = (interval_ms, timeout_ms.or(found.timeout_ms));
                self.target(&target, labels.as_ref(), (&found, limits), group.as_ref())?;
            }
        }
        Ok(())
    }

    fn group(&mut self, name: &At<'_>) -> Result<pharos_model::GroupId, ImportError> {
        if self.haul.groups.len() >= GROUPS_MAX {
            return Err(name.error(format!("there are more than {GROUPS_MAX} jobs"), "import less"));
        }
        let text = name.text()?;
        let id = self.names.group(text);
        let name = named(&mut self.haul, text, &name.spot())?;
        self.haul.groups.push(Group { id: id.clone(), name });
        Ok(id)
    }

    /// Lists of targets that a job names, in its own file or in another.
    fn targets(&mut self, job: &At<'d>) -> Result<Targets<'d>, ImportError> {
        let mut targets = Vec::new();
        for (key, at) in job.entries()? {
            match key {
                "static_configs" => targets.extend(at.items()?),
                "file_sd_configs" => {
                    for entry in at.items()? {
                        for file in entry.need("files")?.items()? {
                            let wanted = base(file.text()?);
                            let matching = self.lists.iter().filter(|(name, _)| fits(wanted, name));
                            let known: Vec<(&'d str, &'d At<'d>)> =
                                matching.map(|(name, at)| (*name, *at)).collect();
                            if known.is_empty() {
                                let why = "give that file too, to carry its targets";
                                self.haul.leave(file.spot(), format!("the targets in {}", file.shown()), why);
                            }
                            for (name, at) in known {
                                self.used.insert(name);
                                targets.extend(at.items()?);
                            }
                        }
                    }
                }
                key if key.ends_with("_sd_configs") => {
                    let why = "targets that are found while it runs cannot be known here; give them as a file of targets";
                    self.haul.leave(at.spot(), format!("`{key}`"), why);
                }
                _ => {}
            }
        }
        Ok(targets)
    }

    fn target(
        &mut self,
        target: &At<'_>,
        labels: Option<&At<'_>>,
        (module, (interval_ms, timeout_ms)): (&Module, (Option<u64>, Option<u64>)),
        group: Option<&pharos_model::GroupId>,
    ) -> Result<(), ImportError> {
        if self.haul.components.len() >= COMPONENTS_MAX {
            return Err(target.error(format!("there are more than {COMPONENTS_MAX} targets"), "import less"));
        }
        let text = target.text()?;
        let label = ["name", "service", "alias", "instance"]
            .into_iter()
            .find_map(|label| labels?.get(label)?.text().ok());
        let place = text.split_once("://").map_or(text, |(_, rest)| rest);
        // A name and a password are not part of what it is called.
        let place = place.rsplit_once('@').map_or(place, |(_, rest)| rest);
        let place = place.split('?').next().unwrap_or(place).trim_end_matches('/');
        let name = label.unwrap_or(place);
        let id = self.names.component(name);
        let made = match module.address(text) {
            Some(address) => check_of(&literal(&address), (&mut self.haul, id.as_str(), &target.spot())),
            None => Ok(module.question(text)),
        };
        let mut component = Component {
            id,
            name: named(&mut self.haul, name, &target.spot())?,
            description: String::new(),
            group: group.cloned(),
            checks: Vec::new(),
            more: Map::new(),
        };
        match made {
            Ok(mut check) => {
                for (key, value) in &module.settings {
                    check.settings.entry(key.clone()).or_insert_with(|| value.clone());
                }
                check.rules.interval_ms = interval_ms.map(|ms| ms.clamp(1_000, 86_400_000));
                let longest = check.rules.interval_ms.unwrap_or(60_000);
                check.rules.timeout_ms = timeout_ms.map(|ms| ms.clamp(10, longest));
                component.checks.push(check);
            }
            Err(why) => self.haul.leave(target.spot(), format!("the check of `{}`", component.name), why),
        }
        self.haul.components.push(component);
        Ok(())
    }
}

/// Whether a file is meant by a name in which a `*` stands for anything.
fn fits(wanted: &str, name: &str) -> bool {
    match wanted.split_once('*') {
        None => wanted == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests;
