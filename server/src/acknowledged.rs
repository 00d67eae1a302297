//! What was acknowledged to jobs and agents, remembered for a while: a failover of the database may lose some of it and no entry of the
//! journal, and then nothing else would tell.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pharos_engine::CheckId;
use pharos_model::UnixMs;
use pharos_store::{AuditEntry, Store};
use tokio::time::{Instant, sleep};

use crate::http::HealthState;
use crate::limits::{ACKNOWLEDGED_KEPT, ACKNOWLEDGED_MAX, LOST_AGAIN, STORE_RETRY};

/// What is remembered, the oldest first.
#[derive(Debug, Default)]
pub struct Acknowledged(Mutex<VecDeque<Report>>);

/// A report by its natural key, and when it was acknowledged.
#[derive(Debug)]
struct Report {
    key: (CheckId, UnixMs),
    noted: Instant,
}

/// What was lost of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lost {
    /// How many reports.
    reports: usize,
    /// Of how many checks.
    checks: usize,
    /// The slots of the first and the last of them.
    between: (UnixMs, UnixMs),
}

impl Lost {
    fn of(missing: &[(CheckId, UnixMs)]) -> Option<Self> {
        let slots = || missing.iter().map(|(_, slot)| *slot);
        let checks: BTreeSet<&CheckId> = missing.iter().map(|(check, _)| check).collect();
        Some(Self { reports: missing.len(), checks: checks.len(), between: (slots().min()?, slots().max()?) })
    }
}

impl Acknowledged {
    /// Remembers a report that is stored and about to be acknowledged.
    pub fn note(&self, check: CheckId, slot: UnixMs) {
        let mut kept = self.kept();
        while kept.len() >= ACKNOWLEDGED_MAX
            || kept.front().is_some_and(|report| report.noted.elapsed() > ACKNOWLEDGED_KEPT)
        {
            kept.pop_front();
        }
        kept.push_back(Report { key: (check, slot), noted: Instant::now() });
    }

    /// What should be there. Older reports may have been let go.
    fn expected(&self) -> Vec<(CheckId, UnixMs)> {
        let lately = |report: &&Report| report.noted.elapsed() <= ACKNOWLEDGED_KEPT;
        self.kept().iter().filter(lately).map(|report| report.key.clone()).collect()
    }

    /// Forgets what somebody was told of.
    fn forget(&self, told: &[(CheckId, UnixMs)]) {
        let told: HashSet<(&str, UnixMs)> = told.iter().map(|(check, slot)| (&*check.0, *slot)).collect();
        self.kept().retain(|report| !told.contains(&(&*report.key.0.0, report.key.1)));
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Report>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after each failover of the database whether what was acknowledged is still there, and tells operators what is not. It never ends
/// by itself.
pub async fn watch(acknowledged: Arc<Acknowledged>, store: Arc<dyn Store>, health: Arc<HealthState>) {
    let mut failovers = store.failovers();
    while failovers.changed().await.is_ok() {
        compare(&acknowledged, &*store, &health).await;
        // What was on its way to the old primary may have been acknowledged meanwhile.
        sleep(LOST_AGAIN).await;
        compare(&acknowledged, &*store, &health).await;
    }
    // A database that knows no failovers.
    std::future::pending::<()>().await;
}

/// Compares once, for as long as it takes.
async fn compare(acknowledged: &Acknowledged, store: &dyn Store, health: &HealthState) {
    let mut failing = false;
    loop {
        match store.missing(&acknowledged.expected()).await {
            Ok(missing) => {
                acknowledged.forget(&missing);
                if let Some(lost) = Lost::of(&missing) {
                    health.lost();
                    tell(lost, store).await;
                }
                return;
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "whether a failover lost what was acknowledged cannot be read; trying until it works");
                }
                failing = true;
            }
        }
        sleep(STORE_RETRY).await;
    }
}

async fn tell(lost: Lost, store: &dyn Store) {
    let Lost { reports, checks, between: (from, until) } = lost;
    tracing::error!(
        reports,
        checks,
        from = from.0,
        until = until.0,
        "a failover of the database lost reports of jobs or agents that had been acknowledged"
    );
    let entry = AuditEntry {
        id: 0,
        at: crate::clock::wall(),
        actor: "pharos".to_owned(),
        address: String::new(),
        action: "reports.lost".to_owned(),
        target: "reports".to_owned(),
        seq: None,
        before: Some(format!(
            "{{\"reports\":{reports},\"checks\":{checks},\"from\":{},\"until\":{}}}",
            from.0, until.0
        )),
        after: Some("{\"reports\":0}".to_owned()),
    };
    if let Err(error) = store.change_accounts(Vec::new(), vec![entry]).await {
        tracing::warn!(%error, "that reports were lost could not be written into the audit log");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize, slot: i64) -> (CheckId, UnixMs) {
        (CheckId(format!("job-{number}/push")), UnixMs(slot))
    }

    #[tokio::test(start_paused = true)]
    async fn of_more_reports_than_are_remembered_the_newest_are() {
        let acknowledged = Acknowledged::default();
        for number in 0..=ACKNOWLEDGED_MAX {
            let (check, slot) = key(number, 5);
            acknowledged.note(check, slot);
        }
        let expected = acknowledged.expected();
        assert_eq!((expected.len(), expected.first()), (ACKNOWLEDGED_MAX, Some(&key(1, 5))));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_acknowledged_long_ago_may_have_been_let_go_and_is_not_expected() {
        let acknowledged = Acknowledged::default();
        acknowledged.note(key(1, 5).0, UnixMs(5));
        tokio::time::advance(ACKNOWLEDGED_KEPT).await;
        acknowledged.note(key(2, 6).0, UnixMs(6));
        assert_eq!(acknowledged.expected(), [key(1, 5), key(2, 6)]);
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(acknowledged.expected(), [key(2, 6)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loss_is_told_once() {
        let acknowledged = Acknowledged::default();
        for slot in [5, 6, 7] {
            acknowledged.note(key(1, slot).0, UnixMs(slot));
        }
        acknowledged.forget(&[key(1, 6), key(1, 7)]);
        assert_eq!(acknowledged.expected(), [key(1, 5)]);
    }

    #[test]
    fn a_loss_is_told_with_its_size() {
        let lost = Lost::of(&[key(1, 9), key(2, 7), key(1, 8)]);
        assert_eq!(lost, Some(Lost { reports: 3, checks: 2, between: (UnixMs(7), UnixMs(9)) }));
        assert_eq!(Lost::of(&[]), None);
    }
}
