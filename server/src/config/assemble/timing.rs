//! How often, how long, and how often in a row: the figures of a check, alone and against one another.

use pharos_engine::limits::CONFIRMATIONS_MAX;
use pharos_probe::HumanDuration;

use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{
    CONFIRMATIONS_DEFAULT, INTERVAL_DEFAULT_MS, INTERVAL_MAX_MS, INTERVAL_MIN_MS, TIMEOUT_DEFAULT_MS,
    TIMEOUT_MIN_MS,
};
use super::Assembly;
use super::rules::human;

impl Assembly {
    /// Takes interval and time-out, in milliseconds.
    pub fn timing(
        &mut self,
        interval: Option<HumanDuration>,
        timeout: Option<HumanDuration>,
        at: At<'_>,
    ) -> (u64, u64) {
        let interval_ms = interval.map_or(INTERVAL_DEFAULT_MS, |given| {
            self.duration(given, (INTERVAL_MIN_MS, INTERVAL_MAX_MS), at.key("interval"))
        });
        let Some(given) = timeout else { return (interval_ms, TIMEOUT_DEFAULT_MS.min(interval_ms)) };
        let timeout_at = at.key("timeout");
        let timeout_ms = self.duration(given, (TIMEOUT_MIN_MS, INTERVAL_MAX_MS), timeout_at);
        if timeout_ms > interval_ms {
            let (what, related) = match at.find("interval") {
                Some(interval) => (format!("the interval {}", interval.shown()), Some(interval.place())),
                None => (format!("the default interval of {}", human(interval_ms)), None),
            };
            let finding = Finding::new(
                timeout_at.place(),
                format!("the timeout {} is longer than {what}", timeout_at.shown()),
            )
            .hint("a look must end before the next begins: use a shorter `timeout` or a longer `interval`");
            self.findings.push(match related {
                Some(place) => finding.related(place, "the interval is here"),
                None => finding,
            });
        }
        (interval_ms, timeout_ms)
    }

    /// Takes how often in a row a change must be seen.
    pub fn confirmations(&mut self, given: Option<u32>, at: At<'_>, key: &str) -> u32 {
        let count = given.unwrap_or(CONFIRMATIONS_DEFAULT);
        if !(1..=CONFIRMATIONS_MAX).contains(&count) {
            let at = at.key(key);
            self.findings.push(
                Finding::new(at.place(), format!("`{key}` cannot be {}", at.shown()))
                    .hint(format!("use 1 to {CONFIRMATIONS_MAX}; 1 believes the first look")),
            );
        }
        count
    }

    /// Takes above which duration a good answer is a slow one. A look that takes longer than `timeout_ms` has failed.
    pub fn slow(&mut self, given: Option<HumanDuration>, timeout_ms: Option<u64>, at: At<'_>) -> Option<u64> {
        let at = at.key("degraded_over");
        let ms = self.duration(given?, (1, INTERVAL_MAX_MS), at);
        if let Some(timeout_ms) = timeout_ms.filter(|timeout_ms| ms >= *timeout_ms) {
            let what =
                format!("`degraded_over`: {} is not below the timeout of {}", at.shown(), human(timeout_ms));
            self.findings.push(
                Finding::new(at.place(), what)
                    .hint("a look that takes as long as its timeout has failed already: use less"),
            );
        }
        Some(ms)
    }
}
