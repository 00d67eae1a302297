//! What this node knows of its hooks: how often each was used, what came of it last, and whether it may be used once more.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use pharos_model::UnixMs;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Taken;
use crate::limits::HOOK_DELIVERIES_PER_MINUTE_MAX;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    hook: String,
    outcome: &'static str,
}

/// What came of a delivery last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// When.
    pub at: UnixMs,
    /// What, in a few words.
    pub said: String,
}

/// What this node knows of its hooks.
#[derive(Debug, Default)]
pub struct HookFigures {
    deliveries: Family<Labels, Counter>,
    alerts: Family<Labels, Counter>,
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug, Default)]
struct Known {
    last: Option<Last>,
    minute: i64,
    in_minute: u32,
}

impl HookFigures {
    /// Has the figures told with others.
    pub fn register(&self, registry: &mut Registry) {
        let what = "Deliveries by webhook, by what came of them";
        registry.register("hook_deliveries", what, self.deliveries.clone());
        let what = "Alerts in deliveries by webhook that were taken, by what they met";
        registry.register("hook_alerts", what, self.alerts.clone());
    }

    /// Whether the hook may be used once more in this minute.
    pub fn admits(&self, hook: &str, now: UnixMs) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(hook.to_owned()).or_default();
        let minute = now.0.div_euclid(60_000);
        if known.minute != minute {
            (known.minute, known.in_minute) = (minute, 0);
        }
        known.in_minute += 1;
        known.in_minute <= HOOK_DELIVERIES_PER_MINUTE_MAX
    }

    /// Counts a delivery to a hook that there is.
    pub fn count(&self, hook: &str, outcome: &'static str) {
        self.deliveries.get_or_create(&Labels { hook: hook.to_owned(), outcome }).inc();
    }

    /// Notes what came of a delivery by a sender that is known.
    pub fn note(&self, hook: &str, outcome: &'static str, last: Last) {
        self.count(hook, outcome);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(hook.to_owned()).or_default().last = Some(last);
    }

    /// Notes what alerts of a delivery that was taken met.
    pub fn met(&self, hook: &str, taken: &Taken) {
        for (met, count) in taken.counts() {
            let labels = Labels { hook: hook.to_owned(), outcome: met.as_str() };
            self.alerts.get_or_create(&labels).inc_by(count);
        }
    }

    /// What came of the last delivery by a hook, as far as this node knows.
    pub fn last(&self, hook: &str) -> Option<Last> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(hook).and_then(|known| known.last.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_used_so_often_in_a_minute_and_no_more() {
        let figures = HookFigures::default();
        let now = UnixMs(120_000);
        let admitted = (0..2 * HOOK_DELIVERIES_PER_MINUTE_MAX).filter(|_| figures.admits("a", now)).count();
        assert_eq!(admitted, HOOK_DELIVERIES_PER_MINUTE_MAX as usize);
        assert!(figures.admits("b", now) && figures.admits("a", now.plus_ms(60_000)));
    }
}
