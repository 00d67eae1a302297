//! Raw observations on their way to the store: collected for a moment, written in batches.

use std::sync::Arc;

use pharos_store::{Sample, Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::acknowledged::{self, Acknowledged};
use crate::http::{Access, HealthState, Metrics};
use crate::limits::{SAMPLE_BATCH_INTERVAL, SAMPLE_BATCH_MAX, SAMPLES_WAITING_MAX};

/// What is handed in.
#[derive(Debug)]
enum Handed {
    /// A sample.
    Sample(Box<Waiting>),
    /// Whoever waits until all before is done with; told by being dropped.
    Mark(oneshot::Sender<()>),
}

/// A sample, and who must be told that it is stored.
#[derive(Debug)]
struct Waiting {
    sample: Sample,
    stored: Option<oneshot::Sender<()>>,
}

/// Where samples are handed in.
#[derive(Clone, Debug)]
pub struct SampleSender {
    sender: mpsc::Sender<Handed>,
    metrics: Arc<Metrics>,
}

impl SampleSender {
    /// Hands in a sample. Should there be no room, it is lost and counted, and `stored` is dropped untold.
    pub fn hand_in(&self, sample: Sample, stored: Option<oneshot::Sender<()>>) {
        if self.sender.try_send(Handed::Sample(Box::new(Waiting { sample, stored }))).is_err() {
            self.metrics.dropped_sample();
        }
    }

    /// Waits until what was handed in so far is stored, or is lost.
    pub async fn flush(&self) {
        let (mark, reached) = oneshot::channel();
        if self.sender.send(Handed::Mark(mark)).await.is_ok() {
            let _told = reached.await;
        }
    }
}

/// Writes samples.
pub struct SampleWriter {
    receiver: mpsc::Receiver<Handed>,
    store: Arc<dyn Store>,
    health: Arc<HealthState>,
    acknowledged: Arc<Acknowledged>,
}

/// A way for samples to the store.
pub fn channel(
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    health: Arc<HealthState>,
) -> (SampleSender, SampleWriter) {
    let (sender, receiver) = mpsc::channel(SAMPLES_WAITING_MAX);
    let acknowledged = Arc::default();
    (SampleSender { sender, metrics }, SampleWriter { receiver, store, health, acknowledged })
}

impl SampleWriter {
    /// Writes until all senders are gone, and tells operators meanwhile of what a failover lost of it.
    pub async fn run(self) {
        let acknowledged = Arc::clone(&self.acknowledged);
        let watching = acknowledged::watch(acknowledged, Arc::clone(&self.store), Arc::clone(&self.health));
        tokio::select! {
            () = self.write_all() => {}
            () = watching => {}
        }
    }

    async fn write_all(mut self) {
        while let Some(first) = self.receiver.recv().await {
            let (mut batch, mut next) = (Vec::new(), Some(first));
            let until = Instant::now() + SAMPLE_BATCH_INTERVAL;
            let mark = loop {
                match next {
                    Some(Handed::Sample(waiting)) => batch.push(*waiting),
                    Some(Handed::Mark(mark)) => break Some(mark),
                    None => break None,
                }
                if batch.len() >= SAMPLE_BATCH_MAX {
                    break None;
                }
                next = tokio::select! {
                    biased;
                    next = self.receiver.recv() => next,
                    () = sleep_until(until) => break None,
                };
            };
            if !batch.is_empty() {
                self.write(batch).await;
            }
            drop(mark);
        }
    }

    async fn write(&self, batch: Vec<Waiting>) {
        let key = |sample: &Sample| (sample.check.clone(), sample.scheduled_at);
        let (samples, told): (Vec<Sample>, Vec<_>) = batch
            .into_iter()
            .map(|Waiting { sample, stored }| {
                let told = stored.map(|stored| (key(&sample), stored));
                (sample, told)
            })
            .unzip();
        let count = samples.len();
        match self.store.record(samples).await {
            Ok(()) => {
                self.health.store(Access::Samples, true);
                for ((check, slot), stored) in told.into_iter().flatten() {
                    self.acknowledged.note(check, slot);
                    // Whoever waited may be gone.
                    let _gone = stored.send(());
                }
            }
            // Another node leads by now, and looks for itself.
            Err(StoreError::NotLeading) => {
                tracing::info!(count, "raw observations came too late and are lost");
            }
            Err(error) => {
                tracing::error!(%error, count, "raw observations could not be stored and are lost");
                self.health.store(Access::Samples, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pharos_engine::{CheckId, Observation};
    use pharos_model::{Status, UnixMs};
    use pharos_store::SqliteStore;
    use tempfile::TempDir;

    use super::*;
    use crate::finding;

    #[tokio::test]
    async fn what_was_handed_in_before_a_flush_is_stored_after_it() {
        let directory = TempDir::new().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory.path()).await.unwrap());
        let (sender, writer) = channel(Arc::clone(&store), Arc::default(), Arc::default());
        let writing = tokio::spawn(writer.run());
        let at = UnixMs(1_790_000_000_000);
        let seen = Observation {
            check: CheckId("job/push".into()),
            scheduled_at: at,
            at,
            status: Status::Operational,
            latency_us: None,
            reason: None,
            role: None,
            lag_ms: None,
        };
        let (stored, mut told) = oneshot::channel();
        sender.hand_in(finding::sample(&seen, None, [None; 5]), Some(stored));
        sender.flush().await;
        assert_eq!(told.try_recv(), Ok(()));
        drop(sender);
        writing.await.unwrap();
    }
}
