//! From the shape of the file to what the server runs, with everything checked that one value alone cannot tell.

mod archive;
mod base_path;
mod checks;
mod components;
mod dependencies;
mod further;
mod heartbeats;
mod hooks;
mod maintenances;
mod page;
mod parts;
mod ping;
mod place;
mod presentation;
mod probe_settings;
mod proxies;
mod redundancy;
mod rules;
mod sign_in;
mod suppliers;
mod timing;
mod vantages;

pub use rules::as_identifier;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use pharos_engine::limits::GAP_MIN_MS;
use pharos_engine::redundancy::Rule;
use pharos_engine::{Check, CheckId, Config, IncidentPolicy};
use pharos_front::Proxies;
use pharos_model::{ComponentId, PageDefinition};

use super::Files;
use super::brand::Brand;
use super::document::{At, Node};
use super::error::Finding;
use super::file::FileConfig;
use super::loaded::{Heartbeats, Probe};
use super::snippet::Place;
use super::vantages::Vantages;
use crate::accounts::Settings;
use crate::archiving::Settings as Archiving;
use crate::hooks::Hooks;

/// What was put together so far, and what was found wrong on the way.
#[derive(Default)]
pub struct Assembly {
    findings: Vec<Finding>,
    warnings: Vec<Finding>,
    checks: Vec<Check>,
    probes: BTreeMap<CheckId, Probe>,
    heartbeats: Heartbeats,
    token_places: BTreeMap<CheckId, Place>,
    incidents: BTreeMap<ComponentId, IncidentPolicy>,
    redundancy: BTreeMap<ComponentId, Rule>,
    objectives: BTreeMap<ComponentId, u32>,
    /// The names of the suppliers whose pages checks mirror.
    suppliers: BTreeMap<CheckId, String>,
    vantages: Vantages,
    /// The checks that are looked at from several places.
    together: BTreeMap<ComponentId, Vec<pharos_engine::Vantages>>,
    brand: Brand,
    /// The tag of the page's own language.
    own_language: &'static str,
}

/// Everything an accepted file says.
pub struct Assembled {
    /// What the core is told.
    pub engine: Config,
    /// What to run.
    pub probes: BTreeMap<CheckId, Probe>,
    /// What is reported by others.
    pub heartbeats: Heartbeats,
    /// The other places from which checks are looked at.
    pub vantages: Vantages,
    /// How other systems report.
    pub hooks: Hooks,
    /// The operator's own files that the page shows.
    pub brand: Brand,
    /// Through whom operators sign in beside their passwords.
    pub provider: Option<Settings>,
    /// Where the copy of the page is kept.
    pub copy: Option<pharos_bucket::Place>,
    /// The proxies that are believed.
    pub proxies: Proxies,
    /// What is kept outside of the database.
    pub archive: Option<Archiving>,
    /// To whom a sign of life is sent.
    pub ping: Option<crate::ping::Settings>,
    /// What is odd but not wrong.
    pub warnings: Vec<Finding>,
}

/// Puts `file` together. `root` is the tree it was made from; what it names beside it comes from `files`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn assemble(file: &FileConfig, root: &Node, files: &Files<'_>) -> Result<Assembled, Vec<Finding>> {
    let at = At::root(root);
    let mut assembly = Assembly::default();
    let (page, zone) = assembly.page(&file.page, files, at.key("page"));
    assembly.vantages(&file.vantages, at.key("vantages"));
    let groups = assembly.groups(&file.groups, at.key("groups"));
    let mut components = assembly.components(&file.components, &groups, at.key("components"));
    let pages = assembly.further(&file.pages, (&page, &groups, &components), files, at.key("pages"));
    let zone = zone.unwrap_or(TimeZone::UTC);
    let maintenances =
        assembly.maintenances(&file.maintenances, (&components, &zone), at.key("maintenances"));
    let hooks = Hooks::new(assembly.hooks(&file.hooks, &components, at.key("hooks")));
    let provider = file.sign_in.as_ref().and_then(|section| assembly.sign_in(section, at.key("sign_in")));
    let copy = file.copy.as_ref().and_then(|section| assembly.copy(section, at.key("copy")));
    let proxies = assembly.proxies(&file.proxies, at.key("proxies"));
    let ping = file.ping.as_ref().map(|section| assembly.ping(section, at.key("ping")));
    let archive =
        file.archive.as_ref().and_then(|section| assembly.archive(section, files, at.key("archive")));
    assembly.keep_archive_apart(archive.as_ref(), copy.as_ref(), at.key("archive"));
    assembly.references(&file.reference, at.key("reference"));
    assembly.warn_of_empty_groups(&groups, &components, at.key("groups"));
    if !assembly.findings.is_empty() {
        return Err(assembly.findings);
    }
    let suppliers = suppliers::by_component(&assembly.checks, &assembly.suppliers);
    for component in &mut components {
        component.supplier = suppliers.get(&component.id).map(|name| name.as_str().into());
    }
    let engine = Config {
        definition: PageDefinition { page, groups, components },
        time_zone: zone,
        maintenances,
        checks: assembly.checks,
        incidents: assembly.incidents,
        redundancy: assembly.redundancy,
        vantages: assembly.together,
        objectives: assembly.objectives,
        hooks: hooks.iter().map(|hook| hook.name.clone()).collect(),
        pages,
        silence_max_ms: GAP_MIN_MS,
    };
    let Assembly { probes, heartbeats, vantages, brand, warnings, .. } = assembly;
    Ok(Assembled {
        engine,
        probes,
        heartbeats,
        vantages,
        hooks,
        brand,
        provider,
        copy,
        proxies,
        archive,
        ping,
        warnings,
    })
}
