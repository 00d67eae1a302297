//! What the core is told to do: the page, its checks, and what to do about their failures.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use pharos_model::{ComponentId, FurtherPage, PageDefinition};

use crate::redundancy::Rule;
use crate::{Check, PlannedMaintenance, Vantages};

/// When an incident is opened without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoIncident {
    /// Never.
    Off,
    /// At once when an outage is confirmed.
    Publish,
}

/// What to do about the failures of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentPolicy {
    /// Whether to open incidents.
    pub auto: AutoIncident,
    /// How long the component must stay well until its incident is resolved.
    pub resolve_after_ms: u64,
}

impl Default for IncidentPolicy {
    fn default() -> Self {
        Self { auto: AutoIncident::Publish, resolve_after_ms: 5 * 60_000 }
    }
}

/// The configuration of the core.
#[derive(Clone, Debug)]
pub struct Config {
    /// The page as the public sees it.
    pub definition: PageDefinition,
    /// The pages beside it.
    pub pages: Vec<FurtherPage>,
    /// The zone in which the page's days begin; the one that `definition` names.
    pub time_zone: TimeZone,
    /// What to look at.
    pub checks: Vec<Check>,
    /// The checks that are looked at from several places, by the component they speak for. A check that is named here is one of
    /// `checks` too.
    pub vantages: BTreeMap<ComponentId, Vec<Vantages>>,
    /// Maintenance to announce; each identifier once.
    pub maintenances: Vec<PlannedMaintenance>,
    /// What redundant components are made of; without circles.
    pub redundancy: BTreeMap<ComponentId, Rule>,
    /// What share of the time components are to be available, in millionths, those that only operators see among them.
    pub objectives: BTreeMap<ComponentId, u32>,
    /// The hooks by which other systems report.
    pub hooks: BTreeSet<String>,
    /// What to do about failures, by component; the default for those not named.
    pub incidents: BTreeMap<ComponentId, IncidentPolicy>,
    /// Time between two steps of the core above which nobody watched in between, normally
    /// [`GAP_MIN_MS`](crate::limits::GAP_MIN_MS). Whoever drives the core steps it well within this.
    pub silence_max_ms: u64,
}

impl Config {
    /// The policy of a component.
    pub fn policy(&self, component: &ComponentId) -> IncidentPolicy {
        self.incidents.get(component).cloned().unwrap_or_default()
    }
}
