//! What films are made with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use pharos_engine::{AutoIncident, Check, CheckId, Config, IncidentPolicy, Source};
use pharos_model::{ComponentDefinition, ComponentId, PageDefinition, Status};

use super::INTERVAL_S;

/// A probe every 30 s with a time-out of 10 s; two looks confirm a change. `api/http` speaks for `api`, `@/dns` is a
/// reference target.
pub fn probe(id: &str) -> Check {
    let owner = id.split('/').next().unwrap();
    Check {
        id: CheckId(id.to_owned()),
        component: (owner != "@").then(|| ComponentId::new(owner).unwrap()),
        source: Source::Probe { interval_ms: INTERVAL_S * 1_000, timeout_ms: 10_000 },
        down_after: 2,
        up_after: 2,
        degraded_over_ms: None,
        on_failure: Status::MajorOutage,
    }
}

/// A job that reports every 60 s and may be 30 s late; one report is believed.
pub fn heartbeat(id: &str) -> Check {
    let source = Source::Heartbeat { period_ms: 60_000, grace_ms: 30_000 };
    Check { source, up_after: 1, ..probe(id) }
}

/// A page with the components of these checks.
pub fn config(checks: &[Check]) -> Config {
    let mut definition = PageDefinition::default();
    "UTC".clone_into(&mut definition.page.time_zone);
    for id in checks.iter().filter_map(|check| check.component.clone()) {
        if definition.components.iter().all(|known: &ComponentDefinition| known.id != id) {
            let name = id.to_string();
            definition.components.push(ComponentDefinition::new(id, name.into()));
        }
    }
    Config {
        definition,
        time_zone: TimeZone::UTC,
        checks: checks.to_vec(),
        incidents: BTreeMap::new(),
        redundancy: BTreeMap::new(),
        objectives: BTreeMap::new(),
        vantages: BTreeMap::new(),
        maintenances: Vec::new(),
        hooks: BTreeSet::new(),
        pages: Vec::new(),
        silence_max_ms: 10_000,
    }
}

/// The same page with another rule for all incidents.
pub fn with_policy(config: Config, auto: AutoIncident, resolve_after_s: u64) -> Config {
    let policy = IncidentPolicy { auto, resolve_after_ms: resolve_after_s * 1_000 };
    let components = config.definition.components.iter().map(|component| component.id.clone());
    Config { incidents: components.map(|id| (id, policy.clone())).collect(), ..config }
}

/// The same page with a hook by which `mon` reports, and a component `queue` at which nothing looks.
pub fn with_hook(mut config: Config) -> Config {
    config.hooks.insert("mon".to_owned());
    let id = ComponentId::new("queue").unwrap();
    config.definition.components.push(ComponentDefinition::new(id, "queue".into()));
    config
}

/// The same page, on which components need others to work.
pub fn with_needs(mut config: Config, needs: &[(&str, &[&str])]) -> Config {
    for component in &mut config.definition.components {
        let of_it = needs.iter().filter(|(id, _)| *id == component.id.as_str());
        let needed = of_it.flat_map(|(_, needed)| *needed);
        component.depends_on = needed.map(|id| ComponentId::new(id).unwrap()).collect();
    }
    config
}

/// The same page in another time zone.
pub fn in_zone(config: Config, name: &str) -> Config {
    let mut config = Config { time_zone: TimeZone::get(name).unwrap(), ..config };
    name.clone_into(&mut config.definition.page.time_zone);
    config
}
