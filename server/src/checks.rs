//! What operators see of the checks that are configured: nothing secret.

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

/// The checks of a configuration.
pub fn checks(loaded: &Loaded) -> Vec<CheckInfo> {
    let info = |check: &pharos_engine::Check| {
        let spec = loaded.probes.get(&check.id).map(|probe| &probe.spec);
        CheckInfo {
            id: check.id.clone(),
            component: check.component.clone(),
            kind: spec.map_or("push", pharos_probe::Spec::kind),
            target: spec.map(pharos_probe::Spec::target).unwrap_or_default(),
            interval_ms: match check.source {
                Source::Probe { interval_ms, .. } => interval_ms,
                Source::Heartbeat { period_ms, .. } => period_ms,
            },
            down_after: check.down_after,
            up_after: check.up_after,
        }
    };
    loaded.engine.checks.iter().map(info).collect()
}
