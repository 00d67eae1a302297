//! What operators see of the checks that are configured: nothing secret.

use std::collections::BTreeMap;

use pharos_engine::{CheckId, Source};
use pharos_model::ComponentId;

use crate::config::Loaded;

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckInfo {
    /// Its name.
    pub id: CheckId,
    /// The component it speaks for; `None` for a reference target.
    pub component: Option<ComponentId>,
    /// What kind it is.
    pub kind: &'static str,
    /// What it looks at, without credentials and queries.
    pub target: String,
    /// Milliseconds between two looks or reports.
    pub interval_ms: u64,
    /// How many bad looks in a row are believed.
    pub down_after: u32,
    /// How many good looks in a row are believed.
    pub up_after: u32,
}

/// What operators see of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    /// The checks.
    pub checks: Vec<CheckInfo>,
    /// What share of the time components are to be available, in millionths, those that only operators see among them.
    pub objectives: BTreeMap<ComponentId, u32>,
}

impl Configured {
    /// Of a configuration.
    pub fn of(loaded: &Loaded) -> Self {
        Self { checks: checks(loaded), objectives: loaded.engine.objectives.clone() }
    }
}

/// The check of a part of a document: that of the whole, and the path of the part.
pub fn part_of(whole: &CheckId, path: &str) -> CheckId {
    CheckId(format!("{whole}/{path}"))
}

/// The check as another vantage looks at it.
pub fn at_vantage(check: &CheckId, vantage: &str) -> CheckId {
    CheckId(format!("{check}@{vantage}"))
}

/// Takes apart what [`at_vantage`] made: neither a component nor a check has that sign in its name.
fn without_vantage(check: &CheckId) -> CheckId {
    CheckId(check.0.split('@').next().unwrap_or_default().to_owned())
}

/// Takes apart what [`part_of`] made. Neither a component nor a check has a slash in its name.
fn whole_of(part: &CheckId) -> Option<(CheckId, &str)> {
    let (end, _) = part.0.match_indices('/').nth(1)?;
    Some((CheckId(part.0[..end].to_owned()), &part.0[end + 1..]))
}

/// The checks of a configuration.
fn checks(loaded: &Loaded) -> Vec<CheckInfo> {
    let info = |check: &pharos_engine::Check| {
        let spec_of = |id: &CheckId| loaded.probes.get(id).map(|probe| &probe.spec);
        let spec = match check.source {
            Source::Remote { .. } => spec_of(&without_vantage(&check.id)),
            _ => spec_of(&check.id),
        };
        let whole = whole_of(&check.id).filter(|_| matches!(check.source, Source::Part { .. }));
        let target = match &whole {
            Some((whole, path)) => {
                format!("{} in {}", path, spec_of(whole).map(pharos_probe::Spec::target).unwrap_or_default())
            }
            None => spec.map(pharos_probe::Spec::target).unwrap_or_default(),
        };
        let otherwise = if whole.is_some() { "part" } else { "push" };
        CheckInfo {
            id: check.id.clone(),
            component: check.component.clone(),
            kind: spec.map_or(otherwise, pharos_probe::Spec::kind),
            target,
            interval_ms: match check.source {
                Source::Probe { interval_ms, .. }
                | Source::Part { interval_ms, .. }
                | Source::Remote { interval_ms, .. } => interval_ms,
                Source::Heartbeat { period_ms, .. } => period_ms,
            },
            down_after: check.down_after,
            up_after: check.up_after,
        }
    };
    loaded.engine.checks.iter().map(info).collect()
}
