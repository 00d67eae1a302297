//! Looks: taken here or given to another node, and what they found.

use std::sync::Arc;

use pharos_engine::{Due, Input, Observation};
use pharos_model::{Status, UnixMs};
use pharos_store::{Margin, Nonce};
use tokio::sync::oneshot;

use super::{Ending, Leader};
use crate::finding::{self, Finding, Seen};
use crate::http::Heartbeat;
use crate::limits::HANDED_OVER_MS_MAX;

impl Leader {
    /// Has somebody look. Reference targets tell how well this node sees, and nobody else can say that.
    pub(super) fn launch(&mut self, due: Due) {
        let Some(probe) = self.loaded.probes.get(&due.check) else { return };
        let speaks = self.components.get(&due.check).is_some_and(Option::is_some);
        if speaks && self.shares.give(&due, self.tools.clock.now().wall) {
            return;
        }
        let (prober, sender, clock) =
            (Arc::clone(&self.tools.prober), self.tools.findings.clone(), self.tools.clock.clone());
        let (spec, timeout_ms, me) = (probe.spec.clone(), probe.timeout_ms, self.tools.post.me());
        let component = self.components.get(&due.check).cloned().flatten();
        let metrics = Arc::clone(&self.tools.metrics);
        self.probes.spawn(async move {
            let at = clock.now().wall;
            let result = prober.probe(&spec, timeout_ms).await;
            metrics.looks.note((&due.check, component), (spec.kind(), timeout_ms), at, &result);
            // Nobody reads it only at the end of the node.
            drop(sender.send((me, Finding::of(&due, at, &result))).await);
        });
    }

    /// Looks that nobody will take: the next slot is free for another node.
    pub(super) async fn miss(&mut self, ending: &Ending<'_>) {
        self.missed.extend(self.shares.lost());
        for due in std::mem::take(&mut self.missed) {
            let output = self.engine.step(self.tools.clock.now(), Input::Missed(due));
            self.carry_out(output, Margin::default(), ending).await;
        }
    }

    /// Takes what a look found: of the whole first, then of the parts that speak for components of their own.
    pub(super) async fn see(&mut self, (from, found): (Nonce, Finding), ending: &Ending<'_>) {
        let due = found.due();
        // What another node was not asked for, or was asked for by a leader of long ago, comes too late to be told.
        let is_own = from == self.tools.post.me();
        let now = self.tools.clock.now().wall;
        let is_recent = |slot: &UnixMs| *slot <= now && now.since_ms(*slot) <= HANDED_OVER_MS_MAX;
        let handed_over = || Some(due.scheduled_at).filter(is_recent);
        let given = self.shares.landed(from, &due).or_else(handed_over);
        if !is_own && given.is_none() {
            return;
        }
        let Some(mut seen) = found.seen else {
            self.missed.push(due);
            return;
        };
        if let Some(given) = given.filter(|_| !is_own) {
            seen.fit(given, now);
        }
        if is_own {
            self.tools.metrics.probed(seen.status.as_str(), seen.total_us, seen.late_ms(&due));
        }
        let whole = self.keep(&due, &seen, None);
        for observation in std::iter::once(whole).chain(seen.observations_of_parts(&due)) {
            let output = self.engine.step(self.tools.clock.now(), Input::Observed(observation));
            self.carry_out(output, Margin::default(), ending).await;
        }
        self.watchers.looked(&due.check, seen.at, self.engine.is_in_doubt(&due.check));
    }

    /// Keeps what was seen as a sample, and gives what the core takes of it.
    pub(super) fn keep(
        &mut self,
        due: &Due,
        seen: &Seen,
        stored: Option<oneshot::Sender<()>>,
    ) -> Observation {
        let component = self.components.get(&due.check).cloned().flatten();
        if let Some(component) = &component {
            let latency_ms =
                seen.total_us.filter(|_| seen.status == Status::Operational).map(|us| us / 1_000);
            self.tools.last_checked.note(component, seen.at, latency_ms);
        }
        let observation = seen.observation(due);
        let sample = finding::sample(&observation, component, seen.stages_us);
        self.tools.samples.hand_in(sample, stored);
        observation
    }

    /// Hears a job, which is dated by when it came in.
    pub(super) fn hear(&mut self, heartbeat: Heartbeat) -> Input {
        let Heartbeat { check, signal, received, stored } = heartbeat;
        let waited_ms = u64::try_from(received.elapsed().as_millis()).unwrap_or(u64::MAX);
        let at = self.tools.clock.now().wall.minus_ms(waited_ms);
        let heard = self.jobs.entry(check.clone()).or_default().hear(signal, at.0);
        let component = self.components.get(&check).cloned().flatten();
        if let Some(component) = &component {
            self.tools.last_checked.note(component, at, None);
        }
        let observation = finding::of_heartbeat(check, at, heard);
        self.tools.samples.hand_in(finding::sample(&observation, component, [None; 5]), Some(stored));
        Input::Observed(observation)
    }
}
