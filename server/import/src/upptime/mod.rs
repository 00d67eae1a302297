//! `upptime`: a repository of Upptime: what it looks at, its summary of outages by day, and issues as incidents where they were saved.

mod issues;
mod outages;
mod site;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use pharos_model::{ComponentId, Status, UnixMs};

use crate::haul::{described, named};
use crate::limits::COMPONENTS_MAX;
use crate::listed::Listed;
use crate::{
    At, Component, Document, Haul, ImportError, Input, Look, Looked, Names, Source, Spot, Turn, slug,
};
use issues::Issues;
use outages::{Known, stretches};

/// Upptime.
pub struct Upptime;

#[async_trait]
impl Source for Upptime {
    fn name(&self) -> &'static str {
        "upptime"
    }

    fn takes(&self) -> &'static str {
        "a folder with the repository of Upptime, and the issues of it where they were saved as the API of GitHub gives them, in JSON"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let paths = input.paths();
        let first = paths.first().ok_or_else(|| Input::nothing("name the folder with the repository"))?;
        let folder = if first.is_dir() {
            first.clone()
        } else {
            first.parent().map(Path::to_owned).unwrap_or_default()
        };
        let file = if first.is_dir() { folder.join(".upptimerc.yml") } else { first.clone() };
        let settings = input.file(&file)?;
        let saved: Vec<PathBuf> =
            if paths.len() > 1 { paths[1..].to_vec() } else { there(folder.join("issues.json")) };
        let saved: Vec<Document> = saved.iter().map(|path| input.file(path)).collect::<Result<_, _>>()?;
        let history = folder.join("history");
        let summary = there(history.join("summary.json")).first().map(|path| input.file(path)).transpose()?;
        haul(&settings, summary.as_ref(), &saved, &|slug| {
            there(history.join(format!("{slug}.yml"))).first().map(|path| input.file(path)).transpose()
        })
    }
}

fn there(path: PathBuf) -> Vec<PathBuf> {
    if path.is_file() { vec![path] } else { Vec::new() }
}

/// What is known of each site, by its name in the repository.
type Sites = BTreeMap<String, ComponentId>;

/// What a repository says. `file` gives the history of a site.
fn haul(
    settings: &Document,
    summary: Option<&Document>,
    saved: &[Document],
    file: &dyn Fn(&str) -> Result<Option<Document>, ImportError>,
) -> Result<Haul, ImportError> {
    let root = settings.yaml()?;
    let root = settings.at(&root);
    let mut haul = Haul::default();
    page(&root, &mut haul)?;
    let interval_ms = site::interval_ms(&root, &mut haul)?;
    let (mut names, mut sites) = (Names::default(), Sites::new());
    for site in root.need("sites")?.items()? {
        if haul.components.len() >= COMPONENTS_MAX {
            return Err(site.error(format!("there are more than {COMPONENTS_MAX} sites"), "import less"));
        }
        let name = site.need("name")?;
        let text = name.text()?;
        let key =
            site.get("slug").map(|slug| slug.text()).transpose()?.map_or_else(|| slug(text), str::to_owned);
        let id = names.component(&key);
        let name =
            if text.trim().is_empty() { id.to_string() } else { named(&mut haul, text, &name.spot())? };
        let checks = site::check(&site, &id, interval_ms, &mut haul)?.into_iter().collect();
        haul.components.push(Component {
            id: id.clone(),
            name,
            description: String::new(),
            group: None,
            checks,
            more: serde_json::Map::new(),
        });
        if let Entry::Vacant(place) = sites.entry(key) {
            place.insert(id);
        } else {
            let why = "another site has the same name in the repository, and what is told there counts for that one";
            haul.leave(site.spot(), format!("the past of `{id}`"), why);
        }
    }
    let issues = issues::read(saved, &sites, &mut haul)?;
    history(&sites, (summary, &issues, file), &mut haul)?;
    Ok(haul)
}

fn page(root: &At<'_>, haul: &mut Haul) -> Result<(), ImportError> {
    let Some(website) = root.get("status-website") else { return Ok(()) };
    if let Some(name) = website.get("name") {
        haul.page.name = Some(named(haul, name.text()?, &name.spot())?);
    }
    if let Some(text) = website.get("introMessage") {
        // It is Markdown, and a description is plain.
        let plain: String = text.text()?.chars().filter(|c| !matches!(c, '*' | '`' | '#')).collect();
        haul.page.description = Some(described(haul, &plain, &text.spot())?);
    }
    for (key, why) in [
        ("navbar", "write links under `page.links.header`"),
        ("logoUrl", "save the picture and name it under `page.theme.logo`"),
        ("theme", "Pharos has light and dark colours of its own"),
        ("customHeadHtml", "the page of Pharos takes no scripts or elements of others"),
        ("customBodyHtml", "the page of Pharos takes no scripts or elements of others"),
    ] {
        if let Some(found) = website.get(key) {
            haul.leave(found.spot(), format!("`{key}`"), why);
        }
    }
    if let Some(found) = root.get("notifications") {
        haul.leave(found.spot(), "the notifications", "where alerts go is not carried");
    }
    Ok(())
}

type HistoryOf<'a> =
    (Option<&'a Document>, &'a Issues, &'a dyn Fn(&str) -> Result<Option<Document>, ImportError>);

/// How the sites were: since when each is looked at, its outages, and what was seen last.
fn history(
    sites: &Sites,
    (summary, issues, file): HistoryOf<'_>,
    haul: &mut Haul,
) -> Result<(), ImportError> {
    let days = summary.map(outages::days).transpose()?.unwrap_or_default();
    let mut seen = Vec::new();
    let mut looks = Vec::new();
    for (key, id) in sites {
        let Some(document) = file(key)? else {
            haul.leave(
                Spot::of(&format!("history/{key}.yml")),
                format!("the history of `{id}`"),
                "there is no such file",
            );
            continue;
        };
        let root = document.yaml()?;
        let root = document.at(&root);
        let (started, updated) = (root.need("startTime")?.moment()?, root.need("lastUpdated")?.moment()?);
        haul.covers = haul.covers.max(Some(updated));
        let status = match root.need("status")?.text()? {
            "up" => Status::Operational,
            "degraded" => Status::DegradedPerformance,
            "down" => Status::MajorOutage,
            _ => {
                return Err(root
                    .need("status")?
                    .error("it is none of up, degraded and down", "check that the file is whole"));
            }
        };
        seen.push((key, id, started, (updated, status)));
        let ms = root.get("responseTime").map(|time| time.number()).transpose()?.filter(|ms| *ms > 0);
        let check =
            haul.components.iter().find(|known| known.id == *id).and_then(|known| known.checks.first());
        if let Some(check) = check {
            let latency_us = ms
                .filter(|_| status != Status::MajorOutage)
                .and_then(|ms| u32::try_from(ms.saturating_mul(1_000)).ok());
            let (component, check) = (id.clone(), check.name.clone());
            looks.push(Looked::Once(Look {
                component,
                check,
                at: updated,
                status,
                latency_us,
                reason: None,
            }));
        }
    }
    let covers = haul.covers.unwrap_or(UnixMs(0));
    let mut is_by_day = false;
    for (key, id, started, last) in seen {
        let known = Known { started, last, covers, days: days.get(key.as_str()), issues: issues.of(id) };
        let (stretches, by_day) = stretches(&known);
        is_by_day |= by_day;
        let turns = crate::layers::layered(&stretches, covers).into_iter();
        haul.turns.extend(turns.map(|(from, status)| Turn { from, component: id.clone(), status }));
    }
    if let Some(summary) = summary.filter(|_| is_by_day) {
        let why = "the summary tells how many minutes of a day a site was down, not when: each outage stands at the beginning of its day. \
             Save the issues of the repository for the exact times";
        haul.leave(Spot::of(&summary.name), "the times of some outages", why);
    }
    if !looks.is_empty() {
        let why = "Upptime keeps neither single looks nor when it did not look: all the time since it began counts as watched";
        haul.leave(Spot::of("history"), "the looks of the past", why);
        haul.looks_count = looks.len() as u64;
        haul.looks = Some(Box::new(Listed::new(looks)));
    }
    Ok(())
}
