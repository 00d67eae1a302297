//! What agents at other vantages saw: stored as it is, and told to the core, which believes what is fresh.

use pharos_engine::Input;
use pharos_store::Margin;
use tokio::sync::oneshot;

use super::{Ending, Leader};
use crate::finding::Finding;
use crate::http::Report;

impl Leader {
    /// Takes what an agent handed in. It is told that all is stored when it is.
    pub(super) async fn hear_agent(&mut self, report: Report, ending: &Ending<'_>) {
        let mut waiting = Vec::with_capacity(report.sightings.results.len());
        for result in report.sightings.results {
            if let Some(done) = self.take_remote(&result, ending).await {
                waiting.push(done);
            }
        }
        let stored = report.stored;
        self.probes.spawn(async move {
            for done in waiting {
                if done.await.is_err() {
                    // Who waits for `stored` learns by its end that not all is.
                    return;
                }
            }
            let _gone = stored.send(());
        });
    }

    /// Tells when the sample is stored; `None` where the configuration is another by now.
    async fn take_remote(&mut self, result: &Finding, ending: &Ending<'_>) -> Option<oneshot::Receiver<()>> {
        let seen = result.seen.as_ref().filter(|_| self.engine.is_remote(&result.check))?;
        let due = result.due();
        let (stored, done) = oneshot::channel();
        let mut observation = self.keep(&due, seen, Some(stored));
        // Agents know nothing of a journal that is ahead.
        observation.at = observation.at.plus_ms(self.tools.clock.ahead_ms());
        let output = self.engine.step(self.tools.clock.now(), Input::Observed(observation));
        self.carry_out(output, Margin::default(), ending).await;
        Some(done)
    }
}
