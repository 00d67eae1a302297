//! Errands: looks that this node takes for the one that leads. What looks like an outage is told only where this node can reach
//! something else: one that is cut off from everybody must not call everybody down.

use std::sync::Arc;

use arc_swap::ArcSwap;
use pharos_engine::{Due, Source};
use pharos_probe::{Outcome, Prober};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::message::Errand;
use super::post::Post;
use crate::config::Loaded;
use crate::finding::{Finding, status_of};
use crate::http::Metrics;
use crate::limits::{FINDINGS_AT_ONCE, FINDINGS_INTERVAL, PROBES_MAX, SIGHT_MAX_AGE};

/// What takes looks for others.
#[derive(Clone)]
pub struct Runner {
    /// The configuration in force here.
    pub loaded: Arc<ArcSwap<Loaded>>,
    /// Opens sockets.
    pub prober: Arc<Prober>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Whether this node sees anything, and since when that is known.
    pub sight: Arc<Sight>,
}

/// Whether this node sees anything.
pub struct Sight {
    known: Mutex<Option<(Instant, bool)>>,
    tell: watch::Sender<bool>,
}

impl Sight {
    /// Nothing is known yet. Tells whether the node is blind.
    pub fn new() -> (Self, watch::Receiver<bool>) {
        let (tell, blind) = watch::channel(false);
        (Self { known: Mutex::default(), tell }, blind)
    }
}

impl Runner {
    /// Takes looks until shutdown, and tells what was found.
    pub async fn run(
        self,
        mut errands: mpsc::Receiver<Vec<Errand>>,
        post: Post,
        shutdown: CancellationToken,
    ) {
        let (sender, mut found) = mpsc::channel(PROBES_MAX);
        let looks = TaskTracker::new();
        let mut ticks = interval(FINDINGS_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut again = interval(SIGHT_MAX_AGE);
        again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut findings: Vec<Finding> = Vec::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                // A node that is known to be blind is given nothing to look at, and would stay so.
                _ = again.tick() => if *self.sight.tell.borrow() {
                    let runner = self.clone();
                    looks.spawn(async move { _ = runner.sees(&runner.loaded.load_full()).await });
                },
                Some(errands) = errands.recv() => {
                    for errand in errands {
                        let (runner, sender) = (self.clone(), sender.clone());
                        looks.spawn(async move {
                            let finding = runner.look(&errand.due()).await;
                            // It ends only with the node.
                            drop(sender.send(finding).await);
                        });
                    }
                }
                Some(finding) = found.recv(), if findings.len() < FINDINGS_AT_ONCE => findings.push(finding),
                _ = ticks.tick() => {
                    if !findings.is_empty() {
                        post.findings(std::mem::take(&mut findings));
                    }
                }
            }
        }
    }

    async fn look(&self, due: &Due) -> Finding {
        let loaded = self.loaded.load_full();
        let Some(probe) = loaded.probes.get(&due.check) else { return Finding::missing(due) };
        let at = crate::clock::wall();
        let result = self.prober.probe(&probe.spec, probe.timeout_ms).await;
        let status = status_of(result.outcome);
        let of_check = |known: &&pharos_engine::Check| known.id == due.check;
        let component = loaded.engine.checks.iter().find(of_check).and_then(|known| known.component.clone());
        let kind = (probe.spec.kind(), probe.timeout_ms);
        self.metrics.looks.note((&due.check, component), kind, at, &result);
        self.metrics.probed(status.as_str(), result.stages.total_us, at.since_ms(due.scheduled_at));
        if status.is_outage() && !self.sees(&loaded).await {
            return Finding::missing(due);
        }
        Finding::of(due, at, &result)
    }

    /// Whether any reference target answers. Where there is none, sight is taken for granted.
    async fn sees(&self, loaded: &Loaded) -> bool {
        let mut known = self.sight.known.lock().await;
        if let Some((at, sees)) = *known
            && at.elapsed() < SIGHT_MAX_AGE
        {
            return sees;
        }
        let checks = loaded.engine.checks.iter();
        let references: Vec<_> = checks
            .filter(|check| check.component.is_none() && matches!(check.source, Source::Probe { .. }))
            .filter_map(|check| loaded.probes.get(&check.id))
            .collect();
        let mut sees = references.is_empty();
        for probe in references {
            let result = self.prober.probe(&probe.spec, probe.timeout_ms).await;
            sees |= !status_of(result.outcome).is_outage() && result.outcome != Outcome::Unknown;
            if sees {
                break;
            }
        }
        if !sees {
            tracing::warn!("no reference target answers here; what this node sees is not told");
        }
        *known = Some((Instant::now(), sees));
        self.sight.tell.send_replace(!sees);
        sees
    }
}
